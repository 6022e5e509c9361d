/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places a visible tree in picture space: depth runs to the right in columns,
 * breadth runs down. Units are CSS pixels at zoom 1. Pure.
 */
import { NONE, type TreeNodes } from "../model/tree";
import { fold_at, type VisibleTree } from "../model/visible";
import { visible_label } from "../text/labels";
import { tidy } from "./tidy";

/** Height of a row, and of the label above a missed group. */
export const ROW = 19;
export const BAND_HEADER = 18;
const BAND_FOOTER = 5;
/** From the line that children hang on to their column. */
export const STUB = 26;
export const CHAR_WIDTH = 6.63;
const LABEL_GAP = 18;
const MIN_COLUMN = 120;
const MAX_COLUMN = 520;
const LAST_COLUMN = 190;
/** Half the width of the strip behind a missed group. */
export const BAND_HALF = 15;
/** Columns of more nodes than this are not measured: such a column cannot be read anyway. */
const MEASURED_NODES = 4000;

const MIN_RADIUS = 3.5;
const MAX_RADIUS = 11;

export interface Picture {
  visible: VisibleTree;
  /** Column of each depth, at the centre of its nodes. */
  column: Float64Array;
  /** Width a label may take in the column of each depth. */
  label_width: Float64Array;
  y: Float64Array;
  above: Float64Array;
  below: Float64Array;
  radius: Float32Array;
  /** Missed group of each visible node, or NONE. */
  missed: Int32Array;
  /** Missed-reuse count inside a fold, 0 for a plain node. */
  fold_missed: Float64Array;
  width: number;
  height: number;
}

/** Linked VMAs as a radius: logarithmic, so 1, 10, 100, 1000 are equal steps. */
export function radius_of(linked: number): number {
  return Math.min(MAX_RADIUS, MIN_RADIUS + 2.1 * Math.log10(1 + Math.max(0, linked)));
}

function has_missed(visible: VisibleTree, missed: Int32Array, v: number, other: number): boolean {
  return other !== NONE && other < visible.count && missed[v] !== NONE && missed[other] === missed[v];
}

function measure_column(model: TreeNodes, visible: VisibleTree, depth: number): number {
  const from = visible.level_start[depth];
  const to = visible.level_start[depth + 1];
  if (to - from > MEASURED_NODES) return MAX_COLUMN * 0.75;
  let longest = 0;
  for (let v = from; v < to; v++) {
    const { owner, detail } = visible_label(model, visible, v);
    let length = owner.length + 1 + detail.length;
    const fold = fold_at(visible, v);
    /* Its cards take more than the radius of a node. */
    if (fold && model.diff) length += 1;
    if (fold && fold.missed > 0) length += 16 + String(fold.missed).length;
    if (!fold && model.missed[visible.source[v]] !== NONE) length += 2;
    longest = Math.max(longest, length);
  }
  return Math.min(MAX_COLUMN, Math.max(MIN_COLUMN, longest * CHAR_WIDTH + LABEL_GAP));
}

export function make_picture(model: TreeNodes, visible: VisibleTree): Picture {
  const n = visible.count;
  const radius = new Float32Array(n);
  const above = new Float64Array(n);
  const below = new Float64Array(n);
  const missed = new Int32Array(n).fill(NONE);
  const fold_missed = new Float64Array(n);
  for (let v = 0; v < n; v++) {
    const fold = fold_at(visible, v);
    radius[v] = radius_of(fold ? fold.linked : model.linked[visible.source[v]]);
    if (fold) fold_missed[v] = fold.missed;
    else missed[v] = model.missed[visible.source[v]];
  }
  for (let v = 0; v < n; v++) {
    const half = fold_missed[v] > 0 ? BAND_HALF + 2 : Math.max(ROW / 2, radius[v] + 1.5);
    above[v] = half;
    below[v] = half;
    if (missed[v] === NONE) continue;
    /* Room for the outline and the label of the group, at its first and last member. */
    const siblings = (other: number) => other !== NONE && visible.parent[other] === visible.parent[v];
    if (!(siblings(v - 1) && has_missed(visible, missed, v, v - 1))) above[v] += BAND_HEADER;
    const next = visible.next_sibling[v];
    if (!has_missed(visible, missed, v, next)) below[v] += BAND_FOOTER;
  }
  const y = tidy({
    count: n,
    root: 0,
    first_child: visible.first_child,
    next_sibling: visible.next_sibling,
    above,
    below,
  });
  const levels = visible.level_start.length - 1;
  const column = new Float64Array(Math.max(0, levels));
  const label_width = new Float64Array(Math.max(0, levels));
  let x = MAX_RADIUS + 4;
  for (let depth = 0; depth < levels; depth++) {
    column[depth] = x;
    label_width[depth] = measure_column(model, visible, depth);
    /* Labels of the last column may run on to the window's edge: the fit need not make room for all. */
    const room = depth + 1 < levels ? label_width[depth] : Math.min(label_width[depth], LAST_COLUMN);
    x += MAX_RADIUS + room + STUB;
  }
  let height = 0;
  for (let v = 0; v < n; v++) height = Math.max(height, y[v] + below[v]);
  return {
    visible,
    column,
    label_width,
    y,
    above,
    below,
    radius,
    missed,
    fold_missed,
    width: levels > 0 ? x - STUB : 0,
    height,
  };
}
