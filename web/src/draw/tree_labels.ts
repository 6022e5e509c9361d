/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words in the picture of a tree: at its nodes, at missed groups, at runs of
 * merged nodes, and how deep a place is. They end where the next column begins;
 * what there is no room for is left out or cut. Pure.
 */
import { BAND_HALF, BAND_HEADER, CHAR_WIDTH, STUB } from "../layout/picture";
import { Change, NONE } from "../model/tree";
import { owner_text, visible_label } from "../text/labels";
import { count, plural } from "../text/units";
import type { Transform } from "./camera";
import { change_of } from "./glyph";
import { column_x, lower_bound, pitch_of, trunk_x, type LevelRange, type Scene } from "./level";
import { Ink, Mark, type DrawList } from "./list";

/** Pixels a row must have for its label. */
export const MIN_LABEL_ROW = 11.5;
/** From a node to the baseline of its label. */
export const LABEL_DROP = 3.8;
/** Columns closer than this have no labels. */
export const MIN_LABEL_COLUMN = 40;
/** A label cut shorter than this says nothing. */
const MIN_LABEL_CHARS = 6;
const FONT = 11;
const MAX_FONT = 16;

/** What the label of a missed group says. */
export function missed_label(missed: number): string {
  return `missed reuse ×${count(missed)}`;
}

/** Whether there is room above a missed group for its label. */
export function has_band_header(t: Transform): boolean {
  return BAND_HEADER * t.scale_y >= FONT;
}

/** Whether the next node of the same depth begins a missed group whose label stands above it. */
function header_follows({ picture, transform }: Scene, v: number): boolean {
  const { missed, visible } = picture;
  const last = visible.level_start[visible.depth[v] + 1] - 1;
  return v < last && missed[v + 1] !== NONE && missed[v + 1] !== missed[v] && has_band_header(transform);
}

/** The missed reuse to write beside node `v`, 0 for none: folds, and groups without a header. */
function missed_beside(scene: Scene, v: number): number {
  const { picture, model, transform } = scene;
  if (picture.fold_missed[v] > 0) return picture.fold_missed[v];
  const group = picture.missed[v];
  if (group === NONE || has_band_header(transform)) return 0;
  const first = v === 0 || picture.missed[v - 1] !== group;
  return first ? model.groups[group].missed_reuse : 0;
}

/** Where labels of a depth must end: at the next column's edges, or the window's. */
function label_end(scene: Scene, depth: number): number {
  return depth + 1 < scene.picture.column.length ? trunk_x(scene, depth + 1) - 6 : scene.screen.width - 8;
}

/** How much larger than at zoom 1 text is. */
export function text_scale({ scale_y }: Transform): number {
  return Math.max(1, Math.min(scale_y, MAX_FONT / FONT));
}

/** As many of the parts of a detail as there is room for: half an address says nothing. */
function whole_parts(detail: string, chars: number): string {
  let end = detail.length;
  while (end > chars && detail.lastIndexOf(" · ", end - 1) > 0) end = detail.lastIndexOf(" · ", end - 1);
  return detail.slice(0, end);
}

export function draw_node_label(
  list: DrawList,
  scene: Scene,
  v: number,
  x: number,
  y: number,
  gap: number,
): void {
  const { model, picture, transform } = scene;
  const { visible } = picture;
  const grow = text_scale(transform);
  const size = FONT * grow;
  const wide = CHAR_WIDTH * grow;
  const depth = visible.depth[v];
  const in_band = picture.missed[v] !== NONE || picture.fold_missed[v] > 0;
  const joined = (model.stands_for?.[visible.source[v]] ?? NONE) !== NONE;
  const left = x + (in_band ? BAND_HALF + 6 : picture.radius[v] + (joined ? 8 : 5)) * grow;
  const baseline = y + LABEL_DROP * grow;
  const right = label_end(scene, depth);
  const { owner, detail } = visible_label(model, visible, v);
  if (right - left < MIN_LABEL_CHARS * wide) return;
  let at = left;
  /* The line to the children runs on behind the label. */
  const clear = (length: number, top: number, height: number) => {
    if (visible.first_child[v] === NONE) return;
    const width = Math.min(right - left, length * wide) + 7 * grow;
    list.push(Mark.Rect, Ink.Halo, left - 4 * grow, top, width, height);
  };
  const write = (mark: Mark.Text | Mark.TextStrong, ink: Ink, text: string) => {
    if (right - at >= 4 * wide) list.push_text(mark, ink, at, baseline, size, text, right - at);
    at += (text.length + 1) * wide;
  };
  /* What is the same steps back. */
  const same = change_of(scene, v) === Change.Same;
  const strong = same ? Mark.Text : Mark.TextStrong;
  const ink = same ? Ink.TextFaint : Ink.Text;
  const missed = missed_beside(scene, v);
  const needed = (owner.length + 1 + (missed > 0 ? 16 : 0) + detail.length) * wide;
  const rows = header_follows(scene, v) ? 3.6 : 2.4;
  if (needed > right - left && missed === 0 && gap >= rows * MIN_LABEL_ROW * grow) {
    /* A root has the room above it to itself, as far as the nodes of the next column. */
    const lifted = depth === 0 && owner.length * wide > right - left;
    clear(Math.max(owner.length, detail.length), y - 1, 3);
    if (lifted) {
      const start = x - BAND_HALF - 3;
      const room = right - x + STUB;
      const above = y - picture.radius[v] * grow - 5;
      list.push(Mark.Rect, Ink.Halo, start, above - size, Math.min(room, owner.length * wide), size + 3);
      list.push_text(strong, ink, start, above, size, owner, room);
    } else list.push_text(strong, ink, left, y - 3 * grow, size, owner, right - left);
    const parts = whole_parts(detail, (right - left) / wide);
    const below = lifted ? baseline : y + 11 * grow;
    list.push_text(Mark.Text, Ink.TextFaint, left, below, size, parts, right - left);
    return;
  }
  clear(needed / wide, baseline - 0.8 * size, size);
  write(strong, ink, owner);
  if (missed > 0) write(Mark.TextStrong, Ink.MissedText, missed_label(missed));
  write(Mark.Text, Ink.TextFaint, whole_parts(detail, (right - at) / wide));
}

/** The members of a missed group, in the window. */
export interface Band {
  group: number;
  first: number;
  /** Its top and bottom. */
  from: number;
  to: number;
  /** Pixels between its members. */
  pitch: number;
}

/** Above a group what it missed; where its members are too close together to be named, beside them too. */
export function draw_band_label(list: DrawList, scene: Scene, level: LevelRange, band: Band): void {
  const { picture, transform: t, model } = scene;
  const { from, to, pitch } = band;
  const missed = model.groups[band.group].missed_reuse;
  const header = has_band_header(t);
  if (header) {
    const size = FONT * text_scale(t);
    const x = Math.round(level.x - BAND_HALF * text_scale(t));
    /* Of a group of wide families that starts above the window the label stays in sight. */
    const lowest = pitch > 60 && to > 40 ? size : -Infinity;
    list.push_text(
      Mark.TextStrong,
      Ink.MissedText,
      x,
      Math.max(from - 4, lowest),
      size,
      missed_label(missed),
    );
  }
  if (pitch >= MIN_LABEL_ROW || to - from < MIN_LABEL_ROW || level.pitch <= MIN_LABEL_COLUMN) return;
  /* Named is the mm they have in common. */
  const owner = owner_text(model, picture.visible.source[band.first]);
  const label = header ? owner : `${owner} ×${count(missed)}`;
  const left = level.x + BAND_HALF + 6;
  const middle = (from + to) / 2;
  const space = label_end(scene, level.depth) - left;
  if (space < MIN_LABEL_CHARS * CHAR_WIDTH) return;
  list.push(Mark.Rect, Ink.Halo, left - 1, middle - 6, Math.min(space, label.length * CHAR_WIDTH) + 2, 12);
  const ink = header ? Ink.Text : Ink.MissedText;
  list.push_text(Mark.TextStrong, ink, left, middle + LABEL_DROP, FONT, label, space);
}

/** How many nodes were merged, and how many of them changed. */
export function draw_run_label(
  list: DrawList,
  scene: Scene,
  level: LevelRange,
  baseline: number,
  merged: number,
  changed: number,
): void {
  const x = level.x + 9;
  const room = label_end(scene, level.depth) - x;
  const whole = plural(merged, "anon_vma") + (changed > 0 ? `, ${count(changed)} changed` : "");
  const text = whole.length * CHAR_WIDTH > room ? count(merged) : whole;
  list.push_text(Mark.Text, Ink.TextFaint, x, baseline, FONT, text, room);
}

/** Between the numbers of the axis. */
const TICK_PX = 90;

/** How deep each place is, where columns are too narrow for labels. */
export function draw_depth_axis(list: DrawList, scene: Scene, from: number, to: number): void {
  const { transform: t, screen } = scene;
  const { column } = scene.picture;
  if (to - from < 3 || pitch_of(scene, from + 1) > MIN_LABEL_COLUMN) return;
  let depth = Math.max(from, lower_bound(column, from, to, (2 - t.offset_x) / t.scale_x));
  while (depth < to) {
    const x = column_x(scene, depth);
    if (x + TICK_PX > screen.width) return;
    list.push(Mark.Line, Ink.Edge, Math.round(x) + 0.5, 0, Math.round(x) + 0.5, 5);
    list.push_text(Mark.Text, Ink.TextFaint, x + 3, 11, 10, `depth ${count(depth)}`);
    depth = lower_bound(column, depth + 1, to, (x + TICK_PX - t.offset_x) / t.scale_x);
  }
}
