/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A database with a topology that is known exactly, in the real schema.
 *
 * Snapshot 1: init (pid 1, one faulted VMA, tree 4) and postgres (pid 100) whose
 * three VMAs share the root 3. Snapshot 2: postgres has forked pid 101. Of its
 * VMAs two got anon_vmas of their own under 3 (17, 18: one missed), a third is
 * linked to 3 and the idle 300, and pid 102 shares its mm (vfork). Pid 101 calls
 * itself something a careless writer would choke on. What an analysis says of
 * this is written as rows too, one finding of each kind; where a figure is not
 * what the topology gives, it is one that can be told from all others.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const migrations = new URL("../../schema/migrations/", import.meta.url);

export const OPEN = "9223372036854775807";
export const APPLICATION_ID = 0x766d7363;
export const TAKEN_NS = [1795228398123456789n, 1795228408000000005n];

/* Bytes as a hex literal that SQLite stores as TEXT, whatever they are. */
export const bytes = (buffer) => `CAST(x'${Buffer.from(buffer).toString("hex")}' AS TEXT)`;

/* ids in list order, unsigned LEB128 each */
export function chain(...ids) {
  const out = [];
  for (let id of ids) {
    for (; id > 127; id >>= 7) out.push((id & 127) | 128);
    out.push(id);
  }
  return `x'${Buffer.from(out).toString("hex")}'`;
}

/* quote, backslash, tag, tab, ESC, a cut UTF-8 sequence, a lone 0xff: 15 bytes */
export const HOSTILE_COMM = Buffer.from([
  0x22, 0x5c, 0x3c, 0x73, 0x3e, 0x09, 0x1b, 0xe2, 0x82, 0xff, 0xc3, 0xa9, 0x7f, 0x27, 0x3d,
]);
export const HOSTILE_COMM_JSON = '"\\"\\\\<s>\\u0009\\u001b\ufffd\ufffdé\\u007f\'="';
export const HOSTILE_PATH = Buffer.concat([
  Buffer.from('/tmp/<script>"\n'),
  Buffer.from([0xed, 0xa0, 0x80, 0xc2, 0x9b]),
  Buffer.from("\u{1f9ea}"),
]);
/* a surrogate is three wrong bytes; C1 controls are escaped; the rest stays */
export const HOSTILE_PATH_JSON = '"/tmp/<script>\\"\\u000a\ufffd\ufffd\ufffd\\u009b\u{1f9ea}"';

/* One INSERT a row: what a row does not name it has from defaults. Rows are added
 * in the order they were born, as a collector adds them. */
function insert(table, defaults, ...rows) {
  return rows
    .map((row) => ({ ...defaults, ...row }))
    .sort((left, right) => (left.born ?? 0) - (right.born ?? 0))
    .map((row) => `INSERT INTO ${table} (${Object.keys(row)}) VALUES (${Object.values(row)});\n`)
    .join("");
}

const zeros = (names) => Object.fromEntries(names.split(", ").map((name) => [name, 0]));
const open_since = (born) => ({ born, died: OPEN });

/* What a row of each table has unless it says otherwise. */
const a_boot = {
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
};
const a_snapshot = {
  boot: 1,
  label: "NULL",
  fork_policy: "NULL",
  ...zeros(
    "pinned, tree_tgid, processes, mms, vmas, anon_vmas, avcs, trees, files, idle_anon_vmas, " +
      "reusable_anon_vmas, reused_vmas, missed_groups, missed_reuse, blocked_merges, max_chain, max_depth, " +
      "object_bytes, rmap_max_visits, rmap_covered_pages, rmap_covered_visits, rmap_written_pages, " +
      "rmap_written_visits, rmap_family_visits, deep_chain, wide_rmap, wide_lock, torn_mms, rewalked_mms, " +
      "cut_mms, moved_anon_vmas, undescribed_anon_vmas, walk_ns, identity_ns, analyse_ns, store_ns, cpu_ns, " +
      "stream_bytes",
  ),
};
const a_process = { exec_id: 1, exe: "NULL", cgroup: 0, cgroup_path: "''", uid: 0, ppid: 0 };
const an_mm = zeros(
  "torn, cut, map_count, tree_height, total_pages, data_pages, stack_pages, exec_pages, locked_pages, vmas, " +
    "anon_vmas, avcs, trees, reused_vmas, missed_groups, missed_reuse, blocked_merges, max_chain, fork_vmas, " +
    "fork_anon_vmas, fork_avcs, undone_vmas, undone_anon_vmas, undone_avcs",
);
const a_vma = {
  vm_pgoff: 0,
  anon_pgoff: "NULL",
  vm_flags: 0x100073 /* VM_READ | VM_WRITE | VM_MAY… */,
  file: "NULL",
  policy: 0,
  name: "NULL",
  anon_vma: "NULL",
  root: "NULL",
  reused: 0,
  chain_length: 0,
  chain: "NULL",
};
const an_anon_vma = { num_children: 0, num_active_vmas: 1, described: 1 };
const a_tree = zeros(
  "process, anon_vmas, idle_anon_vmas, reusable_anon_vmas, avcs, vmas, reused_vmas, mms, torn, depth, max_chain, " +
    "missed_groups, missed_reuse, object_bytes, rmap_max_visits, rmap_covered_pages, rmap_covered_visits, " +
    "rmap_written_pages, rmap_written_visits",
);
const a_finding = {
  mm: "NULL",
  anon_vma: "NULL",
  root: "NULL",
  vm_start: "NULL",
  ...zeros("rule, size, detail_1, detail_2, vmas, anon_vmas, avcs, bytes"),
};
const an_invariant = zeros(
  "checked, held, violated, torn, moved, not_shown, pinned, in_flight, first_fault, seen_once",
);

const RX = 0x75;
const SHARED = 0xfb;

/* A VMA with a chain; the first of it is active. */
const linked = (root, ...ids) => ({
  anon_vma: ids[0],
  root,
  chain_length: ids.length,
  chain: chain(...ids),
});

/* As in enum finding_kind */
export const KINDS = [
  "fork_split",
  "merge_blocked",
  "idle_anon_vma",
  "deep_chain",
  "wide_rmap",
  "wide_lock",
  "invariant",
];
const kind = (name) => KINDS.indexOf(name);

const snapshots = () =>
  insert(
    "snapshot",
    a_snapshot,
    {
      id: 1,
      taken_ns: TAKEN_NS[0],
      processes: 2,
      mms: 2,
      vmas: 6,
      anon_vmas: 2,
      avcs: 4,
      trees: 2,
      files: 2,
      max_chain: 1,
      object_bytes: 1616,
      rmap_max_visits: 1,
      rmap_covered_pages: 4,
      rmap_covered_visits: 4,
      rmap_written_pages: 4,
      rmap_written_visits: 4,
      rmap_family_visits: 10,
      deep_chain: 8,
      wide_rmap: 64,
      wide_lock: 64,
      walk_ns: 11,
      identity_ns: 12,
      analyse_ns: 13,
      store_ns: 14,
      cpu_ns: 15,
      stream_bytes: 16,
    },
    {
      id: 2,
      taken_ns: TAKEN_NS[1],
      label: "'after the fork'",
      pinned: 1,
      tree_tgid: 100,
      processes: 4,
      mms: 3,
      vmas: 9,
      anon_vmas: 5,
      avcs: 12,
      trees: 2,
      files: 2,
      idle_anon_vmas: 1,
      reusable_anon_vmas: 1,
      reused_vmas: 1,
      missed_groups: 1,
      missed_reuse: 1,
      blocked_merges: 1,
      max_chain: 3,
      max_depth: 1,
      object_bytes: 3016,
      rmap_max_visits: 2,
      rmap_covered_pages: 8,
      rmap_covered_visits: 11,
      rmap_written_pages: 7,
      rmap_written_visits: 10,
      rmap_family_visits: 37,
      fork_policy: "'counters'",
      deep_chain: 2,
      wide_rmap: 1,
      wide_lock: 2,
      torn_mms: 1,
      rewalked_mms: 2,
      moved_anon_vmas: 1,
      walk_ns: 21,
      identity_ns: 22,
      analyse_ns: 23,
      store_ns: 24,
      cpu_ns: 25,
      stream_bytes: 26,
    },
  );

const files = () =>
  insert(
    "file",
    open_since(1),
    { id: 1, dev: 0xfe << 20, ino: 123, path: "'/usr/lib/postgres'" },
    { id: 2, dev: (8 << 20) | 1, ino: -1, path: bytes(HOSTILE_PATH) },
  );

const postgres = { comm: "'postgres'", uid: 26, exe: 1, cgroup: 55, cgroup_path: "'/db.slice'" };

const processes = () =>
  insert(
    "process",
    a_process,
    { ...open_since(1), id: 1, tgid: 1, start_ns: 7, comm: "'init'", mm: 1 },
    { ...open_since(1), ...postgres, id: 2, tgid: 100, ppid: 1, start_ns: 1000, mm: 5 },
    {
      ...open_since(2),
      ...postgres,
      id: 3,
      tgid: 101,
      ppid: 100,
      start_ns: 2000,
      comm: bytes(HOSTILE_COMM),
      mm: 6,
    },
    { ...open_since(2), ...postgres, id: 4, tgid: 102, ppid: 101, start_ns: 3000, mm: 6 },
  );

const one_vma = { map_count: 1, tree_height: 1, total_pages: 1, vmas: 1 };
const mm_5 = {
  id: 5,
  process: 2,
  map_count: 5,
  tree_height: 1,
  total_pages: 5,
  vmas: 5,
  anon_vmas: 1,
  avcs: 3,
  trees: 1,
  max_chain: 1,
  fork_vmas: 5,
  fork_anon_vmas: 3,
  fork_avcs: 6,
  undone_vmas: 5,
  undone_anon_vmas: 3,
  undone_avcs: 6,
};

const mms = () =>
  insert(
    "mm",
    an_mm,
    {
      ...open_since(1),
      ...one_vma,
      id: 1,
      process: 1,
      anon_vmas: 1,
      avcs: 1,
      trees: 1,
      max_chain: 1,
      fork_vmas: 1,
      fork_anon_vmas: 1,
      fork_avcs: 2,
      undone_vmas: 1,
      undone_anon_vmas: 1,
      undone_avcs: 2,
    },
    { ...mm_5, born: 1, died: 2 },
    { ...mm_5, ...open_since(2), tree_height: 2 },
    {
      ...open_since(2),
      id: 6,
      process: 3,
      torn: 1,
      map_count: 3,
      tree_height: 1,
      total_pages: 3,
      vmas: 3,
      anon_vmas: 3,
      avcs: 8,
      trees: 1,
      reused_vmas: 1,
      missed_groups: 1,
      missed_reuse: 1,
      blocked_merges: 1,
      max_chain: 3,
      fork_vmas: 3,
      fork_anon_vmas: 2,
      fork_avcs: 9,
      undone_vmas: 2,
      undone_anon_vmas: 1,
      undone_avcs: 6,
    },
  ) +
  insert(
    "mm_usage",
    {},
    {
      mm: 1,
      ...open_since(1),
      file_rss_pages: 1,
      anon_rss_pages: 2,
      shmem_rss_pages: 3,
      swap_pages: 4,
      pgtables_bytes: 8192,
    },
    {
      mm: 5,
      born: 1,
      died: 2,
      file_rss_pages: 10,
      anon_rss_pages: 20,
      shmem_rss_pages: 30,
      swap_pages: 40,
      pgtables_bytes: 12288,
    },
    {
      mm: 5,
      ...open_since(2),
      file_rss_pages: 11,
      anon_rss_pages: 21,
      shmem_rss_pages: 31,
      swap_pages: 41,
      pgtables_bytes: 12288,
    },
  );

const page = (start) => ({ vm_start: start, vm_end: start + 0x1000, vm_pgoff: start >> 12 });

const vmas = () =>
  insert(
    "vma",
    a_vma,
    { ...open_since(1), ...page(0x1000), mm: 1, ...linked(4, 4) },
    { ...open_since(1), ...page(0x400000), mm: 5, vm_pgoff: 0, vm_flags: RX, file: 1 },
    { ...open_since(1), ...page(0x500000), mm: 5, policy: 1, ...linked(3, 3) },
    { ...open_since(1), ...page(0x501000), mm: 5, name: "'arena'", ...linked(3, 3) },
    { ...page(0x502000), born: 1, died: 2, mm: 5, ...linked(3, 3) },
    { ...open_since(2), ...page(0x502000), mm: 5, vm_flags: RX, ...linked(3, 3) },
    {
      ...open_since(1),
      mm: 5,
      vm_start: 0x7fff00000000,
      vm_end: 0x7fff00001000,
      anon_pgoff: 0x7f,
      vm_flags: SHARED,
      file: 2,
    },
    { ...open_since(2), ...page(0x500000), mm: 6, ...linked(3, 17, 3) },
    { ...open_since(2), ...page(0x501000), mm: 6, name: "'arena'", ...linked(3, 18, 3) },
    /* a reused one would not be the deepest of its chain; this one says so only */
    { ...open_since(2), ...page(0x502000), mm: 6, vm_flags: RX, reused: 1, ...linked(3, 301, 300, 3) },
  );

const anon_vmas = () =>
  insert(
    "anon_vma",
    an_anon_vma,
    { ...open_since(1), id: 4, root: 4, parent: 4, num_children: 1 },
    { born: 1, died: 2, id: 3, root: 3, parent: 3, num_children: 1, num_active_vmas: 3 },
    { ...open_since(2), id: 3, root: 3, parent: 3, num_children: 4, num_active_vmas: 3 },
    { ...open_since(2), id: 17, root: 3, parent: 3 },
    { ...open_since(2), id: 18, root: 3, parent: 3 },
    { ...open_since(2), id: 300, root: 3, parent: 3, num_children: 1, num_active_vmas: 0 },
    { ...open_since(2), id: 301, root: 3, parent: 300 },
  ) + insert("anon_vma_state", {}, { ...open_since(2), anon_vma: 3, refcount: 5, rwsem_count: 257 });

const trees = () =>
  insert(
    "tree",
    a_tree,
    {
      ...open_since(1),
      id: 4,
      process: 1,
      anon_vmas: 1,
      avcs: 1,
      vmas: 1,
      mms: 1,
      max_chain: 1,
      object_bytes: 168,
      rmap_max_visits: 1,
      rmap_covered_pages: 1,
      rmap_covered_visits: 1,
      rmap_written_pages: 1,
      rmap_written_visits: 1,
    },
    {
      born: 1,
      died: 2,
      id: 3,
      process: 2,
      anon_vmas: 1,
      avcs: 3,
      vmas: 3,
      mms: 1,
      max_chain: 1,
      object_bytes: 296,
      rmap_max_visits: 1,
      rmap_covered_pages: 3,
      rmap_covered_visits: 3,
      rmap_written_pages: 3,
      rmap_written_visits: 3,
    },
    {
      ...open_since(2),
      id: 3,
      process: 2,
      anon_vmas: 5,
      idle_anon_vmas: 1,
      reusable_anon_vmas: 1,
      avcs: 10,
      vmas: 6,
      reused_vmas: 1,
      mms: 2,
      torn: 1,
      depth: 2,
      max_chain: 3,
      missed_groups: 1,
      missed_reuse: 1,
      object_bytes: 1160,
      rmap_max_visits: 2,
      rmap_covered_pages: 7,
      rmap_covered_visits: 10,
      rmap_written_pages: 6,
      rmap_written_visits: 9,
    },
  );

/* One of each kind; the reverse map of root 4 was found in snapshot 1 already, so
 * that its row comes first, and has grown. */
const findings = () =>
  insert(
    "finding",
    a_finding,
    {
      born: 1,
      died: 2,
      id: 5,
      kind: kind("wide_rmap"),
      anon_vma: 4,
      root: 4,
      size: 1,
      detail_1: 1,
      detail_2: 1,
      avcs: 1,
      bytes: 32,
    },
    {
      ...open_since(2),
      id: 1,
      kind: kind("fork_split"),
      mm: 6,
      anon_vma: 3,
      root: 3,
      size: 2,
      detail_1: 1,
      detail_2: 1,
      anon_vmas: 1,
      bytes: 104,
    },
    {
      ...open_since(2),
      id: 2,
      kind: kind("merge_blocked"),
      mm: 6,
      root: 3,
      vm_start: 0x500000,
      size: 1,
      detail_1: 0x502000,
      vmas: 1,
      avcs: 2,
      bytes: 320,
    },
    {
      ...open_since(2),
      id: 3,
      kind: kind("idle_anon_vma"),
      anon_vma: 300,
      root: 3,
      size: 1,
      detail_1: 1,
      detail_2: 1,
      anon_vmas: 1,
      avcs: 1,
      bytes: 168,
    },
    {
      ...open_since(2),
      id: 4,
      kind: kind("deep_chain"),
      mm: 6,
      root: 3,
      vm_start: 0x502000,
      size: 3,
      detail_1: 1,
      detail_2: 2,
      avcs: 1,
      bytes: 64,
    },
    {
      ...open_since(2),
      id: 5,
      kind: kind("wide_rmap"),
      anon_vma: 4,
      root: 4,
      size: 1,
      detail_1: 1,
      detail_2: 1,
      avcs: 1,
      bytes: 64,
    },
    {
      ...open_since(2),
      id: 6,
      kind: kind("wide_lock"),
      anon_vma: 3,
      root: 3,
      size: 2,
      detail_1: 2,
      detail_2: 2,
      vmas: 6,
      anon_vmas: 5,
      avcs: 10,
      bytes: 2312,
    },
    {
      ...open_since(2),
      id: 7,
      kind: kind("invariant"),
      rule: 7,
      anon_vma: 3,
      root: 3,
      size: 1,
      detail_1: 3,
      detail_2: 4,
    },
  );

const invariants = () =>
  insert(
    "invariant",
    an_invariant,
    { ...open_since(1), rule: 1, checked: 4, held: 4 },
    { born: 1, died: 2, rule: 7, checked: 2, held: 2 },
    {
      ...open_since(2),
      rule: 7,
      checked: 37,
      held: 1,
      violated: 1,
      torn: 2,
      moved: 3,
      not_shown: 4,
      pinned: 5,
      in_flight: 6,
      first_fault: 7,
      seen_once: 8,
    },
  );

function small_topology() {
  const tables = [snapshots, files, processes, mms, vmas, anon_vmas, trees, findings, invariants];
  return insert("boot", a_boot, {}) + tables.map((rows) => rows()).join("");
}

/* SQL: a copy of rows of a table, which can be changed and then inserted again. Of
 * the column that the table makes for itself, it has none. */
export const copy_rows = (copy, table, where) =>
  `CREATE TEMP TABLE ${copy} AS SELECT * FROM ${table} WHERE ${where};\n` +
  (["process", "tree", "finding", "invariant", "vma", "anon_vma"].includes(table)
    ? `ALTER TABLE ${copy} DROP COLUMN life;\n`
    : "");

/* Runs SQL on a database file; what it creates it creates as the collector does:
 * with a write-ahead log that stays. */
export function sql(path, text) {
  execFileSync("sqlite3", ["-batch", "-bail", path], {
    input: `.filectrl persist_wal 1\n${text}`,
    stdio: ["pipe", "pipe", "inherit"],
  });
}

export function create_schema(path) {
  const files = readdirSync(migrations)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const text = files.map((name) => readFileSync(new URL(name, migrations), "utf8")).join("\n");
  sql(
    path,
    `PRAGMA journal_mode = WAL;\nBEGIN;\n${text}\nPRAGMA application_id = ${APPLICATION_ID};\n` +
      `PRAGMA user_version = ${files.length};\nCOMMIT;\n`,
  );
}

export function create_database(path) {
  create_schema(path);
  sql(path, `BEGIN;\n${small_topology()}COMMIT;\n`);
}

/* n processes of one mm each, n trees of one anon_vma, n findings, for paging. */
export function create_many(path, n) {
  create_schema(path);
  const each = (table, defaults, row) =>
    insert(table, defaults, ...Array.from({ length: n }, (_, i) => row(i + 1)));
  sql(
    path,
    "BEGIN;\n" +
      insert("boot", a_boot, {}) +
      each("snapshot", a_snapshot, (id) => ({ id, taken_ns: TAKEN_NS[0] + BigInt(id) })) +
      each("process", a_process, (id) => ({
        ...open_since(1),
        id,
        tgid: id * 3,
        start_ns: id,
        comm: `'worker ${id % 2}'`,
        mm: id,
      })) +
      each("mm", an_mm, (id) => ({ ...open_since(1), id, process: id })) +
      each("vma", a_vma, (id) => ({ ...open_since(1), ...page(id * 4096), vm_pgoff: 0, mm: 1 })) +
      each("tree", a_tree, (id) => ({
        ...open_since(1),
        id,
        process: id,
        anon_vmas: id % 3,
        object_bytes: 1000 - id,
      })) +
      each("finding", a_finding, (id) => ({
        ...open_since(1),
        id,
        kind: id % KINDS.length,
        mm: id % 2 ? id : "NULL",
        root: id,
        size: id % 5,
        bytes: 10000 - id,
      })) +
      "COMMIT;\n",
  );
}

/* A directory of its own for a test, removed after it. */
export function scratch(context) {
  const directory = mkdtempSync(join(tmpdir(), "vmascope-api-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/* One process with n VMAs, for lists that do not fit into the buffers on their way. */
export function create_vmas(path, n) {
  create_schema(path);
  const row = { ...a_vma, ...open_since(1), mm: 1 };
  const names = Object.keys(row);
  sql(
    path,
    "BEGIN;\n" +
      insert("boot", a_boot, {}) +
      insert("snapshot", a_snapshot, { id: 1, taken_ns: TAKEN_NS[0] }) +
      insert("process", a_process, { ...open_since(1), id: 1, tgid: 1, start_ns: 1, comm: "'one'", mm: 1 }) +
      insert("mm", an_mm, { ...open_since(1), id: 1, process: 1 }) +
      `INSERT INTO vma (${names}, vm_start, vm_end) SELECT ${Object.values(row)}, i * 4096, i * 4096 + 4096 ` +
      `FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n}) SELECT i FROM n);\n` +
      "COMMIT;\n",
  );
}
