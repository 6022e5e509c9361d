/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outlines of the marks that are polygons, for the canvas and for SVG alike.
 * Pure.
 */
import { Mark } from "./list";

/* Half the thickness of a plus; one turned by an eighth is a cross. */
const ARM = 0.36;
const PLUS = [
  [-ARM, -1],
  [ARM, -1],
  [ARM, -ARM],
  [1, -ARM],
  [1, ARM],
  [ARM, ARM],
  [ARM, 1],
  [-ARM, 1],
  [-ARM, ARM],
  [-1, ARM],
  [-1, -ARM],
  [-ARM, -ARM],
];
const UP = [
  [0, -1.1],
  [1.1, 0.85],
  [-1.1, 0.85],
];
const DIAMOND = [
  [0, -1.15],
  [1.15, 0],
  [0, 1.15],
  [-1.15, 0],
];

function turned([x, y]: number[]): number[] {
  return [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2];
}

const POLYGONS: Partial<Record<Mark, number[][]>> = {
  [Mark.Diamond]: DIAMOND,
  [Mark.DiamondFull]: DIAMOND,
  [Mark.Plus]: PLUS,
  [Mark.Cross]: PLUS.map(turned),
  [Mark.Up]: UP,
  [Mark.Down]: UP.map(([x, y]) => [x, -y]),
};

/** Corners around (0, 0), of radius 1; undefined: the mark is no polygon. */
export function polygon_of(mark: Mark): number[][] | undefined {
  return POLYGONS[mark];
}
