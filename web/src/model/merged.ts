/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree as it would be had fork() shared what it could have: the members of
 * each missed group become one node, which has their VMAs and their children. Of
 * these children those of one mm are copies from one anon_vma then, and become one
 * in turn. It is a TreeModel like the other, so all that draws or lists one draws this.
 * Pure; linear but for sorting the VMAs of each merged node by page offset.
 */
import { columns_of, row_at } from "./columns";
import type { Columns, FamilyRmap, MissedGroup, Rmap, TreeVma } from "../api/types";
import { Kind, active_vmas, breadth_first, link_tree, linked_vmas, NONE, type TreeModel } from "./tree";

/** Of the kernel that was observed. */
export interface ObjectSizes {
  page_size: number;
  anon_vma_bytes: number;
  avc_bytes: number;
}

interface Visits {
  max: number;
  covered_pages: number;
  covered: number;
  written_pages: number;
  written: number;
}

function as_rmap(visits: Visits): Rmap {
  return {
    max_visits: visits.max,
    covered_pages: visits.covered_pages,
    covered_mean_visits: visits.covered_pages ? visits.covered / visits.covered_pages : null,
    written_pages: visits.written_pages,
    written_mean_visits: visits.written_pages ? visits.written / visits.written_pages : null,
  };
}

/** What a reverse-map walk from a page of this node visits: the VMAs linked to it at each page offset. */
export function rmap_of(tree: TreeModel, node: number, page_size: number): Rmap {
  const events: { at: number; linked: number; active: number }[] = [];
  for (const vma of linked_vmas(tree, node)) {
    const first = Number(vma.vm_pgoff);
    const pages = (Number(vma.vm_end) - Number(vma.vm_start)) / page_size;
    const active = vma.anon_vma === tree.id[node] ? 1 : 0;
    events.push({ at: first, linked: 1, active }, { at: first + pages, linked: -1, active: -active });
  }
  events.sort((a, b) => a.at - b.at);
  const visits: Visits = { max: 0, covered_pages: 0, covered: 0, written_pages: 0, written: 0 };
  let linked = 0;
  let active = 0;
  for (let i = 0; i + 1 < events.length; i++) {
    linked += events[i].linked;
    active += events[i].active;
    const pages = events[i + 1].at - events[i].at;
    if (pages <= 0 || linked === 0) continue;
    visits.max = Math.max(visits.max, linked);
    visits.covered_pages += pages;
    visits.covered += pages * linked;
    visits.written_pages += pages * active;
    visits.written += pages * active * linked;
  }
  return as_rmap(visits);
}

function sum_rmap(rows: Rmap[]): Rmap {
  const sum: Visits = { max: 0, covered_pages: 0, covered: 0, written_pages: 0, written: 0 };
  for (const row of rows) {
    sum.max = Math.max(sum.max, row.max_visits);
    sum.covered_pages += row.covered_pages;
    sum.covered += row.covered_pages * (row.covered_mean_visits ?? 0);
    sum.written_pages += row.written_pages;
    sum.written += row.written_pages * (row.written_mean_visits ?? 0);
  }
  return as_rmap(sum);
}

/** For each node the one that is drawn for it: the first of its group, or itself. */
function representatives(tree: TreeModel): Int32Array {
  const rep = new Int32Array(tree.count).map((_, i) => i);
  const joined = new Uint8Array(tree.count);
  for (const group of tree.groups) {
    const members = group.anon_vmas.map((id) => tree.index_of.get(id)).filter((i) => i !== undefined);
    for (const member of members) rep[member] = members[0];
    joined[members[0]] = 1;
  }
  /* Parents come before children, so what a parent became is known. */
  const first_of = new Map<number, number>();
  for (const node of breadth_first(tree.root, tree.first_child, tree.next_sibling, tree.count)) {
    const parent = rep[tree.parent[node]];
    if (tree.owner[node] === NONE || node === tree.root || !joined[parent]) continue;
    const copies = parent * tree.owners.length + tree.owner[node];
    const first = first_of.get(copies) ?? rep[node];
    first_of.set(copies, first);
    if (node !== first) joined[first] = 1;
    rep[node] = first;
  }
  return rep;
}

/** The groups of the tree, then those that only come to be as these are merged; and which one a node stands for. */
function merged_groups(tree: TreeModel, rep: Int32Array): { groups: MissedGroup[]; stands_for: Int32Array } {
  const members = new Map<number, number[]>();
  rep.forEach((first, node) => {
    if (first === node) return;
    const found = members.get(first);
    if (found) found.push(node);
    else members.set(first, [first, node]);
  });
  const groups = [...tree.groups];
  const stands_for = new Int32Array(tree.count).fill(NONE);
  for (const [first, nodes] of members) {
    const own = tree.groups[tree.missed[first]];
    stands_for[first] =
      own?.anon_vmas.length === nodes.length
        ? tree.missed[first]
        : groups.push({
            mm_id: tree.owners[tree.owner[first]].mm_id,
            parent: tree.id[rep[tree.parent[first]]],
            anon_vmas: nodes.map((node) => tree.id[node]),
            missed_reuse: nodes.length - 1,
          }) - 1;
  }
  return { groups, stands_for };
}

/** The VMAs with merged ids in their chains, each once. */
function merge_chains(tree: TreeModel, rep: Int32Array): { vmas: Columns<TreeVma>; avcs: number } {
  const merged_id = (id: number) => {
    const node = tree.index_of.get(id);
    return node === undefined ? id : tree.id[rep[node]];
  };
  let avcs = 0;
  const anon_vma = tree.vmas.anon_vma.map((id) => (id === null ? null : merged_id(id)));
  const chain = tree.vmas.chain.map((recorded) => {
    const ids = [...new Set(recorded.map(merged_id))];
    avcs += recorded.length - ids.length;
    return ids;
  });
  return { vmas: { ...tree.vmas, anon_vma, chain }, avcs };
}

export function merge_missed(tree: TreeModel, sizes: ObjectSizes): TreeModel {
  const rep = representatives(tree);
  const kept: number[] = [];
  const place = new Int32Array(tree.count).fill(NONE);
  for (let i = 0; i < tree.count; i++) if (rep[i] === i) place[i] = kept.push(i) - 1;
  const count = kept.length;
  const saved = tree.count - count;
  const pick = <T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T => {
    for (let i = 0; i < count; i++) to[i] = from[kept[i]];
    return to;
  };
  const index_of = new Map<number, number>();
  for (const [id, node] of tree.index_of) index_of.set(id, place[rep[node]]);
  const { vmas, avcs } = merge_chains(tree, rep);
  const { groups, stands_for } = merged_groups(tree, rep);
  const merged: TreeModel = {
    ...tree,
    count,
    root: place[tree.root],
    id: pick(tree.id, new Float64Array(count)),
    parent: pick(tree.parent, new Int32Array(count)),
    first_child: new Int32Array(count).fill(NONE),
    next_sibling: new Int32Array(count).fill(NONE),
    children: new Int32Array(count),
    depth: new Int32Array(count),
    num_children: pick(tree.num_children, new Float64Array(count)),
    num_active: pick(tree.num_active, new Float64Array(count)),
    refcount: pick(tree.refcount, new Float64Array(count)),
    linked: pick(tree.linked, new Float64Array(count)),
    reusable: pick(tree.reusable, new Uint8Array(count)),
    kind: pick(tree.kind, new Uint8Array(count)),
    owner: pick(tree.owner, new Int32Array(count)),
    missed: new Int32Array(count).fill(NONE),
    groups,
    stands_for: pick(stands_for, new Int32Array(count)),
    subtree_nodes: new Int32Array(count).fill(1),
    subtree_missed: new Float64Array(count),
    index_of,
    vmas,
    ...active_vmas(vmas, index_of, count),
  };
  for (let i = 0; i < count; i++) {
    const parent = merged.parent[i];
    if (parent !== NONE) merged.parent[i] = place[rep[parent]];
  }
  add_counters(tree, rep, place, merged);
  const rmap = kept.map((node) => row_at(tree.rmap, node));
  for (let i = 0; i < count; i++) if (merged.stands_for?.[i] !== NONE) rmap[i] = measure(merged, i, sizes);
  merged.rmap = columns_of(rmap, Object.keys(tree.rmap) as (keyof Rmap)[]);
  link_tree(merged);
  /* Nothing is missed any more. */
  merged.subtree_missed.fill(0);
  merged.summary = {
    ...tree.summary,
    anon_vmas: tree.summary.anon_vmas - saved,
    avcs: tree.summary.avcs - avcs,
    tree_bytes: tree.summary.tree_bytes - saved * sizes.anon_vma_bytes - avcs * sizes.avc_bytes,
    max_chain: avcs
      ? vmas.chain.reduce((most, chain) => Math.max(most, chain.length), 0)
      : tree.summary.max_chain,
    reusable_anon_vmas: merged.reusable.reduce((sum, yes) => sum + yes, 0),
    rmap: { ...tree.summary.rmap, ...sum_rmap(rmap) } satisfies FamilyRmap,
    missed_groups: 0,
    missed_reuse: 0,
  };
  return merged;
}

/** The kernel's counters as they would be. */
function add_counters(tree: TreeModel, rep: Int32Array, place: Int32Array, merged: TreeModel): void {
  for (let i = 0; i < tree.count; i++) {
    if (rep[i] === i) continue;
    const to = place[rep[i]];
    merged.num_children[to] += tree.num_children[i];
    merged.num_active[to] += tree.num_active[i];
    /* Each anon_vma counts as a child of its parent and holds a reference to its root. */
    const parent = tree.parent[i];
    if (parent !== NONE) merged.num_children[place[rep[parent]]]--;
    merged.refcount[merged.root]--;
  }
  for (let i = 0; i < merged.count; i++)
    if (merged.kind[i] === Kind.Idle) merged.reusable[i] = merged.num_children[i] < 2 ? 1 : 0;
}

/** As many VMAs as are linked to it, and what a reverse-map walk visits. */
function measure(merged: TreeModel, node: number, sizes: ObjectSizes): Rmap {
  merged.linked[node] = linked_vmas(merged, node).length;
  return rmap_of(merged, node, sizes.page_size);
}
