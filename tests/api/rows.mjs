/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the tables as SQL: what a row does not say it has as in an idle, empty system. */

export const OPEN = "9223372036854775807";
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

/* One INSERT a row: what a row does not name it has from defaults. Rows are added
 * in the order they were born, as a collector adds them. */
export function insert_all(table, defaults, rows) {
  return rows
    .map((row) => ({ ...defaults, ...row }))
    .sort((left, right) => (left.born ?? 0) - (right.born ?? 0))
    .map((row) => `INSERT INTO ${table} (${Object.keys(row)}) VALUES (${Object.values(row)});\n`)
    .join("");
}

export const insert = (table, defaults, ...rows) => insert_all(table, defaults, rows);

const zeros = (names) => Object.fromEntries(names.split(", ").map((name) => [name, 0]));
export const open_since = (born) => ({ born, died: OPEN });

/* What a row of each table has unless it says otherwise. */
export const a_boot = {
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
export const a_snapshot = {
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
export const a_process = { exec_id: 1, exe: "NULL", cgroup: 0, cgroup_path: "''", uid: 0, ppid: 0 };
export const an_mm = zeros(
  "torn, cut, map_count, tree_height, total_pages, data_pages, stack_pages, exec_pages, locked_pages, vmas, " +
    "anon_vmas, avcs, trees, reused_vmas, missed_groups, missed_reuse, blocked_merges, max_chain, fork_vmas, " +
    "fork_anon_vmas, fork_avcs, undone_vmas, undone_anon_vmas, undone_avcs",
);
export const a_vma = {
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
export const an_anon_vma = { num_children: 0, num_active_vmas: 1, described: 1 };
export const a_tree = zeros(
  "process, anon_vmas, idle_anon_vmas, reusable_anon_vmas, avcs, vmas, reused_vmas, mms, torn, depth, max_chain, " +
    "missed_groups, missed_reuse, object_bytes, rmap_max_visits, rmap_covered_pages, rmap_covered_visits, " +
    "rmap_written_pages, rmap_written_visits",
);
export const a_finding = {
  mm: "NULL",
  anon_vma: "NULL",
  root: "NULL",
  vm_start: "NULL",
  ...zeros("rule, size, detail_1, detail_2, vmas, anon_vmas, avcs, bytes"),
};
export const an_invariant = zeros(
  "checked, held, violated, torn, moved, not_shown, pinned, in_flight, first_fault, seen_once",
);

/* A VMA with a chain; the first of it is active. */
export const linked = (root, ...ids) => ({
  anon_vma: ids[0],
  root,
  chain_length: ids.length,
  chain: chain(...ids),
});

/* Of an mm, at that address. */
export const page = (start) => ({ vm_start: start, vm_end: start + 0x1000, vm_pgoff: start >> 12 });

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

/* SQL: a copy of rows of a table, which can be changed and then inserted again. Of
 * the column that the table makes for itself, it has none. */
export const copy_rows = (copy, table, where) =>
  `CREATE TEMP TABLE ${copy} AS SELECT * FROM ${table} WHERE ${where};\n` +
  (["process", "tree", "finding", "invariant", "vma", "anon_vma"].includes(table)
    ? `ALTER TABLE ${copy} DROP COLUMN life;\n`
    : "");
