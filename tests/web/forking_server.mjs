/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A database that looks like a host with a forking server: one postgres whose
 * `shared` VMAs lie on root 3, and `workers` children in which fork() gave each
 * of those VMAs an anon_vma of its own. So each worker has one missed group of
 * `shared` anon_vmas. Worker i is pid 200 + i; its k-th anon_vma is
 * 1000 + i * shared + k. The first worker is gone but for a grandchild, pid 900,
 * that reuses nothing: 1000 is idle.
 */
import {
  a_boot,
  a_finding,
  a_process,
  a_snapshot,
  a_tree,
  a_vma,
  an_anon_vma,
  an_invariant,
  an_mm,
  insert,
  insert_all,
  KINDS,
  linked,
  OPEN,
  open_since,
  TAKEN_NS,
} from "../api/rows.mjs";
import { create_schema, sql } from "../api/sqlite.mjs";

const FIRST_VMA = 0x7f0000000000;
const VMA_BYTES = 0x10000;

const start_of = (k) => FIRST_VMA + k * VMA_BYTES;

export const worker_pid = (i) => 200 + i;
export const worker_anon_vma = (i, k, shared) => 1000 + i * shared + k;

/* Rows that are there from the first snapshot on. */
export const process_row = (pid, ppid, comm) => ({
  ...open_since(1),
  id: pid,
  tgid: pid,
  ppid,
  uid: 26,
  start_ns: pid * 1000000,
  comm: `'${comm}'`,
  mm: pid,
});

export const mm_row = (pid, vmas, anon_vmas, avcs, missed, max_chain) => ({
  ...open_since(1),
  id: pid,
  process: pid,
  map_count: vmas,
  tree_height: 1,
  vmas,
  anon_vmas,
  avcs,
  trees: 1,
  missed_groups: missed > 0 ? 1 : 0,
  missed_reuse: missed,
  max_chain,
  /* every VMA gets an anon_vma of its own, whatever was missed */
  fork_vmas: vmas,
  fork_anon_vmas: vmas,
  fork_avcs: avcs + vmas,
  undone_vmas: vmas,
  undone_anon_vmas: vmas,
  undone_avcs: avcs + vmas,
});

export const vma_row = (pid, k, ...ids) => ({
  ...open_since(1),
  mm: pid,
  vm_start: start_of(k),
  vm_end: start_of(k + 1),
  ...linked(3, ...ids),
});

export const anon_vma_row = (id, parent, num_children, num_active_vmas) => ({
  ...open_since(1),
  id,
  root: 3,
  parent,
  num_children,
  num_active_vmas,
});

/* One for each worker that is alive, and one for what the gone one left. */
function findings_of(workers, shared) {
  const found = [];
  for (let i = 1; i < workers; i++)
    found.push({
      ...open_since(1),
      id: i,
      kind: KINDS.indexOf("fork_split"),
      mm: worker_pid(i),
      anon_vma: 3,
      root: 3,
      size: shared,
      detail_1: shared - 1,
      anon_vmas: shared - 1,
      bytes: (shared - 1) * 104,
    });
  found.push({
    ...open_since(1),
    id: workers,
    kind: KINDS.indexOf("idle_anon_vma"),
    anon_vma: 1000,
    root: 3,
    size: 1,
    detail_1: 1,
    detail_2: 1,
    anon_vmas: 1,
    avcs: 1,
    bytes: 104 + 64,
  });
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
    const visited = id === 3 ? vmas.length : id === 1000 ? 1 : num_active_vmas;
    cost.rmap_covered_pages += pages;
    cost.rmap_covered_visits += pages * visited;
    cost.rmap_written_pages += pages * (id === 3 ? shared : num_active_vmas);
    cost.rmap_written_visits += pages * num_active_vmas * visited;
  }
  return cost;
}

const RULES = 11;

function invariant_row(rule, checked) {
  const moved = rule === 8 ? 1 : 0;
  return { ...open_since(1), rule, checked, held: checked - moved, moved };
}

export function create_server_database(path, workers, shared) {
  const processes = [process_row(100, 1, "postgres")];
  const mms = [mm_row(100, shared, 1, shared, 0, 1)];
  const vmas = Array.from({ length: shared }, (_, k) => vma_row(100, k, 3));
  const anon_vmas = [anon_vma_row(3, 3, 1 + workers * shared, shared)];
  for (let i = 0; i < workers; i++) {
    const gone = i === 0;
    for (let k = 0; k < shared; k++) {
      const id = worker_anon_vma(i, k, shared);
      if (gone && k > 0) continue;
      anon_vmas.push(anon_vma_row(id, 3, gone ? 1 : 0, gone ? 0 : 1));
      if (!gone) vmas.push(vma_row(worker_pid(i), k, id, 3));
    }
    if (gone) continue;
    processes.push(process_row(worker_pid(i), 100, "postgres"));
    mms.push(mm_row(worker_pid(i), shared, shared, 2 * shared, shared - 1, 2));
  }
  processes.push(process_row(900, 200, "psql"));
  mms.push(mm_row(900, 1, 1, 3, 0, 3));
  anon_vmas.push(anon_vma_row(2, 1000, 0, 1));
  vmas.push(vma_row(900, 0, 2, 1000, 3));
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
    idle_anon_vmas: 1,
    reusable_anon_vmas: 1,
    missed_groups: workers - 1,
    missed_reuse: missed,
    max_chain: 3,
    max_depth: 2,
    ...rmap,
    rmap_family_visits: rmap.rmap_written_pages * vmas.length,
    fork_policy: "'counters'",
    deep_chain: 8,
    wide_rmap: 64,
    wide_lock: 64,
    object_bytes,
    walk_ns: 4000000,
    identity_ns: 1000000,
    analyse_ns: 500000,
    store_ns: 2000000,
    cpu_ns: 7000000,
    stream_bytes: 80000,
  };
  const snapshot = (id, label) => ({
    id,
    taken_ns: TAKEN_NS[0] + BigInt(id) * 10000000000n,
    label,
    ...totals,
  });
  create_schema(path);
  sql(
    path,
    "BEGIN;\n" +
      insert("boot", a_boot, {}) +
      insert(
        "snapshot",
        a_snapshot,
        snapshot(1, "NULL"),
        snapshot(2, "'before the patch'"),
        snapshot(3, "NULL"),
      ) +
      insert_all("process", a_process, processes) +
      insert_all("mm", an_mm, mms) +
      insert_all("vma", a_vma, vmas) +
      insert_all("anon_vma", an_anon_vma, anon_vmas) +
      insert(
        "anon_vma_state",
        {},
        { ...open_since(1), anon_vma: 3, refcount: anon_vmas.length, rwsem_count: 0 },
      ) +
      insert("tree", a_tree, {
        ...open_since(1),
        id: 3,
        process: 100,
        anon_vmas: anon_vmas.length,
        idle_anon_vmas: 1,
        reusable_anon_vmas: 1,
        avcs,
        vmas: vmas.length,
        mms: mms.length,
        depth: 2,
        max_chain: 3,
        missed_groups: workers - 1,
        missed_reuse: missed,
        object_bytes,
        ...rmap,
      }) +
      insert_all("finding", a_finding, findings_of(workers, shared)) +
      insert_all(
        "invariant",
        an_invariant,
        Array.from({ length: RULES }, (_, i) => invariant_row(i + 1, vmas.length)),
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
  const root = (id, active) => ({ ...anon_vma_row(id, id, 1, active), root: id });
  const vmas = Array.from({ length: count }, (_, i) => {
    const id = i < third ? 100000 : i < 2 * third ? 100000 + i : null;
    if (id !== null && (i === 0 || i >= third)) roots.push(root(id, i === 0 ? third : 1));
    const at = MAPPED_AT + (i + Math.floor(i / 8)) * 0x2000;
    const place = { ...open_since(1), mm: MAPPER, vm_start: at, vm_end: at + 0x2000 };
    return id === null ? { ...place, chain: "x''" } : { ...place, ...linked(id, id) };
  });
  sql(
    path,
    "BEGIN;\n" +
      insert("process", a_process, process_row(MAPPER, 1, "mapper")) +
      insert("mm", an_mm, mm_row(MAPPER, count, roots.length, 2 * third, 0, 1)) +
      insert_all("vma", a_vma, vmas) +
      insert_all("anon_vma", an_anon_vma, roots) +
      "COMMIT;\n",
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
