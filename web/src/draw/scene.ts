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
import { BAND_HALF, ROW, STUB } from "../layout/picture";
import { Change, NONE } from "../model/tree";
import { CELL, Cells } from "./cells";
import { change_of, draw_glyph, draw_ring, note_of } from "./glyph";
import {
  column_x,
  gap_of,
  level_range,
  lower_bound,
  pitch_of,
  screen_y,
  trunk_x,
  type LevelRange,
  type Scene,
} from "./level";
import { Ink, Mark, type DrawList } from "./list";
import {
  draw_band_label,
  draw_depth_axis,
  draw_node_label,
  draw_run_label,
  LABEL_DROP,
  MIN_LABEL_COLUMN,
  MIN_LABEL_ROW,
  text_scale,
} from "./tree_labels";

/** Pixels between neighbours below which they merge. */
const MIN_GAP = 6.5;
/** Columns closer than this are drawn as cells only, without edges. */
const MIN_COLUMN = 7;

/* Of the window; an export has its own, as large as it is. */
const window_cells = new Cells();

/** Lines from parents to the children in view. */
function draw_edges(list: DrawList, scene: Scene, level: LevelRange): void {
  const { picture, transform: t, screen } = scene;
  const { parent, depth } = picture.visible;
  if (level.depth === 0) return;
  const { y } = picture;
  const parent_x = column_x(scene, level.depth - 1);
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
    const top = above ? -10 : screen_y(scene, first);
    const bottom = Math.min(screen.height + 10, screen_y(scene, last));
    const family_y = screen_y(scene, family);
    const members = last - first + 1;
    const dense = members > 1 && (y[last] - y[first]) * t.scale_y < MIN_GAP * (members - 1);
    if (dense || (members === 1 && gap_of(scene, first) < MIN_GAP)) {
      if (block_to + 1.5 < top) end_block();
      if (Number.isNaN(block_from)) block_from = Math.max(-10, top);
      block_to = bottom;
      if (bottom - top < 3 * MIN_GAP && gap_of(scene, family) < MIN_GAP) continue;
    } else {
      for (let c = first; c <= last; c++) {
        const at = Math.round(screen_y(scene, c)) + 0.5;
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
  const { picture, transform: t, screen } = scene;
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
    draw_band_label(list, scene, level, { group, first, from, to, pitch: pitch * t.scale_y });
  }
}

function draw_nodes(list: DrawList, scene: Scene, level: LevelRange, cells: Cells): void {
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
      draw_run_label(list, scene, level, middle + LABEL_DROP, merged, changed);
      last_label = middle + LABEL_DROP;
    }
    merged = 0;
    changed = 0;
  };
  for (let v = level.low; v < level.high; v++) {
    const y = screen_y(scene, v);
    const gap = gap_of(scene, v);
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
      draw_node_label(list, scene, v, level.x, y, gap);
      last_label = y + LABEL_DROP;
    }
  }
  if (merged > 0) end_run();
}

/** The way from the selected node to the root: the anon_vmas of its owner's chain. */
function draw_path(list: DrawList, scene: Scene): void {
  const { parent, depth } = scene.picture.visible;
  let v = scene.selected;
  if (v === NONE) return;
  for (let steps = 0; parent[v] !== NONE; v = parent[v]) {
    if (pitch_of(scene, depth[v]) < MIN_COLUMN && ++steps > 4000) return;
    const x0 = column_x(scene, depth[v] - 1);
    const y0 = Math.round(screen_y(scene, parent[v])) + 0.5;
    const y1 = Math.round(screen_y(scene, v)) + 0.5;
    const trunk = Math.round(trunk_x(scene, depth[v])) + 0.5;
    list.push(Mark.Line, Ink.Path, x0, y0, trunk, y0);
    list.push(Mark.Line, Ink.Path, trunk, y0, trunk, y1);
    list.push(Mark.Line, Ink.Path, trunk, y1, column_x(scene, depth[v]), y1);
  }
}

/** Columns too narrow for anything but cells: there may be a hundred to a pixel. */
function draw_squeezed(scene: Scene, depth: number, pitch: number, cells: Cells): void {
  const { picture, transform: t, screen } = scene;
  const { y } = picture;
  const start = picture.visible.level_start[depth];
  const end = picture.visible.level_start[depth + 1];
  const x = column_x(scene, depth);
  const top = -t.offset_y / t.scale_y;
  const bottom = (screen.height - t.offset_y) / t.scale_y;
  for (let v = start === end - 1 ? start : lower_bound(y, start, end, top); v < end && y[v] <= bottom; v++) {
    const note = note_of(scene, v);
    const at = screen_y(scene, v);
    /* A node fills its column, and some height where there is room. */
    const half = gap_of(scene, v) > 4 * CELL ? CELL : 0;
    for (let column = x - pitch / 2; column < x + pitch / 2; column += CELL)
      for (let dy = -half; dy <= half; dy += CELL) cells.mark(column, at + dy, CELL, note);
  }
}

export function draw_tree(list: DrawList, scene: Scene, cells = window_cells): void {
  list.clear();
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
    const pitch = pitch_of(scene, depth);
    if (pitch < MIN_COLUMN) draw_squeezed(scene, depth, pitch, cells);
    else levels.push(level_range(scene, depth));
  }
  draw_depth_axis(list, scene, from, to);
  for (const level of levels) draw_edges(list, scene, level);
  draw_path(list, scene);
  for (const level of levels) draw_bands(list, scene, level);
  for (const level of levels) draw_nodes(list, scene, level, cells);
  cells.emit(list);
  if (scene.hover !== scene.selected) draw_ring(list, scene, scene.hover, Ink.Hover);
  draw_ring(list, scene, scene.selected, Ink.Selected);
}
