/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole tree as a drawing to keep: at full size where that is sensible, else
 * shrunk to the size it may have, with what is then too close together merged as
 * on the screen. Above it stand what it is, and what its marks mean. Pure.
 */
import { BAND_HALF, CHAR_WIDTH, type Picture } from "../layout/picture";
import { NONE, type TreeModel } from "../model/tree";
import type { Size } from "../layout/size";
import { Cells } from "./cells";
import { Ink, Mark, type DrawList } from "./list";
import { draw_tree } from "./scene";

/** How large a drawing may be, in CSS pixels. */
export interface Limit {
  side: number;
  area: number;
}

export interface Whole {
  size: Size;
  /** Of full size; 1: nothing was shrunk. */
  scale_x: number;
  scale_y: number;
}

const MARGIN = 16;
const FONT = 11;
const LINE = 18;
const MIN_WIDTH = 640;

/** Marks of the legend, with what each means. */
const LEGEND: [Mark, Ink, string][] = [
  [Mark.Square, Ink.Root, "root"],
  [Mark.Disc, Ink.Active, "active"],
  [Mark.Diamond, Ink.Idle, "idle"],
  [Mark.DiamondFull, Ink.Active, "reused"],
  [Mark.Disc, Ink.Missed, "missed reuse"],
  [Mark.Stack, Ink.Fold, "process group"],
];

function clamp(value: number, most: number): number {
  return Math.max(1, Math.floor(Math.min(Math.ceil(value), most)));
}

/* Where the merged picture has no missed reuse, it has these. */
const MERGED: [Mark, Ink, string] = [Mark.Disc, Ink.Active, "one for several"];

function draw_legend(list: DrawList, merged: boolean, y: number): void {
  let x = MARGIN + 6;
  for (const entry of LEGEND) {
    const missed = entry[1] === Ink.Missed;
    const [mark, ink, text] = missed && merged ? MERGED : entry;
    if (missed && !merged) list.push(Mark.Hatch, ink, x - 8, y - 11, 16, 14);
    if (missed) list.push(Mark.Outline, ink, x - 8, y - 11, 16, 14);
    list.push(mark, ink, x, y - 4, 4.5);
    list.push_text(Mark.Text, Ink.TextFaint, x + BAND_HALF - 3, y, FONT, text);
    x += BAND_HALF + (text.length + 3) * CHAR_WIDTH;
  }
  list.push_text(Mark.Text, Ink.TextFaint, x, y, FONT, "size: linked VMAs");
}

/** Draws all of `picture`, `lines` above it. */
export function draw_whole(
  list: DrawList,
  model: TreeModel,
  picture: Picture,
  lines: string[],
  limit: Limit,
): Whole {
  const last = picture.column.length - 1;
  const wide = Math.max(picture.width, (picture.column[last] ?? 0) + (picture.label_width[last] ?? 0) + 20);
  const top = MARGIN + (lines.length + 1) * LINE + 6;
  const width = clamp(Math.max(MIN_WIDTH, wide + 2 * MARGIN), limit.side);
  const height = clamp(picture.height + top + MARGIN, Math.min(limit.side, limit.area / width));
  const scale_x = Math.min(1, (width - 2 * MARGIN) / wide);
  const scale_y = Math.min(1, Math.max(1, height - top - MARGIN) / Math.max(1, picture.height));
  const size = { width, height };
  draw_tree(
    list,
    {
      model,
      picture,
      transform: { scale_x, scale_y, offset_x: MARGIN, offset_y: top },
      screen: size,
      selected: NONE,
      hover: NONE,
      selected_group: NONE,
    },
    new Cells(),
  );
  lines.forEach((line, i) => {
    const mark = i === 0 ? Mark.TextStrong : Mark.Text;
    const ink = i === 0 ? Ink.Text : Ink.TextFaint;
    list.push_text(mark, ink, MARGIN, MARGIN + (i + 0.7) * LINE, FONT, line, width - 2 * MARGIN);
  });
  draw_legend(list, model.stands_for !== null, MARGIN + (lines.length + 0.7) * LINE);
  return { size, scale_x, scale_y };
}

/** What shrinking did to the drawing, as a sentence; empty when it is whole. */
export function shrunk_sentence({ scale_x, scale_y }: Whole): string {
  const scale = Math.min(scale_x, scale_y);
  if (scale >= 1) return "";
  const percent = scale < 0.01 ? "less than 1" : String(Math.round(scale * 100));
  const side = scale_y < scale_x ? "height" : "width";
  return `Cut short: shrunk to ${percent} % of its ${side}, so anon_vmas too close together are drawn as one.`;
}
