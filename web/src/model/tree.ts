/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One anon_vma tree in memory: the REST document turned into typed arrays, with
 * edges as indexes. Immutable once built. Everything here is linear in the
 * document, and nothing recurses, so neither width nor depth matters.
 */
import { row_at } from "./columns";
import type {
  Columns,
  DiffNode,
  MissedGroup,
  Rmap,
  TreeDocument,
  TreeProcess,
  TreeRow,
  TreeVma,
} from "../api/types";

export const NONE = -1;

/** What a node is; the picture gives each its own shape and fill. */
export const enum Kind {
  /** Root of the tree, with active VMAs. */
  Root = 0,
  /** Root whose own VMAs are gone. */
  IdleRoot = 1,
  /** Has active VMAs. */
  Active = 2,
  /** No active VMA: kept only because descendants are linked to it. */
  Idle = 3,
}

export interface Owner {
  mm_id: number;
  /** Every process that runs in this mm, lowest pid first. */
  processes: TreeProcess[];
}

/** What became of a node between two snapshots, in the order in which alike siblings are drawn. */
export const enum Change {
  Same = 0,
  Added = 1,
  Removed = 2,
  Grown = 3,
  Shrunk = 4,
}

export interface TreeDiff {
  /** A Change each; below the threshold it is Same. */
  change: Uint8Array;
  /** Changes among the descendants of each. */
  below: Int32Array;
  /** Its counters in both. */
  sources: DiffNode[];
}

/** All that is drawn and listed of a tree. */
export interface TreeNodes {
  root_id: number;
  count: number;
  /** Index of the root node. */
  root: number;
  id: Float64Array;
  parent: Int32Array;
  first_child: Int32Array;
  next_sibling: Int32Array;
  /** Children observed in this snapshot (num_children is the kernel's counter). */
  children: Int32Array;
  depth: Int32Array;
  num_children: Float64Array;
  num_active: Float64Array;
  refcount: Float64Array;
  linked: Float64Array;
  /** 1: idle, and the next fork() may make it active again. */
  reusable: Uint8Array;
  /** VMAs that have it active since fork() found it idle. */
  reused: Int32Array;
  kind: Uint8Array;
  /** Index into `owners`, or NONE when idle or shared by several mms. */
  owner: Int32Array;
  owners: Owner[];
  /** Index into `groups`, or NONE. */
  missed: Int32Array;
  groups: MissedGroup[];
  /** The missed group that a node of the merged picture stands for, or NONE; null: not merged. */
  stands_for: Int32Array | null;
  /** What became of each; null: the tree is of one snapshot. */
  diff: TreeDiff | null;
  /** This node and all below it. */
  subtree_nodes: Int32Array;
  subtree_missed: Float64Array;
  vmas: Columns<TreeVma>;
  /** The first VMA that has it active, an index into `vmas`, or NONE. */
  first_active: Int32Array;
  index_of: Map<number, number>;
}

/** A tree of one snapshot. */
export interface TreeModel extends TreeNodes {
  snapshot: number;
  summary: TreeRow;
  rmap: Columns<Rmap>;
}

export class ModelError extends Error {}

function index_ids(ids: readonly number[]): Map<number, number> {
  const index_of = new Map<number, number>();
  for (let i = 0; i < ids.length; i++) index_of.set(ids[i], i);
  if (index_of.size !== ids.length) throw new ModelError("The tree names an anon_vma twice.");
  return index_of;
}

function build_owners(
  processes: TreeProcess[],
  mm_ids: readonly (number | null)[],
): { owners: Owner[]; owner_of: Map<number, number> } {
  const owners: Owner[] = [];
  const owner_of = new Map<number, number>();
  const at = (mm_id: number): Owner => {
    let index = owner_of.get(mm_id);
    if (index === undefined) {
      index = owners.push({ mm_id, processes: [] }) - 1;
      owner_of.set(mm_id, index);
    }
    return owners[index];
  };
  for (const process of processes) at(process.mm_id).processes.push(process);
  /* An mm may be in the tree though no process of it is known: a race, or a cut mm. */
  for (const mm_id of mm_ids) if (mm_id !== null) at(mm_id);
  for (const owner of owners) owner.processes.sort((a, b) => a.pid - b.pid);
  return { owners, owner_of };
}

export function kind_of(is_root: boolean, active: number): Kind {
  if (is_root) return active > 0 ? Kind.Root : Kind.IdleRoot;
  return active > 0 ? Kind.Active : Kind.Idle;
}

/*
 * Siblings in the order they are drawn: by name and pid of the owner, then by
 * id; idle ones last. So the siblings of one mm, a missed group, are neighbours.
 */
function sibling_order(nodes: TreeNodes): Int32Array {
  const { id, owner, owners, diff } = nodes;
  const names = [...new Set(owners.map((o) => o.processes[0]?.comm ?? ""))].sort();
  const name_rank = new Map(names.map((name, i) => [name, i]));
  const rank_of = (o: number) => name_rank.get(owners[o].processes[0]?.comm ?? "") ?? 0;
  const pid_of = (o: number) => owners[o].processes[0]?.pid ?? Number.MAX_SAFE_INTEGER;
  const in_order = owners.map((_, o) => o);
  in_order.sort((a, b) => rank_of(a) - rank_of(b) || pid_of(a) - pid_of(b) || a - b);
  /* By owner: as many buckets, the idle ones in the last. */
  const bucket = new Int32Array(owners.length);
  for (let i = 0; i < in_order.length; i++) bucket[in_order[i]] = i;
  const bucket_of = (node: number) => (owner[node] === NONE ? owners.length : bucket[owner[node]]);
  const start = new Int32Array(owners.length + 2);
  for (let i = 0; i < id.length; i++) start[bucket_of(i) + 1]++;
  for (let i = 0; i <= owners.length; i++) start[i + 1] += start[i];
  const order = new Int32Array(id.length);
  for (const node of by_id(nodes)) order[start[bucket_of(node)]++] = node;
  const idle = names.length;
  return diff
    ? by_change(order, diff, names.length + 1, (node) => (owner[node] === NONE ? idle : rank_of(owner[node])))
    : order;
}

/** What siblings of one name must have in common to be drawn as one; 0 where nothing changed. */
export function change_class({ change, below }: TreeDiff, node: number): number {
  return 2 * change[node] + (below[node] > 0 ? 1 : 0);
}
const CHANGE_CLASSES = 10;

/** Of one name, those that went the same way next to each other; else as before. */
function by_change(
  order: Int32Array,
  diff: TreeDiff,
  names: number,
  name_of: (node: number) => number,
): Int32Array {
  const bucket_of = (node: number) => name_of(node) * CHANGE_CLASSES + change_class(diff, node);
  const start = new Int32Array(names * CHANGE_CLASSES + 1);
  for (const node of order) start[bucket_of(node) + 1]++;
  for (let i = 1; i < start.length; i++) start[i] += start[i - 1];
  const result = new Int32Array(order.length);
  for (const node of order) result[start[bucket_of(node)]++] = node;
  return result;
}

/* Numbers are sorted faster than what a function compares. */
function by_id({ id, index_of }: TreeNodes): Int32Array {
  const sorted = id.slice().sort();
  const order = new Int32Array(id.length);
  for (let i = 0; i < order.length; i++) order[i] = index_of.get(sorted[i]) ?? NONE;
  return order;
}

/** What the VMAs that have a node active say of it, for each of `count`. */
export function active_vmas(
  { anon_vma, reused: is_reused }: Columns<TreeVma>,
  index_of: Map<number, number>,
  count: number,
) {
  const first_active = new Int32Array(count).fill(NONE);
  const reused = new Int32Array(count);
  for (let v = 0; v < anon_vma.length; v++) {
    const id = anon_vma[v];
    const node = id === null ? undefined : index_of.get(id);
    if (node === undefined) continue;
    if (first_active[node] === NONE) first_active[node] = v;
    if (is_reused[v]) reused[node]++;
  }
  return { first_active, reused };
}

/** VMAs linked to node i: `links[start[i] .. start[i + 1]]`, indexes into `vmas`. */
interface Links {
  start: Int32Array;
  links: Int32Array;
}

/* Made when first asked for: a picture needs none of it, and it is half the work of a model. */
const links_of = new WeakMap<TreeNodes, Links>();

function make_links({ vmas: { chain: chains }, index_of, count }: TreeNodes): Links {
  const start = new Int32Array(count + 1);
  let total = 0;
  for (const chain of chains) total += chain.length;
  /* Node and VMA of each link, in the order of the VMAs. */
  const node_of = new Int32Array(total);
  const vma_of = new Int32Array(total);
  let found = 0;
  for (let v = 0; v < chains.length; v++)
    for (const id of chains[v]) {
      const node = index_of.get(id);
      if (node === undefined) continue;
      start[node + 1]++;
      node_of[found] = node;
      vma_of[found++] = v;
    }
  for (let i = 0; i < count; i++) start[i + 1] += start[i];
  const links = new Int32Array(found);
  const fill = start.slice(0, count);
  for (let k = 0; k < found; k++) links[fill[node_of[k]]++] = vma_of[k];
  return { start, links };
}

/** Parents before children; throws when some node is not below the root. */
export function breadth_first(
  root: number,
  first_child: Int32Array,
  next_sibling: Int32Array,
  count: number,
): Int32Array {
  const order = new Int32Array(count);
  let end = 0;
  if (count > 0) order[end++] = root;
  for (let i = 0; i < end; i++)
    for (let c = first_child[order[i]]; c !== NONE; c = next_sibling[c]) order[end++] = c;
  if (end !== count) throw new ModelError("The tree's parents do not lead to its root.");
  return order;
}

const NO_VMAS: Columns<TreeVma> = {
  mm_id: [],
  vm_start: [],
  vm_end: [],
  vm_pgoff: [],
  permissions: [],
  path: [],
  anon_vma: [],
  reused: [],
  chain: [],
};

/** Where nothing but ids, owners and the root is known yet. */
export function empty_nodes(
  root_id: number,
  { id, mm_id }: Columns<{ id: number; mm_id: number | null }>,
  processes: TreeProcess[],
): TreeNodes {
  const count = id.length;
  const index_of = index_ids(id);
  const root = index_of.get(root_id);
  if (root === undefined) throw new ModelError(`The tree does not hold its own root ${root_id}.`);
  const { owners, owner_of } = build_owners(processes, mm_id);
  const owner = new Int32Array(count).fill(NONE);
  mm_id.forEach((mm, i) => {
    if (mm !== null) owner[i] = owner_of.get(mm) ?? NONE;
  });
  return {
    root_id,
    count,
    root,
    id: new Float64Array(id),
    parent: new Int32Array(count).fill(NONE),
    first_child: new Int32Array(count).fill(NONE),
    next_sibling: new Int32Array(count).fill(NONE),
    children: new Int32Array(count),
    depth: new Int32Array(count),
    num_children: new Float64Array(count),
    num_active: new Float64Array(count),
    refcount: new Float64Array(count),
    linked: new Float64Array(count),
    reusable: new Uint8Array(count),
    reused: new Int32Array(count),
    kind: new Uint8Array(count),
    owner,
    owners,
    missed: new Int32Array(count).fill(NONE),
    groups: [],
    stands_for: null,
    diff: null,
    subtree_nodes: new Int32Array(count).fill(1),
    subtree_missed: new Float64Array(count),
    vmas: NO_VMAS,
    first_active: new Int32Array(count).fill(NONE),
    index_of,
  };
}

/** A parent the tree does not describe: shown under the root rather than dropped. */
export function place_node(nodes: TreeNodes, i: number, parent: number | null): void {
  if (i !== nodes.root) nodes.parent[i] = nodes.index_of.get(parent ?? nodes.root_id) ?? nodes.root;
}

export function build_tree({ anon_vmas, vmas, ...tree }: TreeDocument): TreeModel {
  const nodes = empty_nodes(tree.root, anon_vmas, tree.processes);
  const model: TreeModel = {
    ...nodes,
    snapshot: tree.snapshot,
    summary: tree.summary,
    num_children: new Float64Array(anon_vmas.num_children),
    num_active: new Float64Array(anon_vmas.num_active_vmas),
    refcount: new Float64Array(anon_vmas.refcount),
    linked: new Float64Array(anon_vmas.linked_vmas),
    rmap: anon_vmas.rmap,
    groups: tree.missed_groups,
    vmas,
    ...active_vmas(vmas, nodes.index_of, nodes.count),
  };
  for (let i = 0; i < model.count; i++) {
    model.reusable[i] = anon_vmas.reusable[i] ? 1 : 0;
    model.kind[i] = kind_of(i === model.root, model.num_active[i]);
    model.missed[i] = anon_vmas.missed_group[i] ?? NONE;
    place_node(model, i, anon_vmas.parent[i]);
  }
  link_tree(model);
  return model;
}

/** Fills what follows from `parent` alone: children in order, depths, sums. */
export function link_tree(model: TreeNodes): void {
  link_children(model, sibling_order(model));
  accumulate(model);
}

function link_children(model: TreeNodes, order: Int32Array): void {
  /* Backwards, pushing to the front: each list ends up in `order`. */
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k];
    const parent = model.parent[node];
    if (parent === NONE) continue;
    model.next_sibling[node] = model.first_child[parent];
    model.first_child[parent] = node;
    model.children[parent]++;
  }
}

function accumulate(model: TreeNodes): void {
  const { root, parent, depth, subtree_nodes, subtree_missed } = model;
  const order = breadth_first(root, model.first_child, model.next_sibling, model.count);
  for (const group of model.groups) {
    const at = model.index_of.get(group.parent);
    if (at !== undefined) subtree_missed[at] += group.missed_reuse;
  }
  for (let i = 1; i < order.length; i++) depth[order[i]] = depth[parent[order[i]]] + 1;
  for (let i = order.length - 1; i > 0; i--) {
    subtree_nodes[parent[order[i]]] += subtree_nodes[order[i]];
    subtree_missed[parent[order[i]]] += subtree_missed[order[i]];
  }
}

export function linked_vmas(model: TreeNodes, node: number): TreeVma[] {
  let index = links_of.get(model);
  if (!index) links_of.set(model, (index = make_links(model)));
  const result: TreeVma[] = [];
  for (let k = index.start[node]; k < index.start[node + 1]; k++)
    result.push(row_at(model.vmas, index.links[k]));
  return result;
}

/** The index of the group an mm has under a parent, or NONE. */
export function find_group(model: TreeNodes, mm_id: number, parent: number): number {
  return model.groups.findIndex((group) => group.mm_id === mm_id && group.parent === parent);
}

/** The owner's first process, which names the mm. */
export function owner_process(model: TreeNodes, node: number): TreeProcess | null {
  const owner = model.owner[node];
  return owner === NONE ? null : (model.owners[owner].processes[0] ?? null);
}
