/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A database that looks like a host with a forking server: one postgres whose
 * `shared` VMAs lie on root 3, and `workers` children in which fork() gave each
 * of those VMAs an anon_vma of its own. So each worker has one missed group of
 * `shared` anon_vmas. Worker i is pid 200 + i; its k-th anon_vma is
 * 1000 + i * shared + k. The first worker is gone but for a grandchild, pid 900,
 * that reuses nothing: 1000 is idle.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { chain, copy_rows, create_schema, OPEN, sql, TAKEN_NS } from "../api/fixture.mjs";

const RW = 0x100073;
const FIRST_VMA = 0x7f0000000000;
const VMA_BYTES = 0x10000;

const start_of = (k) => FIRST_VMA + k * VMA_BYTES;

export const worker_pid = (i) => 200 + i;
export const worker_anon_vma = (i, k, shared) => 1000 + i * shared + k;

function insert(table, rows) {
  return rows
    .map(
      (row) =>
        `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.values(row).join(", ")});\n`,
    )
    .join("");
}

/* Every column that a table has and a row need not name. */
const no_usage = {
  tree_height: 1,
  total_pages: 0,
  data_pages: 0,
  stack_pages: 0,
  exec_pages: 0,
  locked_pages: 0,
};

function process_row(pid, ppid, comm) {
  return {
    id: pid,
    born: 1,
    died: OPEN,
    tgid: pid,
    ppid,
    uid: 26,
    start_ns: pid * 1000000,
    exec_id: 1,
    comm: `'${comm}'`,
    exe: "NULL",
    cgroup: 0,
    cgroup_path: "''",
    mm: pid,
  };
}

function mm(pid, vmas, anon_vmas, avcs, missed, max_chain) {
  return {
    id: pid,
    born: 1,
    died: OPEN,
    process: pid,
    torn: 0,
    cut: 0,
    map_count: vmas,
    ...no_usage,
    vmas,
    anon_vmas,
    avcs,
    trees: 1,
    reused_vmas: 0,
    missed_groups: missed > 0 ? 1 : 0,
    missed_reuse: missed,
    blocked_merges: 0,
    max_chain,
    /* every VMA gets an anon_vma of its own, whatever was missed */
    fork_vmas: vmas,
    fork_anon_vmas: vmas,
    fork_avcs: avcs + vmas,
    undone_vmas: vmas,
    undone_anon_vmas: vmas,
    undone_avcs: avcs + vmas,
  };
}

function vma(pid, k, ...ids) {
  return {
    born: 1,
    died: OPEN,
    mm: pid,
    vm_start: start_of(k),
    vm_end: start_of(k + 1),
    vm_pgoff: 0,
    anon_pgoff: "NULL",
    vm_flags: RW,
    file: "NULL",
    policy: 0,
    anon_vma: ids[0],
    root: 3,
    reused: 0,
    chain_length: ids.length,
    chain: chain(...ids),
  };
}

function anon_vma(id, parent, num_children, num_active_vmas) {
  return {
    id,
    born: 1,
    died: OPEN,
    root: 3,
    parent,
    num_children,
    num_active_vmas,
    described: 1,
  };
}

/* enum finding_kind */
const FORK_SPLIT = 0;
const IDLE_ANON_VMA = 2;

function finding(id, kind, mm, anon_vma, measured) {
  return {
    id,
    born: 1,
    died: OPEN,
    kind,
    rule: 0,
    mm,
    anon_vma,
    root: 3,
    vm_start: "NULL",
    vmas: 0,
    detail_1: 0,
    detail_2: 0,
    ...measured,
  };
}

/* One for each worker that is alive, and one for what the gone one left. */
function findings_of(workers, shared) {
  const found = [];
  for (let i = 1; i < workers; i++)
    found.push(
      finding(i, FORK_SPLIT, worker_pid(i), 3, {
        size: shared,
        detail_1: shared - 1,
        anon_vmas: shared - 1,
        avcs: 0,
        bytes: (shared - 1) * 104,
      }),
    );
  found.push(
    finding(workers, IDLE_ANON_VMA, "NULL", 1000, {
      size: 1,
      detail_1: 1,
      detail_2: 1,
      anon_vmas: 1,
      avcs: 1,
      bytes: 104 + 64,
    }),
  );
  return found;
}

/* What a walk from a page costs: all VMAs start at page offset 0, so each page
 * visits every VMA that is linked to its anon_vma. */
function rmap_of(anon_vmas, vmas, shared) {
  const pages = VMA_BYTES / 4096;
  const cost = {
    rmap_max_visits: vmas.length,
    rmap_covered_pages: 0,
    rmap_covered_visits: 0,
    rmap_written_pages: 0,
    rmap_written_visits: 0,
  };
  for (const { id, num_active_vmas } of anon_vmas) {
    const linked = id === 3 ? vmas.length : id === 1000 ? 1 : num_active_vmas;
    cost.rmap_covered_pages += pages;
    cost.rmap_covered_visits += pages * linked;
    cost.rmap_written_pages += pages * (id === 3 ? shared : num_active_vmas);
    cost.rmap_written_visits += pages * num_active_vmas * linked;
  }
  return cost;
}

const RULES = 11;

function invariant(rule, checked) {
  const excused = rule === 8 ? 1 : 0;
  return {
    rule,
    born: 1,
    died: OPEN,
    checked,
    held: checked - excused,
    violated: 0,
    torn: 0,
    moved: excused,
    not_shown: 0,
    pinned: 0,
    in_flight: 0,
    first_fault: 0,
    seen_once: 0,
  };
}

export function create_server_database(path, workers, shared) {
  const processes = [process_row(100, 1, "postgres")];
  const mms = [mm(100, shared, 1, shared, 0, 1)];
  const vmas = Array.from({ length: shared }, (_, k) => vma(100, k, 3));
  const anon_vmas = [anon_vma(3, 3, 1 + workers * shared, shared)];
  for (let i = 0; i < workers; i++) {
    const gone = i === 0;
    for (let k = 0; k < shared; k++) {
      const id = worker_anon_vma(i, k, shared);
      if (gone && k > 0) continue;
      anon_vmas.push(anon_vma(id, 3, gone ? 1 : 0, gone ? 0 : 1));
      if (!gone) vmas.push(vma(worker_pid(i), k, id, 3));
    }
    if (gone) continue;
    processes.push(process_row(worker_pid(i), 100, "postgres"));
    mms.push(mm(worker_pid(i), shared, shared, 2 * shared, shared - 1, 2));
  }
  processes.push(process_row(900, 200, "psql"));
  mms.push(mm(900, 1, 1, 3, 0, 3));
  anon_vmas.push(anon_vma(2, 1000, 0, 1));
  vmas.push(vma(900, 0, 2, 1000, 3));
  anon_vmas[0].num_children = 1 + 1 + (workers - 1) * shared;

  const missed = (workers - 1) * (shared - 1);
  const avcs = shared + (workers - 1) * shared * 2 + 3;
  const object_bytes = vmas.length * 192 + anon_vmas.length * 104 + avcs * 64;
  const rmap = rmap_of(anon_vmas, vmas, shared);
  const totals = {
    processes: processes.length,
    mms: mms.length,
    vmas: vmas.length,
    anon_vmas: anon_vmas.length,
    avcs,
    trees: 1,
    files: 0,
    idle_anon_vmas: 1,
    reusable_anon_vmas: 1,
    reused_vmas: 0,
    missed_groups: workers - 1,
    missed_reuse: missed,
    blocked_merges: 0,
    max_chain: 3,
    max_depth: 2,
    ...rmap,
    rmap_family_visits: rmap.rmap_written_pages * vmas.length,
    fork_policy: "'counters'",
    deep_chain: 8,
    wide_rmap: 64,
    wide_lock: 64,
    object_bytes,
    torn_mms: 0,
    rewalked_mms: 0,
    cut_mms: 0,
    moved_anon_vmas: 0,
    undescribed_anon_vmas: 0,
    walk_ns: 4000000,
    identity_ns: 1000000,
    analyse_ns: 500000,
    store_ns: 2000000,
    cpu_ns: 7000000,
    stream_bytes: 80000,
  };
  const snapshot = (id, label) => ({
    id,
    boot: 1,
    taken_ns: TAKEN_NS[0] + BigInt(id) * 10000000000n,
    label,
    pinned: 0,
    tree_tgid: 0,
    ...totals,
  });
  create_schema(path);
  sql(
    path,
    "BEGIN;\n" +
      insert("boot", [
        {
          id: 1,
          boot_id: "'b0071d'",
          host: "'testhost'",
          release: "'6.18.44'",
          machine: "'x86_64'",
          page_size: 4096,
          vma_bytes: 192,
          anon_vma_bytes: 104,
          avc_bytes: 64,
          split_counters: 1,
          has_anon_pgoff: 0,
        },
      ]) +
      insert("snapshot", [snapshot(1, "NULL"), snapshot(2, "'before the patch'"), snapshot(3, "NULL")]) +
      insert("process", processes) +
      insert("mm", mms) +
      insert("vma", vmas) +
      insert("anon_vma", anon_vmas) +
      insert("anon_vma_state", [
        {
          anon_vma: 3,
          born: 1,
          died: OPEN,
          refcount: anon_vmas.length,
          rwsem_count: 0,
        },
      ]) +
      insert("tree", [
        {
          born: 1,
          died: OPEN,
          id: 3,
          process: 100,
          anon_vmas: anon_vmas.length,
          idle_anon_vmas: 1,
          reusable_anon_vmas: 1,
          avcs,
          vmas: vmas.length,
          reused_vmas: 0,
          mms: mms.length,
          torn: 0,
          depth: 2,
          max_chain: 3,
          missed_groups: workers - 1,
          missed_reuse: missed,
          object_bytes,
          ...rmap,
        },
      ]) +
      insert("finding", findings_of(workers, shared)) +
      insert(
        "invariant",
        Array.from({ length: RULES }, (_, i) => invariant(i + 1, vmas.length)),
      ) +
      "COMMIT;\n",
  );
  return { missed, anon_vmas: anon_vmas.length, vmas: vmas.length };
}

const MAPPER = 7000;
const MAPPED_AT = 0x600000000000;

/**
 * Beside it a process with `count` VMAs, pid 7000: in the first third neighbours that
 * share one root, in the second each on a root of its own, in the third none has an
 * anon_vma. After each eighth VMA comes a gap.
 */
export function create_mapper_database(path, count) {
  create_server_database(path, 3, 3);
  const third = Math.floor(count / 3);
  const roots = [];
  const root = (id, active) => ({ ...anon_vma(id, id, 1, active), root: id });
  const vmas = Array.from({ length: count }, (_, i) => {
    const id = i < third ? 100000 : i < 2 * third ? 100000 + i : null;
    if (id !== null && (i === 0 || i >= third)) roots.push(root(id, i === 0 ? third : 1));
    const at = MAPPED_AT + (i + Math.floor(i / 8)) * 0x2000;
    return {
      ...vma(MAPPER, 0, 3),
      vm_start: at,
      vm_end: at + 0x2000,
      anon_vma: id ?? "NULL",
      root: id ?? "NULL",
      chain_length: id === null ? 0 : 1,
      chain: id === null ? "x''" : chain(id),
    };
  });
  sql(
    path,
    "BEGIN;\n" +
      insert("process", [process_row(MAPPER, 1, "mapper")]) +
      insert("mm", [mm(MAPPER, count, roots.length, 2 * third, 0, 1)]) +
      insert("vma", vmas) +
      insert("anon_vma", roots) +
      "COMMIT;\n",
  );
}

/* Of each snapshot of the history: seconds after the first, boot, VMAs. */
export const HISTORY = [
  [0, 1, 1000],
  [600, 1, 1200],
  [1200, 1, 1100],
  [7200, 1, 2000],
  [7800, 1, 2100],
  [12000, 2, 300],
  [12600, 2, 340],
  [13200, 2, 420],
];

/* Snapshots 1 to 8 over two boots; 5 is pinned, labelled and incomplete. */
export function create_history_database(path) {
  const facts = create_server_database(path, 10, 3);
  const rows = HISTORY.map(([seconds, boot, vmas], i) => {
    const values = { id: i + 1, boot, taken_ns: TAKEN_NS[0] + BigInt(seconds) * 1000000000n, vmas };
    const more = i === 4 ? ", pinned = 1, label = '<b>release</b>', torn_mms = 2" : "";
    const set = Object.entries(values).map(([name, value]) => `${name} = ${value}`);
    return `UPDATE one SET ${set.join(", ")}${more};\nINSERT INTO snapshot SELECT * FROM one;\n${
      more && "UPDATE one SET pinned = 0, label = NULL, torn_mms = 0;\n"
    }`;
  });
  sql(
    path,
    "BEGIN;\n" +
      "CREATE TEMP TABLE one AS SELECT * FROM snapshot WHERE id = 3;\n" +
      "CREATE TEMP TABLE two AS SELECT * FROM boot;\n" +
      "UPDATE two SET id = 2, boot_id = 'b0072d';\nINSERT INTO boot SELECT * FROM two;\n" +
      "DELETE FROM snapshot;\n" +
      rows.join("") +
      "COMMIT;\n",
  );
  return facts;
}

/* Executables of the big forest: the k-th has about twice the trees of the next. */
export const FOREST_EXECUTABLES = [
  "postgres",
  "nginx",
  "php-fpm",
  "bash",
  "sshd",
  "chronyd",
  "cron",
  "agetty",
];

/* Which of them the tree of a root belongs to: 1 of 2, 1 of 4, ... */
export function forest_executable(root) {
  const k = Math.min(31 - Math.clz32(root & -root), FOREST_EXECUTABLES.length - 1);
  return FOREST_EXECUTABLES[k];
}

function forest_tree(root) {
  const anon_vmas = 1 + (root % 97 === 0 ? 400 : root % 7);
  const avcs = anon_vmas * 3;
  return {
    id: root,
    born: 1,
    died: OPEN,
    process: root,
    anon_vmas,
    idle_anon_vmas: 0,
    reusable_anon_vmas: 0,
    avcs,
    vmas: anon_vmas,
    reused_vmas: 0,
    mms: 1,
    torn: 0,
    depth: 1,
    max_chain: 2,
    missed_groups: root % 11 === 0 ? 1 : 0,
    missed_reuse: root % 11 === 0 ? Math.floor(anon_vmas / 2) : 0,
    object_bytes: anon_vmas * 104 + avcs * 64,
    rmap_max_visits: 2,
    rmap_covered_pages: 0,
    rmap_covered_visits: 0,
    rmap_written_pages: 0,
    rmap_written_visits: 0,
  };
}

/* A snapshot of that many trees, each of a process of its own: roots and pids from 1. */
export function create_forest_database(path, count) {
  const trees = Array.from({ length: count }, (_, i) => forest_tree(i + 1));
  const sum = (name) => trees.reduce((total, tree) => total + tree[name], 0);
  const facts = create_server_database(path, 2, 2);
  const dead = ["process", "mm", "vma", "anon_vma", "anon_vma_state", "tree", "finding", "invariant"];
  sql(
    path,
    "BEGIN;\n" +
      dead.map((table) => `DELETE FROM ${table};\n`).join("") +
      insert(
        "file",
        FOREST_EXECUTABLES.map((name, k) => ({
          id: k + 1,
          born: 1,
          died: OPEN,
          dev: 1,
          ino: k + 1,
          path: `'/usr/sbin/${name}'`,
        })),
      ) +
      insert(
        "process",
        trees.map(({ id }) => {
          const name = forest_executable(id);
          return { ...process_row(id, 1, name), exe: FOREST_EXECUTABLES.indexOf(name) + 1 };
        }),
      ) +
      insert(
        "mm",
        trees.map((tree) => mm(tree.id, tree.vmas, tree.anon_vmas, tree.avcs, tree.missed_reuse, 2)),
      ) +
      insert("tree", trees) +
      `UPDATE snapshot SET processes = ${count}, mms = ${count}, trees = ${count}, ` +
      ["vmas", "anon_vmas", "avcs", "missed_groups", "missed_reuse", "object_bytes"]
        .map((name) => `${name} = ${sum(name)}`)
        .join(", ") +
      ";\nCOMMIT;\n",
  );
  return { ...facts, trees, sum };
}

const collector =
  process.env.VMASCOPE_COLLECTOR ??
  new URL("../../build/collector/vmascope-collector", import.meta.url).pathname;
const recordings = new URL("../recordings/", import.meta.url).pathname;

/**
 * Replays a recording, one that is kept compressed too:
 *   demo      the forking server of ./dev demo; three snapshots
 *   prefork   a server with 50 workers, 54 after a while; three snapshots
 *   wide      a server with 480 workers whose largest tree has 100,000 AVCs; one snapshot
 */
export function replay(name, path) {
  let file = join(recordings, `${name}.vmascope`);
  let unpacked = null;
  if (!existsSync(file)) {
    unpacked = `${path}.${name}`;
    writeFileSync(unpacked, gunzipSync(readFileSync(`${file}.gz`)));
    file = unpacked;
  }
  execFileSync(collector, ["--replay", file, "--db", path], { stdio: ["ignore", "ignore", "inherit"] });
  if (unpacked) rmSync(unpacked);
}

export const create_demo_database = (path) => replay("demo", path);

/**
 * A history of the recorded server. 1 to 3 are as recorded: workers are forked and
 * exit, a launcher that is gone leaves idle anon_vmas. In 4 a worker has called
 * mprotect() on the second page of an area, which makes its VMA three; 5 is as 4;
 * 6 is of another boot. 1 and 3 have labels, of which one was given twice.
 */
export function create_changes_database(path) {
  create_demo_database(path);
  const copy = (id, from, changes) =>
    `CREATE TEMP TABLE s AS SELECT * FROM snapshot WHERE id = ${from};
     UPDATE s SET id = ${id}, label = NULL, taken_ns = taken_ns + ${id - from} * 3600000000000, ${changes};
     INSERT INTO snapshot SELECT * FROM s; DROP TABLE s;`;
  /* The new version of a row: the old one with changes, from snapshot 4 on. */
  const revise = (table, where, changes) =>
    `${copy_rows("r", table, `${where} AND died = ${OPEN}`)}
     UPDATE ${table} SET died = 4 WHERE ${where} AND died = ${OPEN};
     UPDATE r SET row = NULL, born = 4, ${changes};
     INSERT INTO ${table} SELECT * FROM r; DROP TABLE r;`;
  sql(
    path,
    `BEGIN;
     UPDATE snapshot SET label = 'load' WHERE id IN (1, 2);
     UPDATE snapshot SET label = 'after the load' WHERE id = 3;
     ${copy(4, 3, "vmas = vmas + 2, avcs = avcs + 4, object_bytes = object_bytes + 2 * 192 + 4 * 64")}
     CREATE TEMP TABLE hit AS SELECT v.row, v.mm, v.anon_vma, v.root FROM vma v JOIN process p ON p.mm = v.mm
       WHERE p.comm = 'worker' AND p.died = ${OPEN} AND v.died = ${OPEN} AND v.chain_length = 2
         AND v.vm_end - v.vm_start = 8 * 4096 AND v.file IS NULL
       ORDER BY v.mm, v.vm_start LIMIT 1;
     ${copy_rows("one", "vma", "row = (SELECT row FROM hit)")}
     CREATE TEMP TABLE part AS SELECT one.*, k.value AS k FROM one, json_each('[0, 1, 2]') k;
     UPDATE vma SET died = 4 WHERE row = (SELECT row FROM hit);
     UPDATE part SET row = NULL, born = 4, vm_flags = vm_flags - (k = 1) * 2,
       vm_pgoff = vm_pgoff + k, vm_end = iif(k = 2, vm_end, vm_start + (k + 1) * 4096), vm_start = vm_start + k * 4096;
     ALTER TABLE part DROP COLUMN k;
     INSERT INTO vma SELECT * FROM part;
     ${revise("anon_vma", "id = (SELECT anon_vma FROM hit)", "num_active_vmas = num_active_vmas + 2")}
     ${revise("mm", "id = (SELECT mm FROM hit)", "vmas = vmas + 2, avcs = avcs + 4, map_count = map_count + 2, fork_vmas = fork_vmas + 2, fork_avcs = fork_avcs + 6")}
     ${revise("tree", "id = (SELECT root FROM hit)", "vmas = vmas + 2, avcs = avcs + 4, object_bytes = object_bytes + 4 * 64")}
     INSERT INTO boot SELECT 2, '0ddba11-0000', host, '6.18.44', machine, page_size, vma_bytes, anon_vma_bytes,
       avc_bytes, split_counters, has_anon_pgoff FROM boot WHERE id = 1;
     ${copy(5, 4, "pinned = 1")}
     ${["process", "mm", "vma", "anon_vma", "anon_vma_state", "tree", "finding"]
       .map((table) => `UPDATE ${table} SET died = 6 WHERE died = ${OPEN};`)
       .join("\n")}
     INSERT INTO process SELECT NULL, id + 1000, 6, ${OPEN}, tgid, ppid, uid, start_ns, exec_id, comm, exe, cgroup,
       cgroup_path, mm + 1000 FROM process WHERE born <= 3 AND died = 6 AND comm IN ('webserver', 'worker');
     INSERT INTO process SELECT NULL, id + 2000, 6, ${OPEN}, tgid + 1, ppid, uid, start_ns, exec_id, comm, exe, cgroup,
       cgroup_path, mm + 1000 FROM process WHERE born = 6 AND comm = 'worker';
     CREATE TEMP TABLE m AS SELECT * FROM mm WHERE died = 6 AND id + 1000 IN (SELECT mm FROM process WHERE born = 6);
     UPDATE m SET row = NULL, id = id + 1000, process = process + 1000, born = 6, died = ${OPEN};
     INSERT INTO mm SELECT * FROM m;
     ${copy(6, 5, "boot = 2, pinned = 0, processes = 5, mms = 3, trees = 0, anon_vmas = 0, idle_anon_vmas = 0, missed_reuse = 0, (vmas, avcs, object_bytes) = (SELECT sum(vmas), sum(avcs), sum(vmas) * 192 + sum(avcs) * 64 FROM m)")}
     COMMIT;`,
  );
}

/** The same server, and below its root a chain of `length` idle anon_vmas, each the child of the one before. */
export function create_chain_database(path, length) {
  const first = 100_000;
  create_server_database(path, 2, 1);
  sql(
    path,
    `BEGIN;
    WITH RECURSIVE link(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM link WHERE i < ${length - 1})
    INSERT INTO anon_vma (id, born, died, root, parent, num_children, num_active_vmas, described)
    SELECT ${first} + i, 1, ${OPEN}, 3, iif(i = 0, 3, ${first} + i - 1), i < ${length - 1}, 0, 1 FROM link;
    UPDATE anon_vma SET num_children = num_children + 1 WHERE id = 3;
    UPDATE tree SET anon_vmas = anon_vmas + ${length}, idle_anon_vmas = idle_anon_vmas + ${length}, depth = ${length};
    COMMIT;\n`,
  );
}
