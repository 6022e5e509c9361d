/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sign of one node: what it is, or in a diff what became of it. Pure.
 */
import { BAND_HALF, ROW } from "../layout/picture";
import { Change, Kind, NONE } from "../model/tree";
import { Note } from "./cells";
import { column_x, grown, screen_y, type Scene } from "./level";
import { Ink, Mark, type DrawList } from "./list";

/** An idle node smaller than this has no room for the dot that says "reusable". */
const MIN_DOTTED = 4;
/** A sign smaller than this cannot be told from another. */
const MIN_SIGN = 4;

/* By Change. */
const CHANGE_MARKS = [Mark.Disc, Mark.Plus, Mark.Cross, Mark.Up, Mark.Down] as const;
const CHANGE_INKS = [Ink.Same, Ink.Added, Ink.Removed, Ink.Grown, Ink.Shrunk] as const;
const CHANGE_NOTES = [Note.Same, Note.Added, Note.Removed, Note.Grown, Note.Shrunk] as const;

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

export function draw_glyph(list: DrawList, scene: Scene, v: number, x: number, y: number, gap: number): void {
  const { model, picture, transform } = scene;
  const source = picture.visible.source[v];
  const r = Math.max(2.5, Math.min(grown(picture.radius[v], transform.scale_y), gap * 0.46));
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

/** Around the selected node, and the one under the pointer. */
export function draw_ring(list: DrawList, scene: Scene, v: number, ink: Ink): void {
  if (v === NONE || v >= scene.picture.visible.count) return;
  const { picture, transform: t } = scene;
  const x = column_x(scene, picture.visible.depth[v]);
  const r = Math.min(grown(picture.radius[v], t.scale_y), Math.max(4, (ROW * t.scale_y) / 2));
  list.push(Mark.Ring, ink, x, screen_y(scene, v), r + 3.5);
}
