/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole tree in a corner of the window, and the part of it that the window
 * shows. Pure. The nodes change with the tree only, so the caller keeps them.
 */
import type { Picture } from "../layout/picture";
import type { TreeNodes } from "../model/tree";
import type { Size } from "../layout/size";
import type { Transform } from "./camera";
import { CELL, Cells } from "./cells";
import { note_of } from "./glyph";
import { Ink, Mark, type DrawList } from "./list";

const MARGIN = 6;
const MIN_WINDOW = 5;
const NARROW = 500;

/** Of the minimap in a window of that size. */
export function minimap_size(screen: Size): Size {
  return screen.width < NARROW ? { width: 104, height: 76 } : { width: 176, height: 120 };
}

/** From picture space to the minimap. */
export function minimap_transform(picture: Size, size: Size): Transform {
  return {
    scale_x: (size.width - 2 * MARGIN) / Math.max(1, picture.width),
    scale_y: (size.height - 2 * MARGIN) / Math.max(1, picture.height),
    offset_x: MARGIN,
    offset_y: MARGIN,
  };
}

/** Whether the window leaves out a part of the picture. */
export function is_part_hidden(picture: Size, screen: Size, t: Transform): boolean {
  return (
    t.offset_x < 0 ||
    t.offset_y < 0 ||
    picture.width * t.scale_x + t.offset_x > screen.width ||
    picture.height * t.scale_y + t.offset_y > screen.height
  );
}

export function draw_minimap_nodes(list: DrawList, model: TreeNodes, picture: Picture, size: Size): void {
  list.clear();
  const cells = new Cells();
  cells.reset(size);
  const t = minimap_transform(picture, size);
  const { visible, column, y } = picture;
  const width = Math.max(CELL, Math.min(8, ((size.width - 2 * MARGIN) / column.length) * 0.4));
  for (let v = 0; v < visible.count; v++) {
    const x = column[visible.depth[v]] * t.scale_x + t.offset_x;
    cells.mark(x, y[v] * t.scale_y + t.offset_y, width, note_of({ model, picture }, v));
  }
  cells.emit(list);
}

/** Outlines what the window on the picture shows. */
export function draw_minimap_window(
  list: DrawList,
  picture: Size,
  size: Size,
  screen: Size,
  t: Transform,
): void {
  const map = minimap_transform(picture, size);
  const clamp = (value: number, end: number) => Math.min(end - 1, Math.max(1, value));
  const left = clamp((-t.offset_x / t.scale_x) * map.scale_x + MARGIN, size.width);
  const right = clamp(((screen.width - t.offset_x) / t.scale_x) * map.scale_x + MARGIN, size.width);
  const top = clamp((-t.offset_y / t.scale_y) * map.scale_y + MARGIN, size.height);
  const bottom = clamp(((screen.height - t.offset_y) / t.scale_y) * map.scale_y + MARGIN, size.height);
  const width = Math.max(MIN_WINDOW, right - left);
  const height = Math.max(MIN_WINDOW, bottom - top);
  const x = Math.round(Math.min(left, size.width - 2 - width));
  const y = Math.round(Math.min(top, size.height - 2 - height));
  list.push(Mark.Outline, Ink.Selected, x, y, Math.round(width), Math.round(height));
  if (width > 12 && height > 12)
    list.push(Mark.Outline, Ink.Selected, x + 1, y + 1, Math.round(width) - 2, Math.round(height) - 2);
}

/** Where in picture space a point of the minimap is. */
export function minimap_place(picture: Size, size: Size, x: number, y: number): { x: number; y: number } {
  const t = minimap_transform(picture, size);
  return { x: (x - t.offset_x) / t.scale_x, y: (y - t.offset_y) / t.scale_y };
}
