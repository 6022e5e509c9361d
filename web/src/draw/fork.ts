/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws a process and its simulated child into a draw list: a row for each VMA,
 * the parent's half on the left, the child's on the right. The active anon_vma
 * is a band in its colour, joined to that of the next row when both VMAs share
 * it; what fork() would allocate is hatched. Only rows in the window are looked
 * at, so thousands of VMAs cost what a screenful does. Pure.
 */
import {
  BAND,
  FORK_HEADER,
  FORK_ROW,
  fork_columns,
  RangeStyle,
  STRIP,
  SWATCH,
  type ForkColumns,
} from "../layout/fork_columns";
import { CHAR_WIDTH } from "../layout/picture";
import { chain_cells, child_mark, fork_id_text, type ForkModel, type ForkRow } from "../model/fork";
import { NONE } from "../model/tree";
import { vma_name } from "../text/labels";
import { address, count, range } from "../text/units";
import type { Size } from "../layout/size";
import { Ink, Mark, type DrawList } from "./list";
import { draw_pattern, look_ink } from "./look";

export interface ForkScene {
  model: ForkModel;
  /** Characters. */
  longest_name: number;
  screen: Size;
  /** Pixels from the top of the first row. */
  scroll: number;
  /** Rows, or NONE. */
  selected: number;
  hover: number;
  titles: { parent: string; child: string };
}

const FONT = 11;
const BASELINE = 14;

export function fork_height(model: ForkModel): number {
  return FORK_HEADER + model.rows.length * FORK_ROW + 6;
}

function has_strip(scene: ForkScene): boolean {
  return fork_height(scene.model) > scene.screen.height;
}

export function columns_of(scene: ForkScene): ForkColumns {
  return fork_columns(scene.model, scene.longest_name, scene.screen.width, has_strip(scene));
}

/** The row at a height of the window, or NONE. */
export function fork_row_at(model: ForkModel, scroll: number, y: number): number {
  if (y < FORK_HEADER) return NONE;
  const row = Math.floor((y - FORK_HEADER + scroll) / FORK_ROW);
  return row >= 0 && row < model.rows.length ? row : NONE;
}

/** The scroll position that a place on the overview strip stands for; null beside the strip. */
export function strip_scroll(scene: ForkScene, x: number, y: number): number | null {
  if (!has_strip(scene) || x > STRIP + 6) return null;
  const space = scene.screen.height - FORK_HEADER;
  const middle = ((y - FORK_HEADER) / space) * scene.model.rows.length * FORK_ROW;
  return Math.max(0, middle - space / 2);
}

function ink_of(model: ForkModel, id: number): Ink {
  return look_ink(model.looks.get(id) ?? 0);
}

/** As the address strip draws it. */
function draw_look(
  list: DrawList,
  model: ForkModel,
  id: number,
  x: number,
  top: number,
  width: number,
  height: number,
): void {
  const look = model.looks.get(id) ?? 0;
  list.push(Mark.Rect, look_ink(look), x, top, width, height);
  draw_pattern(list, look, x, width, top, height, height > SWATCH ? 2 : 1);
}

type Side = "parent" | "child";

function active_of(row: ForkRow | undefined, side: Side): number | null {
  if (!row) return null;
  return side === "parent" ? row.parent.anon_vma : (row.child?.anon_vma ?? null);
}

function draw_active(list: DrawList, scene: ForkScene, i: number, side: Side, x: number, y: number): void {
  const { rows } = scene.model;
  const id = active_of(rows[i], side);
  if (id === null) return;
  list.push_text(Mark.TextStrong, Ink.Text, x + BAND + 5, y + BASELINE, FONT, fork_id_text(id));
  const above = active_of(rows[i - 1], side) === id;
  const below = active_of(rows[i + 1], side) === id;
  const top = y + (above ? 0 : 2);
  const height = FORK_ROW - (above ? 0 : 2) - (below ? 0 : 2);
  const ink = ink_of(scene.model, id);
  if (id >= 0) return draw_look(list, scene.model, id, x, top, BAND, height);
  list.push(Mark.Hatch, ink, x, top, BAND, height);
  /* Open towards a neighbour that shares it. */
  list.push(Mark.Rect, ink, x, top, 1, height);
  list.push(Mark.Rect, ink, x + BAND - 1, top, 1, height);
  if (!above) list.push(Mark.Rect, ink, x, top, BAND, 1);
  if (!below) list.push(Mark.Rect, ink, x, top + height - 1, BAND, 1);
}

function draw_chain(
  list: DrawList,
  scene: ForkScene,
  columns: ForkColumns,
  ids: number[],
  fits: number,
  x: number,
  y: number,
): void {
  let at = x;
  for (const id of ids.slice(0, fits)) {
    const top = Math.round(y + (FORK_ROW - SWATCH) / 2);
    if (id < 0) list.push(Mark.Outline, ink_of(scene.model, id), at, top, SWATCH - 1, SWATCH - 1);
    else draw_look(list, scene.model, id, at, top, SWATCH, SWATCH);
    if (columns.numbered)
      list.push_text(Mark.Text, Ink.TextFaint, at + SWATCH + 3, y + BASELINE, FONT, fork_id_text(id));
    at += columns.cell;
  }
  if (ids.length > fits)
    list.push_text(Mark.Text, Ink.TextFaint, at, y + BASELINE, FONT, `+${count(ids.length - fits)}`);
}

function range_text(row: ForkRow, style: RangeStyle): string {
  const { vm_start, vm_end, permissions } = row.parent;
  if (style === RangeStyle.Whole) return `${range(vm_start, vm_end)} ${permissions}`;
  const start = address(vm_start);
  return style === RangeStyle.Start ? start : `…${start.slice(-5)}`;
}

function draw_parent(list: DrawList, scene: ForkScene, columns: ForkColumns, i: number, y: number): void {
  const row = scene.model.rows[i];
  const { anon_vma } = row.parent;
  const ink = anon_vma === null ? Ink.TextFaint : Ink.Text;
  const text = range_text(row, columns.range);
  list.push_text(Mark.Text, ink, columns.label_x, y + BASELINE, FONT, text);
  if (columns.name_chars > 0) {
    const x = columns.label_x + (text.length + 1) * CHAR_WIDTH;
    const room = columns.parent_x - x - 4;
    list.push_text(Mark.Text, Ink.TextFaint, x, y + BASELINE, FONT, vma_name(row.parent), room);
  }
  if (anon_vma === null) return;
  draw_active(list, scene, i, "parent", columns.parent_x, y);
  const cells = chain_cells(row.parent, anon_vma);
  draw_chain(list, scene, columns, cells, columns.parent_cells, columns.parent_chain_x, y);
}

function draw_mark(list: DrawList, columns: ForkColumns, row: ForkRow, x: number, y: number): void {
  const word = child_mark(row);
  const middle = y + FORK_ROW / 2;
  if (word === "reused") list.push(Mark.DiamondFull, Ink.Active, x + 5, middle, 4);
  if (word === "shared") {
    /* An equals sign: one anon_vma for two VMAs. */
    list.push(Mark.Rect, Ink.Text, x + 1, middle - 3, 8, 2);
    list.push(Mark.Rect, Ink.Text, x + 1, middle + 1, 8, 2);
  }
  const brief = columns.range === RangeStyle.Tail;
  if (word === "unlinked")
    list.push_text(Mark.TextStrong, Ink.MissedText, x, y + BASELINE, FONT, brief ? "!" : `! ${word}`);
  else if (word && !brief) list.push_text(Mark.Text, Ink.TextFaint, x + 13, y + BASELINE, FONT, word);
}

function draw_child(list: DrawList, scene: ForkScene, columns: ForkColumns, i: number, y: number): void {
  const row = scene.model.rows[i];
  const { child, parent } = row;
  if (!scene.model.has_child || (child && child.anon_vma === null && parent.anon_vma === null)) return;
  const join = Math.round(y + FORK_ROW / 2) + 0.5;
  const cells = chain_cells(parent, parent.anon_vma).length;
  const shown = Math.min(columns.parent_cells, cells);
  const from = parent.anon_vma === null ? columns.parent_x : columns.parent_chain_x + shown * columns.cell;
  const more = cells > shown ? 4 * CHAR_WIDTH : 0;
  const selected = i === scene.selected;
  if (child)
    list.push(Mark.Line, selected ? Ink.Path : Ink.Edge, from + more + 2, join, columns.child_x - 3, join);
  if (!child || child.anon_vma === null) {
    const word = child_mark(row);
    list.push_text(Mark.Text, Ink.TextFaint, columns.child_x, y + BASELINE, FONT, word);
    return;
  }
  draw_active(list, scene, i, "child", columns.child_x, y);
  draw_mark(list, columns, row, columns.mark_x, y);
  const chain = chain_cells(child, child.anon_vma);
  draw_chain(list, scene, columns, chain, columns.child_cells, columns.child_chain_x, y);
}

/** Both halves of a row at once: a VMA and its counterpart. */
function draw_row_ground(list: DrawList, scene: ForkScene, columns: ForkColumns, i: number, y: number): void {
  const left = columns.label_x - 4;
  const width = scene.screen.width - left - 3;
  if (i === scene.selected) {
    list.push(Mark.Rect, Ink.Current, left, y, width, FORK_ROW);
    const half = columns.child_x - 8 - left;
    list.push(Mark.Outline, Ink.Selected, left, y, half, FORK_ROW - 1);
    list.push(
      Mark.Outline,
      Ink.Selected,
      columns.child_x - 5,
      y,
      width - (columns.child_x - 5 - left),
      FORK_ROW - 1,
    );
  } else if (i === scene.hover) list.push(Mark.Rect, Ink.Row, left, y, width, FORK_ROW);
}

/** Every row of the process in the height of the window: the parent's bands, then the child's. */
function draw_strip(list: DrawList, scene: ForkScene): void {
  const { model, screen, scroll } = scene;
  const { rows } = model;
  const space = screen.height - FORK_HEADER;
  const at = (row: number) => FORK_HEADER + (row / rows.length) * space;
  const half = STRIP / 2;
  for (const [side, x] of [
    ["parent", 4],
    ["child", 4 + half],
  ] as [Side, number][]) {
    let from = 0;
    let last: Ink | null = null;
    const end = (to: number) => {
      if (last !== null) list.push(Mark.Rect, last, x, from, half - 1, Math.max(1, to - from));
    };
    for (let y = FORK_HEADER; y < screen.height; y++) {
      const first = Math.floor(((y - FORK_HEADER) / space) * rows.length);
      const id = active_of(rows[first], side);
      const ink = id === null ? null : ink_of(model, id);
      if (ink === last) continue;
      end(y);
      from = y;
      last = ink;
    }
    end(screen.height);
  }
  const top = at(scroll / FORK_ROW);
  const bottom = at((scroll + space) / FORK_ROW);
  list.push(
    Mark.Outline,
    Ink.Selected,
    2,
    Math.round(top),
    STRIP + 2,
    Math.round(Math.min(bottom, screen.height - 2) - top),
  );
}

function draw_header(list: DrawList, scene: ForkScene, columns: ForkColumns): void {
  const { titles, screen } = scene;
  list.push(Mark.Rect, Ink.Halo, 0, 0, screen.width, FORK_HEADER);
  const space = columns.child_x - columns.label_x - 12;
  list.push_text(Mark.TextStrong, Ink.Text, columns.label_x, 16, FONT, titles.parent, space);
  const rest = screen.width - columns.child_x - 4;
  if (scene.model.has_child)
    list.push_text(Mark.TextStrong, Ink.Text, columns.child_x, 16, FONT, titles.child, rest);
  list.push(Mark.Line, Ink.Edge, 0, FORK_HEADER - 0.5, screen.width, FORK_HEADER - 0.5);
}

export function draw_fork(list: DrawList, scene: ForkScene): void {
  list.clear();
  const { model, screen, scroll } = scene;
  const columns = columns_of(scene);
  const from = Math.max(0, Math.floor(scroll / FORK_ROW));
  const to = Math.min(model.rows.length, Math.ceil((scroll + screen.height - FORK_HEADER) / FORK_ROW));
  const y_of = (row: number) => FORK_HEADER + row * FORK_ROW - scroll;
  for (let i = from; i < to; i++) draw_row_ground(list, scene, columns, i, y_of(i));
  for (let i = from; i < to; i++) draw_parent(list, scene, columns, i, y_of(i));
  for (let i = from; i < to; i++) draw_child(list, scene, columns, i, y_of(i));
  if (has_strip(scene)) draw_strip(list, scene);
  draw_header(list, scene, columns);
}
