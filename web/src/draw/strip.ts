/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws an address space into a draw list. A VMA with an active anon_vma is a tall
 * block in its look, one without is low and pale; a break between two is a gap.
 * Where VMAs are narrower than can be seen, those of a few pixels merge into one
 * column: in their look when they share one, else plainly as several. Pure.
 */
import { CHAR_WIDTH } from "../layout/picture";
import { first_right_of, type Strip } from "../layout/address_strip";
import { gap_before, type AddressSpace } from "../model/address_space";
import { NONE } from "../model/tree";
import { vma_name } from "../text/labels";
import { address, bytes } from "../text/units";
import type { Size } from "../layout/size";
import { Ink, Mark, type DrawList } from "./list";
import { draw_pattern, look_ink } from "./look";

export interface StripScene {
  space: AddressSpace;
  strip: Strip;
  scale: number;
  offset: number;
  screen: Size;
  /** VMAs, or NONE. */
  selected: number;
  hover: number;
  /** Whose VMAs are pointed out: of the hovered, else of the selected VMA; null: none. */
  related: number | null;
}

const AXIS = 14;
const TOP = 22;
/** Below the blocks: what is related, the anon_vma's number, the name, the window. */
const RELATED = 5;
const RELATED_HEIGHT = 4;
const ID_BASELINE = 22;
const NAME_BASELINE = 34;
const FOOT = 46;
const FOOT_WITHOUT_NAMES = 18;
/** A VMA this narrow is merged with its neighbours. */
const MIN_WIDTH = 3;
const COLUMN = 2;
const FONT = 10;
const CHAR = (CHAR_WIDTH * FONT) / 11;
const MIN_ID_CHARS = 4;
const MIN_NAME_CHARS = 6;
const GAP_TEXT_WIDTH = 56;

function has_names({ strip, scale }: StripScene): boolean {
  return Math.floor(strip.widest * scale) >= MIN_ID_CHARS * CHAR + 2;
}

/** Where no VMA is wide enough for its number, the blocks have its room. */
function block_bottom(scene: StripScene): number {
  return scene.screen.height - (has_names(scene) ? FOOT : FOOT_WITHOUT_NAMES);
}

function draw_block(list: DrawList, scene: StripScene, i: number, x: number, width: number): void {
  const { space } = scene;
  const look = space.look[i];
  const bottom = block_bottom(scene);
  /* A line between neighbours keeps them apart, also where they look the same. */
  const wide = width >= 2 * MIN_WIDTH ? width - 1 : width;
  if (look === NONE) {
    const height = Math.round((bottom - TOP) / 3);
    list.push(Mark.Rect, Ink.EdgeDense, x, bottom - height, wide, height);
    list.push(Mark.Rect, Ink.Edge, x, bottom - 1, wide, 1);
    return;
  }
  list.push(Mark.Rect, look_ink(look), x, TOP, wide, bottom - TOP);
  draw_pattern(list, look, x, wide, TOP, bottom - TOP);
}

/** Marks of what fork() did: hatched where it missed reuse, a diamond where it reused. */
function draw_fork_marks(list: DrawList, scene: StripScene, i: number, x: number, width: number): void {
  const { space } = scene;
  if (space.missed[i] !== NONE) {
    const wide = Math.max(2, width - 1);
    list.push(Mark.Rect, Ink.Halo, x, TOP - 8, wide, 8);
    list.push(Mark.Hatch, Ink.Missed, x, TOP - 8, wide, 8);
    list.push(Mark.Outline, Ink.Missed, x, TOP - 8, wide - 1, block_bottom(scene) - TOP + 8);
  }
  if (space.vmas[i].reused && width >= 8)
    list.push(Mark.DiamondFull, Ink.Active, x + width / 2, TOP + 8, Math.min(5, width / 2 - 1));
}

function draw_related(list: DrawList, scene: StripScene, i: number, x: number, width: number): void {
  const { related, space } = scene;
  if (related === null) return;
  const vma = space.vmas[i];
  const wide = Math.max(2, width - 1);
  const y = block_bottom(scene) + RELATED;
  if (vma.anon_vma === related) list.push(Mark.Rect, Ink.Selected, x, y, wide, RELATED_HEIGHT);
  else if (vma.chain.includes(related))
    list.push(Mark.Rect, Ink.Selected, x, y + RELATED_HEIGHT - 1, wide, 1);
}

function draw_names(list: DrawList, scene: StripScene, i: number, x: number, width: number): void {
  const vma = scene.space.vmas[i];
  const bottom = block_bottom(scene);
  if (vma.anon_vma !== null) {
    const id = `#${vma.anon_vma}`;
    if (id.length * CHAR + 2 <= width)
      list.push_text(Mark.TextStrong, Ink.Text, x, bottom + ID_BASELINE, FONT, id);
  }
  if (MIN_NAME_CHARS * CHAR <= width)
    list.push_text(Mark.Text, Ink.TextFaint, x, bottom + NAME_BASELINE, FONT, vma_name(vma), width - 3);
}

/** Two strokes where the strip is broken; its size where there is room. */
function draw_gap(list: DrawList, scene: StripScene, i: number): void {
  const { space, strip, scale, offset } = scene;
  const gap = gap_before(space, i);
  if (gap === 0) return;
  const from = (i > 0 ? strip.right[i - 1] : 0) * scale + offset;
  const to = strip.left[i] * scale + offset;
  if (to - from < 5) return;
  const bottom = block_bottom(scene);
  const middle = (from + to) / 2;
  const slant = Math.min(3, (to - from) / 4);
  for (const at of [middle - 1.5, middle + 1.5])
    list.push(Mark.Line, Ink.Edge, at - slant, bottom, at + slant, bottom - 14);
  if (to - from >= GAP_TEXT_WIDTH)
    list.push_text(Mark.Text, Ink.TextFaint, from + 4, bottom - 20, FONT, bytes(gap), to - from - 6);
}

/** Addresses where the strip begins anew, as many as there is room for. */
function draw_axis(list: DrawList, scene: StripScene, from: number, to: number): void {
  const { space, strip, scale, offset, screen } = scene;
  let free = 0;
  for (let i = from; i < to; i++) {
    if (i > 0 && gap_before(space, i) === 0) continue;
    const start = strip.left[i] * scale + offset;
    const x = Math.max(0, start);
    const text = address(space.vmas[i].vm_start);
    const width = text.length * CHAR;
    if (x < free || x + width > screen.width) continue;
    if (start >= 0) list.push(Mark.Rect, Ink.Edge, x, 2, 1, AXIS - 5);
    list.push_text(Mark.Text, Ink.TextFaint, x + 3, AXIS - 5, FONT, text);
    free = x + width + 10;
  }
}

/** What a column of merged VMAs shows. */
interface Merged {
  look: number;
  several: boolean;
  quiet: boolean;
  missed: boolean;
  reused: boolean;
  related: boolean;
}

function empty_column(): Merged {
  return { look: NONE, several: false, quiet: false, missed: false, reused: false, related: false };
}

function same_column(a: Merged, b: Merged): boolean {
  return (
    a.several === b.several &&
    (a.several || a.look === b.look) &&
    a.quiet === b.quiet &&
    a.missed === b.missed &&
    a.reused === b.reused &&
    a.related === b.related
  );
}

function merge_into(column: Merged, scene: StripScene, i: number): void {
  const { space, related } = scene;
  const look = space.look[i];
  if (look === NONE) column.quiet = true;
  else if (column.look === NONE) column.look = look;
  else if (column.look !== look) column.several = true;
  if (space.missed[i] !== NONE) column.missed = true;
  if (space.vmas[i].reused) column.reused = true;
  if (related !== null && space.vmas[i].anon_vma === related) column.related = true;
}

/** Equal columns next to each other leave as one. */
function draw_merged(list: DrawList, scene: StripScene, column: Merged, x: number, width: number): void {
  const bottom = block_bottom(scene);
  const height = bottom - TOP;
  if (column.several) {
    list.push(Mark.Rect, Ink.Fold, x, TOP, width, height);
    list.push(Mark.Hatch, Ink.Halo, x, TOP, width, height);
  } else if (column.look !== NONE) {
    list.push(Mark.Rect, look_ink(column.look), x, TOP, width, height);
    draw_pattern(list, column.look, x, width, TOP, height);
  } else
    list.push(Mark.Rect, Ink.EdgeDense, x, bottom - Math.round(height / 3), width, Math.round(height / 3));
  if (column.missed) list.push(Mark.Rect, Ink.Missed, x, TOP - 8, width, 6);
  if (column.reused) list.push(Mark.Rect, Ink.Active, x, TOP - 2, width, 2);
  if (column.related) list.push(Mark.Rect, Ink.Selected, x, bottom + RELATED, width, RELATED_HEIGHT);
}

/** Draws merged VMAs from `from` on, as long as they are too narrow; says where it stopped. */
function draw_narrow(list: DrawList, scene: StripScene, from: number, to: number): number {
  const { strip, scale, offset } = scene;
  const column_of = (i: number) => Math.floor((strip.left[i] * scale + offset) / COLUMN);
  let i = from;
  let start = column_of(from);
  let run = empty_column();
  let end = start;
  while (i < to && (strip.right[i] - strip.left[i]) * scale < MIN_WIDTH) {
    const at = column_of(i);
    const column = empty_column();
    for (; i < to && column_of(i) === at; i++) {
      if ((strip.right[i] - strip.left[i]) * scale >= MIN_WIDTH) break;
      merge_into(column, scene, i);
    }
    if (at !== end || !same_column(column, run)) {
      if (end > start) draw_merged(list, scene, run, start * COLUMN, (end - start) * COLUMN);
      start = at;
      run = column;
    }
    end = at + 1;
  }
  if (end > start) draw_merged(list, scene, run, start * COLUMN, (end - start) * COLUMN);
  return i;
}

function draw_frame(list: DrawList, scene: StripScene, i: number, ink: Ink, lines: number): void {
  if (i === NONE || i >= scene.space.vmas.length) return;
  const { strip, scale, offset } = scene;
  const x = strip.left[i] * scale + offset;
  const width = Math.max(3, (strip.right[i] - strip.left[i]) * scale - 1);
  for (let k = 1; k <= lines; k++)
    list.push(
      Mark.Outline,
      ink,
      Math.round(x) - k,
      TOP - k,
      Math.round(width) + 2 * k - 1,
      block_bottom(scene) - TOP + 2 * k - 1,
    );
}

/** Which part of the address space the window shows, when it does not show all. */
function draw_window(list: DrawList, scene: StripScene): void {
  const { strip, scale, offset, screen } = scene;
  const from = Math.max(0, -offset / scale);
  const to = Math.min(strip.width, (screen.width - offset) / scale);
  if (to - from >= strip.width) return;
  const y = screen.height - 4;
  const per_unit = screen.width / strip.width;
  list.push(Mark.Rect, Ink.EdgeDense, 0, y, screen.width, 3);
  list.push(Mark.Rect, Ink.TextFaint, from * per_unit, y, Math.max(8, (to - from) * per_unit), 3);
}

export function draw_strip(list: DrawList, scene: StripScene): void {
  list.clear();
  const { space, strip, scale, offset, screen } = scene;
  const from = first_right_of(strip, -offset / scale);
  let to = first_right_of(strip, (screen.width - offset) / scale);
  if (to < space.vmas.length) to++;
  for (let i = from; i < to;) {
    const width = (strip.right[i] - strip.left[i]) * scale;
    draw_gap(list, scene, i);
    if (width < MIN_WIDTH) {
      i = draw_narrow(list, scene, i, to);
      continue;
    }
    const x = Math.round(strip.left[i] * scale + offset);
    const shown = Math.round(strip.right[i] * scale + offset) - x;
    draw_block(list, scene, i, x, shown);
    draw_fork_marks(list, scene, i, x, shown);
    draw_related(list, scene, i, x, shown);
    if (has_names(scene)) draw_names(list, scene, i, x, shown);
    i++;
  }
  draw_axis(list, scene, from, to);
  if (scene.hover !== scene.selected) draw_frame(list, scene, scene.hover, Ink.Hover, 1);
  draw_frame(list, scene, scene.selected, Ink.Selected, 2);
  draw_window(list, scene);
}
