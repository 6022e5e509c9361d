/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is to draw of a tree: the picture, the window on it, and of each
 * depth the part in the window. Pure.
 */
import { STUB, type Picture } from "../layout/picture";
import type { TreeNodes } from "../model/tree";
import type { Size } from "../layout/size";
import type { Transform } from "./camera";

export interface Scene {
  model: TreeNodes;
  picture: Picture;
  transform: Transform;
  screen: Size;
  /** Visible numbers, or NONE. */
  selected: number;
  hover: number;
  /** Index of a missed group, or NONE. */
  selected_group: number;
}

/** First index in [from, to) with y[index] >= value; y ascends within a level. */
export function lower_bound(y: Float64Array, from: number, to: number, value: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (y[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface LevelRange {
  depth: number;
  /** All of the level, and its part in the window. */
  start: number;
  end: number;
  low: number;
  high: number;
  x: number;
  pitch: number;
  trunk: number;
}

/** What grows with the zoom does so to twice its size, and never shrinks. */
export function grown(length: number, scale: number): number {
  return length * Math.max(1, Math.min(scale, 2));
}

export function column_x({ picture, transform: t }: Scene, depth: number): number {
  return picture.column[depth] * t.scale_x + t.offset_x;
}

/** Pixels from the column before; of the first one, Infinity. */
export function pitch_of({ picture: { column }, transform }: Scene, depth: number): number {
  return depth > 0 ? (column[depth] - column[depth - 1]) * transform.scale_x : Infinity;
}

/** Where the line is that the nodes of a depth hang on, before their column. */
export function trunk_x(scene: Scene, depth: number): number {
  return (
    column_x(scene, depth) - grown(Math.min(STUB, pitch_of(scene, depth) * 0.6), scene.transform.scale_x)
  );
}

export function level_range(scene: Scene, depth: number): LevelRange {
  const { picture, transform: t, screen } = scene;
  const { level_start } = picture.visible;
  const start = level_start[depth];
  const end = level_start[depth + 1];
  const slack = 40 / t.scale_y;
  const low = lower_bound(picture.y, start, end, -t.offset_y / t.scale_y - slack);
  const high = lower_bound(picture.y, low, end, (screen.height - t.offset_y) / t.scale_y + slack);
  return {
    depth,
    start,
    end,
    low,
    high,
    x: column_x(scene, depth),
    pitch: pitch_of(scene, depth),
    trunk: trunk_x(scene, depth),
  };
}

/** Pixels to the nearer neighbour of the same depth. */
export function gap_of(scene: Scene, v: number): number {
  const { y, visible } = scene.picture;
  const depth = visible.depth[v];
  let gap = Infinity;
  if (v > visible.level_start[depth]) gap = y[v] - y[v - 1];
  if (v + 1 < visible.level_start[depth + 1]) gap = Math.min(gap, y[v + 1] - y[v]);
  return gap * scene.transform.scale_y;
}

export function screen_y(scene: Scene, v: number): number {
  return scene.picture.y[v] * scene.transform.scale_y + scene.transform.offset_y;
}
