/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One tree of two snapshots as one set of nodes, which is drawn and folded like
 * a tree of one. Pure; linear in the document.
 */
import type { DiffNode, DiffNodeSide, DiffTreeDocument, NodeState, TreeProcess } from "../api/types";
import { Change, empty_nodes, kind_of, link_tree, NONE, place_node, type TreeNodes } from "./tree";

export const CHANGES: Record<NodeState, Change> = {
  same: Change.Same,
  added: Change.Added,
  removed: Change.Removed,
  grown: Change.Grown,
  shrunk: Change.Shrunk,
};

export interface DiffTree {
  from: number;
  to: number;
  root: number;
  /** What owns the tree, or owned it: its oldest process. */
  owner: TreeProcess | null;
  counts: Record<NodeState, number>;
  sources: DiffNode[];
  /** Without what follows from the threshold. */
  nodes: TreeNodes;
  /** By how much each changed (see change_amount()). */
  amount: Float64Array;
}

/** As it is after, or was before where it is gone. */
export function last_side({ before, after }: DiffNode): DiffNodeSide {
  const side = after ?? before;
  if (!side) throw new Error("an anon_vma is in neither snapshot");
  return side;
}

/**
 * Linked VMAs; where these are as many, active ones; else children. What came or
 * went counts as a whole, and never as nothing.
 */
export function change_amount(node: DiffNode): number {
  const { before, after } = node;
  if (!before || !after) return Math.max(1, last_side(node).linked_vmas);
  for (const key of ["linked_vmas", "num_active_vmas", "num_children"] as const)
    if (after[key] !== before[key]) return Math.abs(after[key] - before[key]);
  return 0;
}

function process_of(process: DiffTreeDocument["processes"][number]): TreeProcess[] {
  const { pid, ppid, comm, exe, process_id } = process;
  const mm_ids = new Set([process.after?.mm_id, process.before?.mm_id]);
  return [...mm_ids].flatMap((mm_id) =>
    mm_id === undefined ? [] : { pid, ppid, comm, exe, process_id, mm_id },
  );
}

export function build_diff_tree(document: DiffTreeDocument): DiffTree {
  const sources = document.anon_vmas;
  const owned = {
    id: sources.map(({ id }) => id),
    mm_id: sources.map((source) => last_side(source).mm_id),
  };
  const processes = document.processes.flatMap(process_of);
  const nodes = empty_nodes(document.root, owned, processes);
  const amount = new Float64Array(nodes.count);
  for (let i = 0; i < nodes.count; i++) {
    const source = sources[i];
    const side = last_side(source);
    nodes.num_children[i] = side.num_children;
    nodes.num_active[i] = side.num_active_vmas;
    nodes.refcount[i] = side.refcount;
    /* As large as it ever was: what shrank to nothing is to be seen. */
    nodes.linked[i] = Math.max(source.before?.linked_vmas ?? 0, source.after?.linked_vmas ?? 0);
    nodes.kind[i] = kind_of(i === nodes.root, side.num_active_vmas);
    amount[i] = change_amount(source);
    place_node(nodes, i, source.parent);
  }
  const by_pid = (a: TreeProcess, b: TreeProcess) => a.process_id - b.process_id;
  return {
    from: document.from.id,
    to: document.to.id,
    root: document.root,
    owner: [...processes].sort(by_pid)[0] ?? null,
    counts: document.counts,
    sources,
    nodes,
    amount,
  };
}

/** The nodes to draw; what changed by less than `least` is the same. */
export function diff_nodes({ nodes, sources, amount }: DiffTree, least: number): TreeNodes {
  const { count, parent } = nodes;
  const change = Uint8Array.from(sources, ({ state }, i) =>
    amount[i] < least ? Change.Same : CHANGES[state],
  );
  /* Parents come before their children. */
  const below = new Int32Array(count);
  for (let i = count - 1; i >= 0; i--)
    if (parent[i] !== NONE) below[parent[i]] += below[i] + (change[i] === Change.Same ? 0 : 1);
  const result: TreeNodes = {
    ...nodes,
    first_child: new Int32Array(count).fill(NONE),
    next_sibling: new Int32Array(count).fill(NONE),
    children: new Int32Array(count),
    depth: new Int32Array(count),
    subtree_nodes: new Int32Array(count).fill(1),
    subtree_missed: new Float64Array(count),
    diff: { change, below, sources },
  };
  link_tree(result);
  return result;
}

/** How many changes the threshold hides. */
export function hidden_changes({ sources, amount }: DiffTree, least: number): number {
  let hidden = 0;
  for (let i = 0; i < sources.length; i++) if (sources[i].state !== "same" && amount[i] < least) hidden++;
  return hidden;
}
