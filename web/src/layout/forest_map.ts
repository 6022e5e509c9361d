/* SPDX-License-Identifier: GPL-2.0-only */
/* Places the patches of a forest in a window: executables, with their trees below a heading. Pure. */
import type { Size } from "./size";
import type { Patch } from "../model/forest";
import { NONE } from "../model/tree";
import { squarify, type Box } from "./treemap";

export const HEADING = 17;
/** An executable smaller than this has no heading. */
const HEADED_WIDTH = 48;
const HEADED_HEIGHT = 36;
/** Between an executable and its trees. */
const INSET = 2;
/** Trees of smaller patches are not drawn apart. */
const DIVIDED_SIDE = 8;

export interface Placed {
  patch: Patch;
  box: Box;
  /** Of the executable it lies in, or NONE. */
  parent: number;
  headed: boolean;
}

/** Outer patches first, in the order given, each followed by what is inside of it. */
export function place_forest(patches: Patch[], screen: Size): Placed[] {
  const placed: Placed[] = [];
  const outer = squarify(
    patches.map((patch) => patch.value),
    { x: 0, y: 0, width: screen.width, height: screen.height },
  );
  patches.forEach((patch, i) => {
    const box = outer[i];
    if (box.width <= 0 || box.height <= 0) return;
    const headed = patch.kind === "executable" && box.width >= HEADED_WIDTH && box.height >= HEADED_HEIGHT;
    const parent = placed.push({ patch, box, parent: NONE, headed }) - 1;
    if (patch.inner.length < 2 || Math.min(box.width, box.height) < DIVIDED_SIDE) return;
    const top = headed ? HEADING : INSET;
    const inside = {
      x: box.x + INSET,
      y: box.y + top,
      width: Math.max(0, box.width - 2 * INSET),
      height: Math.max(0, box.height - top - INSET),
    };
    squarify(
      patch.inner.map((inner) => inner.value),
      inside,
    ).forEach((inner, k) => {
      if (inner.width > 0 && inner.height > 0)
        placed.push({ patch: patch.inner[k], box: inner, parent, headed: false });
    });
  });
  return placed;
}

/** The innermost patch at a point, or NONE. */
export function patch_at(placed: Placed[], x: number, y: number): number {
  let found = NONE;
  for (let i = 0; i < placed.length; i++) {
    const { box } = placed[i];
    if (x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height) found = i;
  }
  return found;
}
