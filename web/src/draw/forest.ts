/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws the forest's patches: areas side by side, the share of anon_vmas that
 * missed reuse hatched from below, names where there is room. Pure.
 */
import { HEADING, type Placed } from "../layout/forest_map";
import { CHAR_WIDTH } from "../layout/picture";
import type { Box } from "../layout/treemap";
import type { Patch } from "../model/forest";
import { NONE } from "../model/tree";
import { printable } from "../text/labels";
import { count, plural } from "../text/units";
import type { Size } from "../layout/size";
import { Ink, Mark, type DrawList } from "./list";

export interface ForestScene {
  placed: Placed[];
  screen: Size;
  /** Places, or NONE. */
  selected: number;
  hover: number;
  /** A patch's value, with its unit. */
  text: (patch: Patch) => string;
}

const FONT = 11;
const LINE = 14;
const BASELINE = 12;
const PAD = 4;
const NAMED_WIDTH = 34;
const NAMED_HEIGHT = 17;
/** Smaller boxes are a pixel or two: a gap would leave nothing of them. */
const GAP_SIDE = 6;

/** Without the gap to its neighbours. */
function inner_box({ x, y, width, height }: Box): Box {
  const gap = width >= GAP_SIDE && height >= GAP_SIDE ? 1 : 0;
  return { x, y, width: width - gap, height: height - gap };
}

/** From the whole name to the shortest that still tells which it is. */
function patch_names(patch: Patch): string[] {
  const name = printable(patch.name);
  if (patch.kind === "executable") return [`${name} × ${count(patch.executable?.processes ?? 0)}`];
  if (patch.kind === "rest") return [`${plural(patch.trees, "smaller tree")}`, `+${count(patch.trees)}`];
  const root = `#${patch.key}`;
  const pid = patch.tree?.pid ?? null;
  return [...(pid === null ? [] : [`${root} ${name} ${pid}`]), `${root} ${name}`, root];
}

export function patch_name(patch: Patch): string {
  return patch_names(patch)[0];
}

function is_divided(placed: Placed[], i: number): boolean {
  return placed[i + 1]?.parent === i;
}

function fill_ink(patch: Patch): Ink {
  return patch.kind === "rest" ? Ink.Row : Ink.Area;
}

/** What is divided shows between its parts, and behind its heading. */
function draw_fills(list: DrawList, { placed, screen }: ForestScene): void {
  list.push(Mark.Rect, Ink.Edge, 0, 0, screen.width, screen.height);
  placed.forEach(({ patch, box, headed }, i) => {
    const { x, y, width, height } = inner_box(box);
    const divided = is_divided(placed, i);
    list.push(Mark.Rect, divided ? Ink.Edge : fill_ink(patch), x, y, width, height);
    if (divided && headed) list.push(Mark.Rect, Ink.Row, x, y, width, HEADING);
  });
}

function draw_missed(list: DrawList, placed: Placed[]): void {
  placed.forEach(({ patch, box }, i) => {
    if (patch.missed_reuse === 0 || patch.anon_vmas === 0 || is_divided(placed, i)) return;
    const { x, y, width, height } = inner_box(box);
    const part = Math.max(2, height * Math.min(1, patch.missed_reuse / patch.anon_vmas));
    list.push(Mark.Hatch, Ink.Missed, x, y + height - part, width, part);
  });
}

function draw_outline(list: DrawList, placed: Placed[], i: number, ink: Ink, thick: number): void {
  if (i === NONE || i >= placed.length) return;
  const { x, y, width, height } = inner_box(placed[i].box);
  for (let k = 0; k < thick; k++)
    list.push(
      Mark.Outline,
      ink,
      x + k,
      y + k,
      Math.max(0, width - 1 - 2 * k),
      Math.max(0, height - 1 - 2 * k),
    );
}

function draw_heading(list: DrawList, { patch, box }: Placed, value: string): void {
  const space = box.width - 2 * PAD;
  const x = box.x + PAD;
  const y = box.y + BASELINE;
  const name = patch_name(patch);
  const at = (name.length + 2) * CHAR_WIDTH;
  const both = at + value.length * CHAR_WIDTH <= space;
  list.push_text(Mark.TextStrong, Ink.Text, x, y, FONT, name, both ? 0 : space);
  if (both) list.push_text(Mark.Text, Ink.Text, x + at, y, FONT, value);
}

/** A number cut short is another number: what does not fit is left out, but for a name. */
function draw_label(list: DrawList, { patch, box }: Placed, value: string): void {
  const space = box.width - 2 * PAD;
  const fits = (text: string) => text.length * CHAR_WIDTH <= space;
  const names = patch_names(patch);
  const name = names.find(fits) ?? (patch.kind === "executable" ? names[0] : null);
  if (name === null) return;
  const two = box.height >= NAMED_HEIGHT + LINE && fits(value);
  const widest = Math.min(space, Math.max(name.length, two ? value.length : 0) * CHAR_WIDTH);
  /* A backing keeps the letters apart from the hatching. */
  if (patch.missed_reuse > 0)
    list.push(Mark.Rect, fill_ink(patch), box.x + 1, box.y + 1, widest + 2 * PAD - 2, two ? 2 * LINE : LINE);
  const mark = patch.kind === "executable" ? Mark.TextStrong : Mark.Text;
  list.push_text(mark, Ink.Text, box.x + PAD, box.y + BASELINE, FONT, name, fits(name) ? 0 : space);
  if (two) list.push_text(Mark.Text, Ink.Text, box.x + PAD, box.y + BASELINE + LINE, FONT, value);
}

function draw_name(list: DrawList, scene: ForestScene, i: number): void {
  const at = scene.placed[i];
  if (at.box.width < NAMED_WIDTH || at.box.height < NAMED_HEIGHT) return;
  const value = scene.text(at.patch);
  if (!is_divided(scene.placed, i)) draw_label(list, at, value);
  else if (at.headed) draw_heading(list, at, value);
}

export function draw_forest(list: DrawList, scene: ForestScene): void {
  const { placed } = scene;
  list.clear();
  draw_fills(list, scene);
  draw_missed(list, placed);
  placed.forEach((_, i) => is_divided(placed, i) && draw_outline(list, placed, i, Ink.Edge, 1));
  for (let i = 0; i < placed.length; i++) draw_name(list, scene, i);
  draw_outline(list, placed, scene.hover, Ink.Text, 1);
  draw_outline(list, placed, scene.selected, Ink.Selected, 3);
}
