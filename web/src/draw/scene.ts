/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws a picture into a draw list: culls what the window does not show, and
 * lets detail follow the space there is.
 *
 * A node with room around it is drawn with shape, edge and label. Nodes closer
 * than MIN_GAP pixels merge into runs of cells, coloured by the most notable
 * node in each cell, with their number beside them. So a frame costs what the
 * screen can show, plus one pass over the nodes in view. Pure.
 */
import { BAND_HALF, BAND_HEADER, CHAR_WIDTH, ROW, STUB, type Picture } from "../layout/picture";
import { Change, Kind, NONE, type TreeNodes } from "../model/tree";
import { owner_text, visible_label } from "../text/labels";
import { count, plural } from "../text/units";
import type { Size, Transform } from "./camera";
import { CELL, Cells, Note } from "./cells";
import { Ink, Mark, type DrawList } from "./list";

/** Pixels between neighbours below which they merge. */
const MIN_GAP = 6.5;
/** Pixels a row must have for its label. */
const MIN_LABEL_ROW = 11.5;
/** From a node to the baseline of its label. */
const LABEL_DROP = 3.8;
/** A label cut shorter than this says nothing. */
const MIN_LABEL_CHARS = 6;
const FONT = 11;
const MAX_FONT = 16;
/** An idle node smaller than this has no room for the dot that says "reusable". */
const MIN_DOTTED = 4;
/** Columns closer than this are drawn as cells only, without edges. */
const MIN_COLUMN = 7;
/** Columns closer than this have no labels. */
const MIN_LABEL_COLUMN = 40;

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

/* Of the window; an export has its own, as large as it is. */
const window_cells = new Cells();
let cells = window_cells;

/* By Change. */
const CHANGE_MARKS = [Mark.Disc, Mark.Plus, Mark.Cross, Mark.Up, Mark.Down] as const;
const CHANGE_INKS = [Ink.Same, Ink.Added, Ink.Removed, Ink.Grown, Ink.Shrunk] as const;
const CHANGE_NOTES = [Note.Same, Note.Added, Note.Removed, Note.Grown, Note.Shrunk] as const;
/** A sign smaller than this cannot be told from another. */
const MIN_SIGN = 4;

/** What became of visible node `v`; null: the tree is of one snapshot. */
export function change_of({ model, picture }: Pick<Scene, "model" | "picture">, v: number): Change | null {
  if (!model.diff) return null;
  const source = picture.visible.source[v];
  return source < 0 ? picture.visible.folds[-1 - source].change : model.diff.change[source];
}

/** What a cell that node `v` falls into tells of it. */
export function note_of(scene: Pick<Scene, "model" | "picture">, v: number): Note {
  const { model, picture } = scene;
  const source = picture.visible.source[v];
  const change = change_of(scene, v);
  if (change !== null) return CHANGE_NOTES[change];
  if (picture.missed[v] !== NONE || picture.fold_missed[v] > 0) return Note.Missed;
  if (source < 0) return Note.Fold;
  const kind = model.kind[source];
  if (kind === Kind.Root || kind === Kind.IdleRoot) return Note.Root;
  return kind === Kind.Idle ? Note.Idle : Note.Active;
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

interface LevelRange {
  depth: number;
  /** All of the level, and its part in the window. */
  start: number;
  end: number;
  low: number;
  high: number;
  x: number;
  /** Pixels to the previous column. */
  pitch: number;
  trunk: number;
}

/** Pixels from the line that children hang on to their column. */
function stub_width(pitch: number, scale: number): number {
  return Math.min(STUB, pitch * 0.6) * Math.max(1, Math.min(scale, 2));
}

function level_range(scene: Scene, depth: number): LevelRange {
  const { picture, transform: t, screen } = scene;
  const { level_start } = picture.visible;
  const start = level_start[depth];
  const end = level_start[depth + 1];
  const slack = 40 / t.scale_y;
  const low = lower_bound(picture.y, start, end, -t.offset_y / t.scale_y - slack);
  const high = lower_bound(picture.y, low, end, (screen.height - t.offset_y) / t.scale_y + slack);
  const x = picture.column[depth] * t.scale_x + t.offset_x;
  const pitch = depth > 0 ? (picture.column[depth] - picture.column[depth - 1]) * t.scale_x : Infinity;
  return { depth, start, end, low, high, x, pitch, trunk: x - stub_width(pitch, t.scale_x) };
}

/** Pixels to the nearer neighbour of the same depth. */
function gap_of(scene: Scene, level: LevelRange, v: number): number {
  const { y } = scene.picture;
  let gap = Infinity;
  if (v > level.start) gap = y[v] - y[v - 1];
  if (v + 1 < level.end) gap = Math.min(gap, y[v + 1] - y[v]);
  return gap * scene.transform.scale_y;
}

function screen_y(scene: Scene, v: number): number {
  return scene.picture.y[v] * scene.transform.scale_y + scene.transform.offset_y;
}

/** Of a diff: the sign of what became of the node; of a group, on its cards. */
function draw_change(
  list: DrawList,
  change: Change,
  is_fold: boolean,
  x: number,
  y: number,
  r: number,
): void {
  if (!is_fold) {
    const least = change === Change.Same ? r : Math.max(MIN_SIGN, r);
    list.push(CHANGE_MARKS[change], CHANGE_INKS[change], x, y, least);
    return;
  }
  list.push(Mark.Stack, CHANGE_INKS[change], x, y, Math.min(r, 8));
  if (change !== Change.Same) list.push(CHANGE_MARKS[change], Ink.Halo, x - 1, y + 1, Math.min(r, 8) * 0.45);
}

function draw_glyph(list: DrawList, scene: Scene, v: number, x: number, y: number, gap: number): void {
  const { model, picture, transform } = scene;
  const source = picture.visible.source[v];
  const grown = picture.radius[v] * Math.max(1, Math.min(transform.scale_y, 2));
  const r = Math.max(2.5, Math.min(grown, gap * 0.46));
  const change = change_of(scene, v);
  if (change !== null) {
    draw_change(list, change, source < 0, x, y, r);
    return;
  }
  if (source < 0) {
    if (picture.fold_missed[v] > 0) {
      const half = Math.min(BAND_HALF, gap * 0.48);
      list.push(Mark.Hatch, Ink.Missed, x - BAND_HALF, y - half, 2 * BAND_HALF, 2 * half);
      list.push(
        Mark.Outline,
        Ink.Missed,
        Math.round(x - BAND_HALF),
        Math.round(y - half),
        2 * BAND_HALF,
        Math.round(2 * half),
      );
    }
    list.push(Mark.Stack, Ink.Fold, x, y, Math.min(r, 8));
    return;
  }
  const missed = picture.missed[v] !== NONE;
  if ((model.stands_for?.[source] ?? NONE) !== NONE) {
    const half = Math.min(r + 2.5, gap * 0.42);
    list.push(Mark.Outline, Ink.Active, Math.round(x - half), Math.round(y - half), 2 * half, 2 * half);
  }
  switch (model.kind[source]) {
    case Kind.Root:
      list.push(Mark.Square, Ink.Root, x, y, r);
      break;
    case Kind.IdleRoot:
      list.push(Mark.SquareHollow, Ink.Root, x, y, r);
      break;
    case Kind.Active: {
      const mark = model.reused[source] > 0 ? Mark.DiamondFull : Mark.Disc;
      list.push(mark, missed ? Ink.Missed : Ink.Active, x, y, r);
      break;
    }
    default:
      list.push(Mark.Diamond, Ink.Idle, x, y, r);
      if (model.reusable[source] && r >= MIN_DOTTED) list.push(Mark.Disc, Ink.Idle, x, y, r * 0.45);
  }
}

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
  const { picture, transform: t, screen } = scene;
  if (depth + 1 < picture.column.length) {
    const pitch = (picture.column[depth + 1] - picture.column[depth]) * t.scale_x;
    const next = picture.column[depth + 1] * t.scale_x + t.offset_x;
    return next - stub_width(pitch, t.scale_x) - 6;
  }
  return screen.width - 8;
}

/** How much larger than at zoom 1 text is. */
function text_scale({ scale_y }: Transform): number {
  return Math.max(1, Math.min(scale_y, MAX_FONT / FONT));
}

/** As many of the parts of a detail as there is room for: half an address says nothing. */
function whole_parts(detail: string, chars: number): string {
  let end = detail.length;
  while (end > chars && detail.lastIndexOf(" · ", end - 1) > 0) end = detail.lastIndexOf(" · ", end - 1);
  return detail.slice(0, end);
}

function draw_label(list: DrawList, scene: Scene, v: number, x: number, y: number, gap: number): void {
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
    clear(Math.max(owner.length, detail.length), y - 1, 3);
    list.push_text(strong, ink, left, y - 3 * grow, size, owner, right - left);
    const parts = whole_parts(detail, (right - left) / wide);
    list.push_text(Mark.Text, Ink.TextFaint, left, y + 11 * grow, size, parts, right - left);
    return;
  }
  clear(needed / wide, baseline - 0.8 * size, size);
  write(strong, ink, owner);
  if (missed > 0) write(Mark.TextStrong, Ink.MissedText, missed_label(missed));
  write(Mark.Text, Ink.TextFaint, whole_parts(detail, (right - at) / wide));
}

/** Drawn as a node of its own, not merged with its neighbours. */
function stands_alone(scene: Scene, v: number): boolean {
  const { y, visible } = scene.picture;
  const level = visible.depth[v];
  let gap = Infinity;
  if (v > visible.level_start[level]) gap = y[v] - y[v - 1];
  if (v + 1 < visible.level_start[level + 1]) gap = Math.min(gap, y[v + 1] - y[v]);
  return gap * scene.transform.scale_y >= MIN_GAP;
}

/** Lines from parents to the children in view. */
function draw_edges(list: DrawList, scene: Scene, level: LevelRange): void {
  const { picture, transform: t, screen } = scene;
  const { parent, depth } = picture.visible;
  if (level.depth === 0) return;
  const { y } = picture;
  const parent_x = picture.column[level.depth - 1] * t.scale_x + t.offset_x;
  let v = Math.max(level.start, level.low - 1);
  const stop = Math.min(level.end, level.high + 1);
  /* Families smaller than a pixel or two merge into one block. */
  let block_from = NaN;
  let block_to = NaN;
  const end_block = () => {
    if (!Number.isNaN(block_from))
      list.push(
        Mark.Rect,
        Ink.EdgeDense,
        level.trunk,
        block_from,
        level.x - level.trunk,
        Math.max(1, block_to - block_from),
      );
    block_from = NaN;
  };
  while (v < stop) {
    const family = parent[v];
    let first = v;
    while (v < stop && parent[v] === family) v++;
    let last = v - 1;
    /* Only as far as just outside the window. */
    while (first > level.start && parent[first - 1] === family && first > level.low - 1) first--;
    const above = first === level.low - 1 && first > level.start && parent[first - 1] === family;
    const top = above ? -10 : y[first] * t.scale_y + t.offset_y;
    const bottom = Math.min(screen.height + 10, y[last] * t.scale_y + t.offset_y);
    const family_y = y[family] * t.scale_y + t.offset_y;
    const members = last - first + 1;
    const dense = members > 1 && (y[last] - y[first]) * t.scale_y < MIN_GAP * (members - 1);
    if (dense || (members === 1 && gap_of(scene, level, first) < MIN_GAP)) {
      if (block_to + 1.5 < top) end_block();
      if (Number.isNaN(block_from)) block_from = Math.max(-10, top);
      block_to = bottom;
      if (bottom - top < 3 * MIN_GAP && !stands_alone(scene, family)) continue;
    } else {
      for (let c = first; c <= last; c++) {
        const at = Math.round(y[c] * t.scale_y + t.offset_y) + 0.5;
        list.push(Mark.Line, Ink.Edge, level.trunk, at, level.x, at);
      }
    }
    const trunk = Math.round(level.trunk) + 0.5;
    const join = Math.round(family_y) + 0.5;
    list.push(
      Mark.Line,
      Ink.Edge,
      trunk,
      Math.max(-10, Math.min(top, join)),
      trunk,
      Math.min(screen.height + 10, Math.max(bottom, join)),
    );
    if (family_y > -20 && family_y < screen.height + 20 && depth[family] === level.depth - 1)
      list.push(Mark.Line, Ink.Edge, parent_x, join, trunk, join);
  }
  end_block();
}

/** Around what is selected: two pixels, a little outside. */
function draw_frame(list: DrawList, x: number, y: number, width: number, height: number): void {
  list.push(Mark.Outline, Ink.Selected, x - 2, y - 2, width + 4, height + 4);
  list.push(Mark.Outline, Ink.Selected, x - 3, y - 3, width + 6, height + 6);
}

/** The outlined, hatched strip behind each missed group in view. */
function draw_bands(list: DrawList, scene: Scene, level: LevelRange): void {
  const { picture, transform: t, screen, model } = scene;
  const { missed, y } = picture;
  const { parent } = picture.visible;
  const grow = text_scale(t);
  let v = Math.max(level.start, level.low - 1);
  const stop = Math.min(level.end, level.high + 1);
  while (v < stop) {
    if (missed[v] === NONE) {
      v++;
      continue;
    }
    const group = missed[v];
    let first = v;
    while (first > level.start && missed[first - 1] === group && parent[first - 1] === parent[v]) first--;
    while (v < level.end && missed[v] === group && parent[v] === parent[first]) v++;
    const last = v - 1;
    const pitch = first === last ? ROW : (y[last] - y[first]) / (last - first);
    const merged = pitch * t.scale_y < MIN_GAP;
    if (merged && group !== scene.selected_group) continue;
    const half = Math.min(ROW / 2 + 1, pitch / 2) * t.scale_y;
    const from = Math.max(-20, Math.round(y[first] * t.scale_y + t.offset_y - half));
    const to = Math.min(screen.height + 20, Math.round(y[last] * t.scale_y + t.offset_y + half));
    const wide = BAND_HALF * grow;
    const x = Math.round(level.x - wide);
    if (group === scene.selected_group) draw_frame(list, x, from, 2 * wide, to - from);
    if (merged) continue;
    list.push(Mark.Hatch, Ink.Missed, x, from, 2 * wide, to - from);
    list.push(Mark.Outline, Ink.Missed, x, from, 2 * wide, to - from);
    const text = missed_label(model.groups[group].missed_reuse);
    const header = has_band_header(t);
    /* Of a group of wide families that starts above the window the label stays in sight. */
    const lowest = pitch * t.scale_y > 60 && to > 40 ? FONT * grow : -Infinity;
    if (header)
      list.push_text(Mark.TextStrong, Ink.MissedText, x, Math.max(from - 4, lowest), FONT * grow, text);
    if (pitch * t.scale_y >= MIN_LABEL_ROW || to - from < MIN_LABEL_ROW || level.pitch <= MIN_LABEL_COLUMN)
      continue;
    /* Too close together to be named one by one: name the mm they have in common. */
    const owner = owner_text(model, picture.visible.source[first]);
    const label = header ? owner : `${owner} ×${count(model.groups[group].missed_reuse)}`;
    const left = level.x + BAND_HALF + 6;
    const middle = (from + to) / 2;
    const space = label_end(scene, level.depth) - left;
    if (space < MIN_LABEL_CHARS * CHAR_WIDTH) continue;
    list.push(Mark.Rect, Ink.Halo, left - 1, middle - 6, Math.min(space, label.length * CHAR_WIDTH) + 2, 12);
    list.push_text(
      Mark.TextStrong,
      header ? Ink.Text : Ink.MissedText,
      left,
      middle + LABEL_DROP,
      FONT,
      label,
      space,
    );
  }
}

function draw_nodes(list: DrawList, scene: Scene, level: LevelRange): void {
  const mark_width = Math.max(CELL, Math.min(6, level.pitch * 0.4));
  const labels = level.pitch > MIN_LABEL_COLUMN;
  /* A run of merged nodes, to be labelled with its number. */
  let merged = 0;
  let changed = 0;
  let merged_from = 0;
  let merged_to = 0;
  /* Baseline of the last label. */
  let last_label = -Infinity;
  const end_run = () => {
    const middle = (merged_from + merged_to) / 2;
    if (
      labels &&
      merged > 1 &&
      merged_to - merged_from >= 9 &&
      middle + LABEL_DROP - last_label >= MIN_LABEL_ROW
    ) {
      list.push_text(
        Mark.Text,
        Ink.TextFaint,
        level.x + 9,
        middle + LABEL_DROP,
        FONT,
        plural(merged, "anon_vma") + (changed > 0 ? `, ${count(changed)} changed` : ""),
        label_end(scene, level.depth) - level.x - 9,
      );
      last_label = middle + LABEL_DROP;
    }
    merged = 0;
    changed = 0;
  };
  for (let v = level.low; v < level.high; v++) {
    const y = screen_y(scene, v);
    const gap = gap_of(scene, level, v);
    if (gap < MIN_GAP) {
      const note = note_of(scene, v);
      cells.mark(level.x, y, mark_width, note);
      if (merged > 0 && y - merged_to > 3 * MIN_GAP) end_run();
      if (merged === 0) merged_from = y;
      merged_to = y;
      merged++;
      if ((change_of(scene, v) ?? Change.Same) !== Change.Same) changed++;
      continue;
    }
    if (merged > 0) end_run();
    draw_glyph(list, scene, v, level.x, y, gap);
    /* Where there is room for some of the labels, every second or third stands for the rest. */
    const named = gap >= MIN_LABEL_ROW || scene.picture.missed[v] === NONE;
    if (labels && named && y + LABEL_DROP - last_label >= MIN_LABEL_ROW - 0.5) {
      draw_label(list, scene, v, level.x, y, gap);
      last_label = y + LABEL_DROP;
    }
  }
  if (merged > 0) end_run();
}

/** The way from the selected node to the root: the anon_vmas of its owner's chain. */
function draw_path(list: DrawList, scene: Scene): void {
  const { picture, transform: t } = scene;
  const { parent, depth } = picture.visible;
  let v = scene.selected;
  if (v === NONE) return;
  for (let steps = 0; parent[v] !== NONE; v = parent[v]) {
    const level = level_range(scene, depth[v]);
    if (level.pitch < MIN_COLUMN && ++steps > 4000) return;
    const x0 = picture.column[depth[v] - 1] * t.scale_x + t.offset_x;
    const y0 = Math.round(screen_y(scene, parent[v])) + 0.5;
    const y1 = Math.round(screen_y(scene, v)) + 0.5;
    const trunk = Math.round(level.trunk) + 0.5;
    list.push(Mark.Line, Ink.Path, x0, y0, trunk, y0);
    list.push(Mark.Line, Ink.Path, trunk, y0, trunk, y1);
    list.push(Mark.Line, Ink.Path, trunk, y1, level.x, y1);
  }
}

function draw_ring(list: DrawList, scene: Scene, v: number, ink: Ink): void {
  if (v === NONE || v >= scene.picture.visible.count) return;
  const { picture, transform: t } = scene;
  const x = picture.column[picture.visible.depth[v]] * t.scale_x + t.offset_x;
  const r = picture.radius[v] * Math.max(1, Math.min(t.scale_y, 2));
  list.push(Mark.Ring, ink, x, screen_y(scene, v), Math.min(r, Math.max(4, (ROW * t.scale_y) / 2)) + 3.5);
}

const TICK_PX = 90;

/** How deep each place is, where columns are too narrow for labels. */
function draw_depth_axis(list: DrawList, scene: Scene, from: number, to: number): void {
  const { transform: t, screen } = scene;
  const { column } = scene.picture;
  if (to - from < 3 || (column[from + 1] - column[from]) * t.scale_x > MIN_LABEL_COLUMN) return;
  let depth = Math.max(from, lower_bound(column, from, to, (2 - t.offset_x) / t.scale_x));
  while (depth < to) {
    const x = column[depth] * t.scale_x + t.offset_x;
    if (x + TICK_PX > screen.width) return;
    list.push(Mark.Line, Ink.Edge, Math.round(x) + 0.5, 0, Math.round(x) + 0.5, 5);
    list.push_text(Mark.Text, Ink.TextFaint, x + 3, 11, 10, `depth ${count(depth)}`);
    depth = lower_bound(column, depth + 1, to, (x + TICK_PX - t.offset_x) / t.scale_x);
  }
}

/** Columns too narrow for anything but cells: there may be a hundred to a pixel. */
function draw_squeezed(scene: Scene, depth: number, pitch: number): void {
  const { picture, transform: t, screen } = scene;
  const { y } = picture;
  const start = picture.visible.level_start[depth];
  const end = picture.visible.level_start[depth + 1];
  const x = picture.column[depth] * t.scale_x + t.offset_x;
  const top = -t.offset_y / t.scale_y;
  const bottom = (screen.height - t.offset_y) / t.scale_y;
  for (let v = start === end - 1 ? start : lower_bound(y, start, end, top); v < end && y[v] <= bottom; v++) {
    const note = note_of(scene, v);
    const at = y[v] * t.scale_y + t.offset_y;
    const above = v === start ? Infinity : (y[v] - y[v - 1]) * t.scale_y;
    const below = v + 1 === end ? Infinity : (y[v + 1] - y[v]) * t.scale_y;
    /* A node fills its column, and some height where there is room. */
    const half = Math.min(above, below) > 4 * CELL ? CELL : 0;
    for (let column = x - pitch / 2; column < x + pitch / 2; column += CELL)
      for (let dy = -half; dy <= half; dy += CELL) cells.mark(column, at + dy, CELL, note);
  }
}

export function draw_tree(list: DrawList, scene: Scene, own_cells = window_cells): void {
  list.clear();
  cells = own_cells;
  cells.reset(scene.screen);
  const { picture, transform: t, screen } = scene;
  const { column, label_width } = picture;
  const left = -t.offset_x / t.scale_x;
  const right = (screen.width - t.offset_x) / t.scale_x;
  /* A column's label and edges reach to the next one. */
  let from = lower_bound(column, 0, column.length, left);
  while (from > 0 && column[from - 1] + label_width[from - 1] + STUB * 2 > left) from--;
  const to = lower_bound(column, from, column.length, right + STUB * 2);
  const levels: LevelRange[] = [];
  for (let depth = from; depth < to; depth++) {
    const pitch = depth > 0 ? (column[depth] - column[depth - 1]) * t.scale_x : Infinity;
    if (pitch < MIN_COLUMN) draw_squeezed(scene, depth, pitch);
    else levels.push(level_range(scene, depth));
  }
  draw_depth_axis(list, scene, from, to);
  for (const level of levels) draw_edges(list, scene, level);
  draw_path(list, scene);
  for (const level of levels) draw_bands(list, scene, level);
  for (const level of levels) draw_nodes(list, scene, level);
  cells.emit(list);
  if (scene.hover !== scene.selected) draw_ring(list, scene, scene.hover, Ink.Hover);
  draw_ring(list, scene, scene.selected, Ink.Selected);
}
