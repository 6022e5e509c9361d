/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a point of the screen back to the node drawn there. Pure.
 */
import { NONE } from "../model/tree";
import { BAND_HALF, CHAR_WIDTH, ROW } from "../layout/picture";
import { lower_bound, type Scene } from "./level";
import { has_band_header, missed_label } from "./tree_labels";

type Place = Pick<Scene, "model" | "picture" | "transform">;

/** The missed group whose label, above its first member, is at a point of the screen, or NONE. */
export function hit_group(scene: Place, x: number, y: number): number {
  const { model, picture, transform: t } = scene;
  const { visible, column } = picture;
  if (!has_band_header(t)) return NONE;
  const px = (x - t.offset_x) / t.scale_x;
  const py = (y - t.offset_y) / t.scale_y;
  const depth = lower_bound(column, 0, column.length, px + BAND_HALF / t.scale_x) - 1;
  if (depth < 0) return NONE;
  const end = visible.level_start[depth + 1];
  const below = lower_bound(picture.y, visible.level_start[depth], end, py);
  if (below === end || picture.missed[below] === NONE) return NONE;
  if (below > visible.level_start[depth] && picture.missed[below - 1] === picture.missed[below]) return NONE;
  const group = picture.missed[below];
  const width = missed_label(model.groups[group].missed_reuse).length * CHAR_WIDTH;
  if ((px - column[depth]) * t.scale_x > width) return NONE;
  const rise = picture.y[below] - py;
  return rise >= ROW / 2 && rise <= picture.above[below] ? group : NONE;
}

/** The node at a point of the screen, or NONE. */
export function hit(scene: Place, x: number, y: number): number {
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
