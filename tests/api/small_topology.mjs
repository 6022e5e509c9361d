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
  bytes,
  insert,
  KINDS,
  linked,
  open_since,
  page,
  TAKEN_NS,
} from "./rows.mjs";
import { create_schema, sql } from "./sqlite.mjs";

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

const kind = (name) => KINDS.indexOf(name);

const RX = 0x75;
const SHARED = 0xfb;

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

export function create_database(path) {
  create_schema(path);
  sql(path, `BEGIN;\n${small_topology()}COMMIT;\n`);
}
