/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The REST documents the page reads, as `/api/v1` sends them. 64-bit values
 * (addresses, flags, page offsets, inode numbers, start times) are strings.
 */

/** Tables of many rows: an array for each field. */
export type Columns<Row> = { readonly [Name in keyof Row]: readonly Row[Name][] };

export interface List<T> {
  data: T[];
  next: string | null;
}

export interface Boot {
  id: number;
  boot_id: string;
  host: string;
  release: string;
  machine: string;
  page_size: number;
  vma_bytes: number;
  anon_vma_bytes: number;
  avc_bytes: number;
}

export interface Totals {
  processes: number;
  mms: number;
  vmas: number;
  anon_vmas: number;
  avcs: number;
  trees: number;
  files: number;
  idle_anon_vmas: number;
  /** Idle, and free for the next fork(). */
  reusable_anon_vmas: number;
  /** VMAs whose active anon_vma is that of an ancestor that is gone. */
  reused_vmas: number;
  missed_groups: number;
  missed_reuse: number;
  blocked_merges: number;
  max_chain: number;
  max_depth: number;
  object_bytes: number;
}

export interface Quality {
  complete: boolean;
  torn_mms: number;
  rewalked_mms: number;
  cut_mms: number;
  moved_anon_vmas: number;
  undescribed_anon_vmas: number;
}

export interface Cost {
  walk_ns: number;
  identity_ns: number;
  analyse_ns: number;
  store_ns: number;
  cpu_ns: number;
  stream_bytes: number;
}

/** What a reverse-map walk from one page visits; a mean over no pages is null. */
export interface Rmap {
  max_visits: number;
  covered_pages: number;
  covered_mean_visits: number | null;
  written_pages: number;
  written_mean_visits: number | null;
}

export interface FamilyRmap extends Rmap {
  /** When one anon_vma served the whole family. */
  before_2010_mean_visits: number | null;
}

export interface Objects {
  vmas: number;
  anon_vmas: number;
  avcs: number;
  bytes: number;
}

export interface Thresholds {
  deep_chain: number;
  wide_rmap: number;
  wide_lock: number;
}

export interface Snapshot {
  id: number;
  taken_at: string;
  label: string | null;
  pinned: boolean;
  tree_tgid: number | null;
  boot: Boot;
  totals: Totals;
  rmap: FamilyRmap;
  /** By which rule fork() was seen to work; null: nothing told yet. */
  fork_policy: string | null;
  thresholds: Thresholds;
  quality: Quality;
  cost: Cost;
}

/** All findings of one kind. */
export interface FindingKind {
  kind: string;
  title: string;
  description: string;
  count: number;
  bytes: number;
}

/** How a rule that mm/rmap.c relies on fared. */
export interface Invariant {
  number: number;
  rule: string;
  statement: string;
  checked: number;
  held: number;
  violated: number;
  excused: Record<string, number>;
}

/** The snapshot's own resource; the list leaves these two out. */
export interface SnapshotDocument extends Snapshot {
  findings: FindingKind[];
  invariants: Invariant[];
}

export interface Finding extends Objects {
  id: number;
  kind: string;
  title: string;
  sentence: string;
  since: { snapshot: number | null; taken_at: string | null };
  process: { pid: number; comm: string } | null;
  mm_id: number | null;
  anon_vma: number | null;
  root: number | null;
  vm_start: string | null;
  size: number;
  size_name: string;
  details: Record<string, number | string | boolean>;
  /** Of an invariant. */
  rule: string | null;
  /** Of a fork_split: who has the parent anon_vma active, and where. */
  parent_process: { pid: number; comm: string; vmas: string[] } | null;
}

export interface Process {
  pid: number;
  ppid: number;
  uid: number;
  comm: string;
  exe: string | null;
  start_ns: string;
  cgroup: string | null;
  process_id: number;
  mm_id: number;
  mm_shared: boolean;
  vmas: number;
  anon_vmas: number;
  avcs: number;
  trees: number;
  reused_vmas: number;
  missed_groups: number;
  missed_reuse: number;
  blocked_merges: number;
  max_chain: number;
  /** What the next fork() allocates, and what if nothing were missed or blocked. */
  fork: Objects;
  fork_undone: Objects;
  map_count: number;
  torn: boolean;
  cut: boolean;
  anon_rss_bytes: number;
  file_rss_bytes: number;
  shmem_rss_bytes: number;
  swap_bytes: number;
  pgtables_bytes: number;
}

export interface Vma {
  vm_start: string;
  vm_end: string;
  vm_pgoff: string;
  vm_flags: string;
  permissions: string;
  dev: string | null;
  ino: string | null;
  path: string | null;
  name: string | null;
  anon_vma: number | null;
  root: number | null;
  /** The active anon_vma was that of an ancestor that is gone. */
  reused: boolean;
  chain: number[];
  anon_pgoff: string | null;
  numa_policy: boolean;
}

/** An anon_vma in a chain of a process. */
export interface ProcessAnonVma {
  id: number;
  root: number;
  parent: number | null;
  num_children: number;
  num_active_vmas: number;
  /** False: it vanished before its counters were read. */
  described: boolean;
  reusable: boolean;
  /** VMAs of this process that have it active. */
  own_vmas: number;
  /** mms that have it active, and the process of them that started first. */
  active_mms: number;
  process: { pid: number; comm: string } | null;
}

export interface ProcessAnonVmas {
  mm_id: number;
  anon_vmas: ProcessAnonVma[];
  missed_groups: { parent: number; anon_vmas: number[]; missed_reuse: number }[];
}

/** Of a child that fork() would make; new anon_vmas are -1, -2, ... */
export interface ForkVma {
  vm_start: string;
  vm_end: string;
  permissions: string;
  path: string | null;
  name: string | null;
  anon_vma: number | null;
  chain: number[];
  reused: boolean;
  /** Its anon_vma is also active in an earlier VMA of the child, or in one of the parent. */
  shared: boolean;
}

export interface ForkPolicy {
  policy: string;
  kernels: string;
  description: string;
  anon_vmas: number;
  avcs: number;
  bytes: number;
  /** Of the child. */
  reused_vmas: number;
  shared_vmas: number;
  max_chain: number;
  violations: string[];
}

export interface ForkDocument {
  policy: string;
  kernels: string;
  description: string;
  policy_observed: boolean;
  /** What the walked kernel does, and whether it was seen to. */
  kernel_policy: string;
  kernel_policy_observed: boolean;
  process: { pid: number; comm: string };
  allocates: Objects;
  violations: string[];
  vmas: ForkVma[];
  new_anon_vmas: {
    id: number;
    parent: number;
    root: number;
    num_children: number;
    num_active_vmas: number;
  }[];
  changes: {
    anon_vma: number;
    num_children: { before: number; after: number };
    num_active_vmas: { before: number; after: number };
  }[];
  policies: ForkPolicy[];
}

/** The root's lock when it was read. */
export interface Rwsem {
  state: "idle" | "readers" | "writer";
  readers: number;
  waiters: boolean;
  count: string;
}

export interface TreeRow {
  root: number;
  pid: number | null;
  comm: string | null;
  exe: string | null;
  anon_vmas: number;
  idle_anon_vmas: number;
  reusable_anon_vmas: number;
  reused_vmas: number;
  torn: boolean;
  rmap: FamilyRmap;
  rwsem: Rwsem | null;
  vmas: number;
  avcs: number;
  mms: number;
  depth: number;
  max_chain: number;
  missed_groups: number;
  missed_reuse: number;
  tree_bytes: number;
}

/** The processes that execute one file, and the trees whose oldest process does. */
export interface Executable {
  /** Null: not known. */
  exe: string | null;
  /** Null: they have several. */
  comm: string | null;
  processes: number;
  mms: number;
  trees: number;
  vmas: number;
  anon_vmas: number;
  idle_anon_vmas: number;
  avcs: number;
  missed_reuse: number;
  max_chain: number;
  depth: number;
  rmap: { max_visits: number };
  tree_bytes: number;
}

export interface TreeAnonVma {
  id: number;
  parent: number | null;
  depth: number;
  num_children: number;
  num_active_vmas: number;
  refcount: number;
  linked_vmas: number;
  reusable: boolean;
  mm_id: number | null;
  missed_group: number | null;
}

export interface TreeVma {
  mm_id: number;
  vm_start: string;
  vm_end: string;
  vm_pgoff: string;
  permissions: string;
  path: string | null;
  anon_vma: number | null;
  reused: boolean;
  chain: number[];
}

export interface TreeProcess {
  pid: number;
  ppid: number;
  comm: string;
  exe: string | null;
  process_id: number;
  mm_id: number;
}

export interface MissedGroup {
  mm_id: number;
  parent: number;
  anon_vmas: number[];
  missed_reuse: number;
}

/** What there may be 100,000 of comes by column. */
export interface TreeDocument {
  snapshot: number;
  root: number;
  summary: TreeRow;
  anon_vmas: Columns<TreeAnonVma> & { readonly rmap: Columns<Rmap> };
  vmas: Columns<TreeVma>;
  processes: TreeProcess[];
  missed_groups: MissedGroup[];
}

/** Totals over time, an array for each; where `step_s` is set, a point is the last snapshot of its step. */
export interface Stats {
  step_s: number | null;
  sampled: { snapshots: number; points: number };
  snapshots: number[];
  /** Seconds since 1970. */
  times: number[];
  boots: number[];
  columns: Record<string, (number | null)[]>;
  /** Largest within each step. */
  max?: Record<string, (number | null)[]>;
}

/** Either end of a comparison. */
export interface DiffEnd {
  id: number;
  taken_at: string;
  label: string | null;
  pinned: boolean;
  tree_tgid: number | null;
  quality: { complete: boolean };
  boot: { id: number; boot_id: string; host: string; release: string };
}

export interface DiffPair {
  from: DiffEnd;
  to: DiffEnd;
  /** Else only names can be compared. */
  same_boot: boolean;
  reason: string | null;
}

export type DiffState = "added" | "removed" | "execed" | "grown" | "shrunk" | "changed";
export type DiffSection = "processes" | "trees" | "anon_vmas" | "vmas" | "findings" | "names";

export interface DiffSummary extends DiffPair {
  totals: { before: Totals; after: Totals; change: Totals };
  /** Null: not compared between these two. */
  sections: Record<DiffSection, Record<DiffState, number> | null>;
}

/** A value of one side, as the section has them. */
export type DiffValue =
  string | number | boolean | null | number[] | Record<string, number | string | boolean>;
export type DiffSide = Record<string, DiffValue>;

/** A row of any section; what names the object is there where the section has it. */
export interface DiffRow {
  state: DiffState;
  change: number;
  before: DiffSide | null;
  after: DiffSide | null;
  /** Names of the values that differ; null where one side is null. */
  changed_fields: string[] | null;
  process_id?: number;
  id?: number;
  root?: number;
  mm_id?: number | null;
  pid?: number | null;
  comm?: string | null;
  exe?: string | null;
  /** Of findings. */
  kind?: string;
  title?: string;
  sentence?: string;
  anon_vma?: number | null;
}

export type NodeState = "added" | "removed" | "grown" | "shrunk" | "same";

export interface DiffNodeSide {
  num_children: number;
  num_active_vmas: number;
  refcount: number;
  linked_vmas: number;
  mm_id: number | null;
}

export interface DiffNode {
  id: number;
  parent: number | null;
  depth: number;
  state: NodeState;
  before: DiffNodeSide | null;
  after: DiffNodeSide | null;
}

export interface DiffTreeProcess {
  pid: number;
  ppid: number;
  comm: string;
  exe: string | null;
  process_id: number;
  state: "added" | "removed" | "changed" | "same";
  before: { mm_id: number } | null;
  after: { mm_id: number } | null;
}

/** One tree of two snapshots in one; parents before children. */
export interface DiffTreeDocument extends DiffPair {
  root: number;
  counts: Record<NodeState, number>;
  anon_vmas: DiffNode[];
  processes: DiffTreeProcess[];
}

export interface Health {
  status: string;
  snapshots: number;
  latest: { id: number; age_s: number } | null;
}
