/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which nodes are drawn: the whole tree, or, when it is large, the tree with
 * alike siblings folded into one "postgres × 200" node each. As many of them as
 * a window has room for are drawn all the same, so that their shape is seen.
 *
 * Visible nodes are numbered breadth first, so those of one depth are
 * neighbours, top to bottom, and so are the children of one node. Drawing,
 * culling and hit tests rely on that.
 */
import { Change, change_class, Kind, NONE, type TreeNodes } from "./tree";

/** Trees up to this size are drawn whole. */
export const FOLD_FROM_NODES = 150;
/** Fewer alike siblings than this are not worth folding. */
export const FOLD_FROM_SIBLINGS = 4;

/** So many nodes of a folded tree are drawn as a sample. */
const SAMPLE_NODES = 40;
/** The only address space of a sample may have more. */
const LARGEST_SAMPLE = 160;

/** Siblings under one parent, owned by processes of one name. */
export interface Fold {
  /** The id of the first of these siblings names it in the URL. */
  key: number;
  name: string;
  /** The first of them are drawn as a sample: these are the others. */
  more: boolean;
  members: number[];
  /** Members and everything below them. */
  nodes: number;
  processes: number;
  linked: number;
  missed: number;
  /** What became of its members, and how many changes are below them; null, 0: not a diff. */
  change: Change | null;
  below: number;
}

export interface VisibleTree {
  count: number;
  /** >= 0: a node of the model; < 0: fold number -1 - source. */
  source: Int32Array;
  parent: Int32Array;
  first_child: Int32Array;
  next_sibling: Int32Array;
  depth: Int32Array;
  /** Nodes of depth d: [level_start[d], level_start[d + 1]). */
  level_start: Int32Array;
  folds: Fold[];
  /** Visible number of a model node, or NONE while it is inside a fold. */
  visible_of: Int32Array;
}

export interface FoldOptions {
  grouped: boolean;
  /** Keys of the folds that are drawn expanded. */
  open: ReadonlySet<number>;
}

function fold_name(model: TreeNodes, node: number): string {
  const owner = model.owner[node];
  if (owner === NONE) return model.kind[node] === Kind.Idle ? "\0idle" : "\0shared";
  return model.owners[owner].processes[0]?.comm ?? "\0unknown";
}

const FOLD_TITLES: Record<string, string> = {
  "\0idle": "idle",
  "\0shared": "multi-mm",
  "\0unknown": "unknown process",
};

function make_fold(model: TreeNodes, name: string, run: number[], sampled: number): Fold {
  const members = run.slice(sampled);
  const groups = new Set<number>();
  const owners = new Set<number>();
  let nodes = 0;
  let linked = 0;
  let missed = 0;
  let below = 0;
  for (const node of members) {
    below += model.diff?.below[node] ?? 0;
    nodes += model.subtree_nodes[node];
    linked += model.linked[node];
    missed += model.subtree_missed[node];
    if (model.owner[node] !== NONE) owners.add(model.owner[node]);
    const group = model.missed[node];
    if (group !== NONE && !groups.has(group)) {
      groups.add(group);
      missed += model.groups[group].missed_reuse;
    }
  }
  return {
    key: model.id[run[0]],
    name: FOLD_TITLES[name] ?? name,
    more: sampled > 0,
    members,
    nodes,
    processes: owners.size,
    linked,
    missed,
    change: model.diff ? model.diff.change[members[0]] : null,
    below,
  };
}

/**
 * The runs of alike siblings under `parent`: of one name, and in a diff gone the
 * same way. Such siblings are neighbours (tree.ts).
 */
function* sibling_runs(model: TreeNodes, parent: number): Generator<[string, number[]]> {
  let name: string | null = null;
  let way = 0;
  let run: number[] = [];
  for (let child = model.first_child[parent]; child !== NONE; child = model.next_sibling[child]) {
    const child_name = fold_name(model, child);
    const child_way = model.diff ? change_class(model.diff, child) : 0;
    if (name !== null && (child_name !== name || child_way !== way)) {
      yield [name, run];
      run = [];
    }
    name = child_name;
    way = child_way;
    run.push(child);
  }
  if (name !== null) yield [name, run];
}

/**
 * How many of a run are drawn although it folds: whole address spaces, with all
 * below them, while there is room. Of a diff all that changed or none: half a
 * change would be taken for the whole.
 */
function sample_of(model: TreeNodes, run: number[], room: number): { length: number; nodes: number } {
  const none = { length: 0, nodes: 0 };
  if (model.diff?.change[run[0]] === Change.Same || room <= 0) return none;
  let sample = none;
  let nodes = 0;
  for (let i = 0; i < run.length; i++) {
    nodes += model.subtree_nodes[run[i]];
    const most = sample.length === 0 && room === SAMPLE_NODES ? LARGEST_SAMPLE : room;
    if (nodes > most) return model.diff ? none : sample;
    const owner = model.owner[run[i]];
    if (i + 1 === run.length || owner === NONE || owner !== model.owner[run[i + 1]])
      sample = { length: i + 1, nodes };
  }
  return sample;
}

export function is_folding(model: TreeNodes, options: FoldOptions): boolean {
  return options.grouped && model.count > FOLD_FROM_NODES;
}

export function build_visible(model: TreeNodes, options: FoldOptions): VisibleTree {
  const folding = is_folding(model, options);
  const source = new Int32Array(model.count);
  const parent = new Int32Array(model.count).fill(NONE);
  const first_child = new Int32Array(model.count).fill(NONE);
  const next_sibling = new Int32Array(model.count).fill(NONE);
  const depth = new Int32Array(model.count);
  const visible_of = new Int32Array(model.count).fill(NONE);
  /* Of a sample, below which nothing folds: it is there to show a whole. */
  const sampled = new Uint8Array(model.count);
  const folds: Fold[] = [];
  const level_start = [0];
  let count = 0;
  let last = NONE;
  let room = SAMPLE_NODES;

  const add = (from: number, origin: number) => {
    source[count] = origin;
    if (origin >= 0) visible_of[origin] = count;
    parent[count] = from;
    if (from !== NONE) {
      depth[count] = depth[from] + 1;
      if (last === NONE) first_child[from] = count;
      else next_sibling[last] = count;
    }
    if (depth[count] === level_start.length) level_start.push(count);
    last = count++;
  };

  if (model.count > 0) add(NONE, model.root);
  for (let v = 0; v < count; v++) {
    if (source[v] < 0) continue;
    last = NONE;
    if (!folding) {
      for (let c = model.first_child[source[v]]; c !== NONE; c = model.next_sibling[c]) add(v, c);
      continue;
    }
    for (const [name, run] of sibling_runs(model, source[v])) {
      const whole = sampled[v] || run.length < FOLD_FROM_SIBLINGS || options.open.has(model.id[run[0]]);
      const sample = whole ? { length: run.length, nodes: 0 } : sample_of(model, run, room);
      room -= sample.nodes;
      for (let i = 0; i < sample.length; i++) {
        sampled[count] = whole ? sampled[v] : 1;
        add(v, run[i]);
      }
      if (sample.length < run.length) add(v, -folds.push(make_fold(model, name, run, sample.length)));
    }
  }
  level_start.push(count);
  return {
    count,
    source: source.subarray(0, count),
    parent: parent.subarray(0, count),
    first_child: first_child.subarray(0, count),
    next_sibling: next_sibling.subarray(0, count),
    depth: depth.subarray(0, count),
    level_start: Int32Array.from(model.count > 0 ? level_start : [0]),
    folds,
    visible_of,
  };
}

export function fold_at(visible: VisibleTree, v: number): Fold | null {
  const source = visible.source[v];
  return source < 0 ? visible.folds[-1 - source] : null;
}

/** The keys of the folds to open so that `node` is drawn. */
export function folds_hiding(model: TreeNodes, visible: VisibleTree, node: number): number[] {
  const keys: number[] = [];
  for (let at = node; at !== NONE && visible.visible_of[at] === NONE; at = model.parent[at]) {
    const parent = model.parent[at];
    if (parent === NONE) break;
    for (const [, run] of sibling_runs(model, parent))
      if (run.length >= FOLD_FROM_SIBLINGS && run.includes(at)) keys.push(model.id[run[0]]);
  }
  return keys;
}

/** Keys of the expanded folds, to draw a way to fold each again. */
export function open_fold_of(model: TreeNodes, node: number, open: ReadonlySet<number>): number | null {
  const parent = model.parent[node];
  if (parent === NONE || open.size === 0) return null;
  for (const [, run] of sibling_runs(model, parent))
    if (open.has(model.id[run[0]]) && run.includes(node)) return model.id[run[0]];
  return null;
}

/** Depth first: row number of each visible node and back. */
export function row_order(shown: VisibleTree): { order: Int32Array; row_of: Int32Array } {
  const order = new Int32Array(shown.count);
  const row_of = new Int32Array(shown.count);
  const stack = shown.count > 0 ? [0] : [];
  let rows = 0;
  while (stack.length > 0) {
    const v = stack.pop() as number;
    row_of[v] = rows;
    order[rows++] = v;
    if (shown.next_sibling[v] !== NONE) stack.push(shown.next_sibling[v]);
    if (shown.first_child[v] !== NONE) stack.push(shown.first_child[v]);
  }
  return { order, row_of };
}

/** Place among its siblings, counted when a row is shown. */
export function place_of(shown: VisibleTree, v: number): { position: number; siblings: number } {
  const parent = shown.parent[v];
  if (parent === NONE) return { position: 1, siblings: 1 };
  const first = shown.first_child[parent];
  /* Children of one node are numbered in a row. */
  let last = shown.level_start[shown.depth[v] + 1] - 1;
  let low = v;
  while (low < last) {
    const middle = (low + last + 1) >>> 1;
    if (shown.parent[middle] > parent) last = middle - 1;
    else low = middle;
  }
  return { position: v - first + 1, siblings: last - first + 1 };
}
