/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a point of the screen back to the node drawn there. Pure.
 */
import { NONE } from "../model/tree";
import { lower_bound, type Scene } from "./scene";

/** The node at a point of the screen, or NONE. */
export function hit(scene: Omit<Scene, "selected" | "hover">, x: number, y: number): number {
  const { picture, transform: t } = scene;
  const { visible, column, label_width } = picture;
  const px = (x - t.offset_x) / t.scale_x;
  const py = (y - t.offset_y) / t.scale_y;
  const reach = 14 / t.scale_x;
  let depth = lower_bound(column, 0, column.length, px + reach) - 1;
  if (depth < 0) return NONE;
  /* Far in from the edge of the column's label is the next column's ground. */
  if (px > column[depth] + Math.max(label_width[depth], reach)) return NONE;
  const start = visible.level_start[depth];
  const end = visible.level_start[depth + 1];
  const after = lower_bound(picture.y, start, end, py);
  let best = NONE;
  for (const v of [after - 1, after])
    if (
      v >= start &&
      v < end &&
      (best === NONE || Math.abs(picture.y[v] - py) < Math.abs(picture.y[best] - py))
    )
      best = v;
  if (best === NONE) return NONE;
  const distance = Math.abs(picture.y[best] - py) * t.scale_y;
  return distance <= Math.max(9, picture.radius[best] * t.scale_y + 3) ? best : NONE;
}
