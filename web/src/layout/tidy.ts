/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tidy tree layout (Walker's rules, in the linear form of Buchheim, Jünger and
 * Leipert), along the breadth axis only: it gives each node the coordinate on
 * which siblings lie; the depth axis is the caller's.
 *
 * Nodes have their own extent on both sides (`above`, `below`). Two nodes of the
 * same depth never overlap, a parent is centred over its first and last child,
 * and equal subtrees are drawn equal. Pure; no recursion: a chain of 100,000
 * nodes is as good as a fan of 100,000.
 */
import { NONE, breadth_first } from "../model/tree";

export interface TidyInput {
  count: number;
  root: number;
  first_child: Int32Array;
  next_sibling: Int32Array;
  above: Float64Array;
  below: Float64Array;
}

interface Work extends TidyInput {
  parent: Int32Array;
  left_sibling: Int32Array;
  last_child: Int32Array;
  /** Position among its siblings. */
  number: Int32Array;
  /** Next node on the contour where the subtree's own outline ends. */
  thread: Int32Array;
  ancestor: Int32Array;
  prelim: Float64Array;
  mod: Float64Array;
  change: Float64Array;
  shift: Float64Array;
  middle: Float64Array;
}

function make_work(input: TidyInput): Work {
  const n = input.count;
  const work: Work = {
    ...input,
    parent: new Int32Array(n).fill(NONE),
    left_sibling: new Int32Array(n).fill(NONE),
    last_child: new Int32Array(n).fill(NONE),
    number: new Int32Array(n),
    thread: new Int32Array(n).fill(NONE),
    ancestor: new Int32Array(n),
    prelim: new Float64Array(n),
    mod: new Float64Array(n),
    change: new Float64Array(n),
    shift: new Float64Array(n),
    middle: new Float64Array(n),
  };
  for (let v = 0; v < n; v++) {
    work.ancestor[v] = v;
    let left = NONE;
    let number = 0;
    for (let c = input.first_child[v]; c !== NONE; c = input.next_sibling[c]) {
      work.parent[c] = v;
      work.left_sibling[c] = left;
      work.number[c] = number++;
      left = c;
    }
    work.last_child[v] = left;
  }
  return work;
}

function next_left(w: Work, v: number): number {
  return w.first_child[v] !== NONE ? w.first_child[v] : w.thread[v];
}

function next_right(w: Work, v: number): number {
  return w.last_child[v] !== NONE ? w.last_child[v] : w.thread[v];
}

function move_subtree(w: Work, from: number, to: number, by: number): void {
  const per_subtree = by / (w.number[to] - w.number[from]);
  w.change[to] -= per_subtree;
  w.shift[to] += by;
  w.change[from] += per_subtree;
  w.prelim[to] += by;
  w.mod[to] += by;
}

/**
 * Pushes the subtree of `v` clear of all its left siblings' subtrees, walking
 * down the two facing contours at once.
 */
function apportion(w: Work, v: number, default_ancestor: number): number {
  const left = w.left_sibling[v];
  if (left === NONE) return default_ancestor;
  let inner_right = v;
  let outer_right = v;
  let inner_left = left;
  let outer_left = w.first_child[w.parent[v]];
  let sum_ir = w.mod[inner_right];
  let sum_or = w.mod[outer_right];
  let sum_il = w.mod[inner_left];
  let sum_ol = w.mod[outer_left];
  let below_il = next_right(w, inner_left);
  let below_ir = next_left(w, inner_right);
  while (below_il !== NONE && below_ir !== NONE) {
    inner_left = below_il;
    inner_right = below_ir;
    outer_left = next_left(w, outer_left);
    outer_right = next_right(w, outer_right);
    w.ancestor[outer_right] = v;
    const by =
      w.prelim[inner_left] +
      sum_il -
      (w.prelim[inner_right] + sum_ir) +
      w.below[inner_left] +
      w.above[inner_right];
    if (by > 0) {
      const candidate = w.ancestor[inner_left];
      const from = w.parent[candidate] === w.parent[v] ? candidate : default_ancestor;
      move_subtree(w, from, v, by);
      sum_ir += by;
      sum_or += by;
    }
    sum_il += w.mod[inner_left];
    sum_ir += w.mod[inner_right];
    sum_ol += w.mod[outer_left];
    sum_or += w.mod[outer_right];
    below_il = next_right(w, inner_left);
    below_ir = next_left(w, inner_right);
  }
  if (below_il !== NONE && next_right(w, outer_right) === NONE) {
    w.thread[outer_right] = below_il;
    w.mod[outer_right] += sum_il - sum_or;
  }
  if (below_ir !== NONE && next_left(w, outer_left) === NONE) {
    w.thread[outer_left] = below_ir;
    w.mod[outer_left] += sum_ir - sum_ol;
    return v;
  }
  return default_ancestor;
}

/** Spreads the pushes over the subtrees in between, right to left. */
function execute_shifts(w: Work, v: number): void {
  let shift = 0;
  let change = 0;
  for (let c = w.last_child[v]; c !== NONE; c = w.left_sibling[c]) {
    w.prelim[c] += shift;
    w.mod[c] += shift;
    change += w.change[c];
    shift += w.shift[c] + change;
  }
}

/** Places the children of `v`, whose own subtrees are all placed, side by side. */
function place_children(w: Work, v: number): void {
  const first = w.first_child[v];
  if (first === NONE) return;
  let default_ancestor = first;
  for (let c = first; c !== NONE; c = w.next_sibling[c]) {
    const left = w.left_sibling[c];
    if (left === NONE) {
      w.prelim[c] = w.middle[c];
    } else {
      w.prelim[c] = w.prelim[left] + w.below[left] + w.above[c];
      /* A leaf has nothing below it to move; its mod is only ever a thread's. */
      if (w.first_child[c] !== NONE) w.mod[c] = w.prelim[c] - w.middle[c];
    }
    default_ancestor = apportion(w, c, default_ancestor);
  }
  execute_shifts(w, v);
  w.middle[v] = (w.prelim[first] + w.prelim[w.last_child[v]]) / 2;
}

/** The breadth coordinate of each node; the topmost extent is at 0. */
export function tidy(input: TidyInput): Float64Array {
  const position = new Float64Array(input.count);
  if (input.count === 0) return position;
  const work = make_work(input);
  const order = breadth_first(input.root, input.first_child, input.next_sibling, input.count);
  /* Children come after their parent in `order`, so backwards each subtree is ready in time. */
  for (let i = order.length - 1; i >= 0; i--) place_children(work, order[i]);
  work.prelim[input.root] = work.middle[input.root];

  const moved = new Float64Array(input.count);
  let top = Infinity;
  for (const v of order) {
    const parent = work.parent[v];
    const by = parent === NONE ? 0 : moved[parent];
    position[v] = work.prelim[v] + by;
    moved[v] = by + work.mod[v];
    top = Math.min(top, position[v] - input.above[v]);
  }
  for (let v = 0; v < position.length; v++) position[v] -= top;
  return position;
}
