/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Areas proportional to values: rows of rectangles that are as square as they
 * can be (Bruls, Huizing and van Wijk, "Squarified Treemaps", 2000), and which
 * one lies in which direction of another. Pure.
 */
import { NONE } from "../model/tree";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Longest over shortest side of the worst rectangle in a row of that sum along that side. */
function worst(largest: number, smallest: number, sum: number, side: number): number {
  const square = side * side;
  return Math.max((square * largest) / (sum * sum), (sum * sum) / (square * smallest));
}

/**
 * Splits the box among values, largest first; those of 0 get no area. The boxes
 * are in the order of the values. Every value is looked at twice at most.
 */
export function squarify(values: ArrayLike<number>, box: Box): Box[] {
  const boxes: Box[] = [];
  let count = 0;
  let total = 0;
  while (count < values.length && values[count] > 0) total += values[count++];
  const left = { ...box };
  const scale = total > 0 ? (box.width * box.height) / total : 0;
  for (let i = 0; i < count;) {
    const across = left.width >= left.height; /* a row is a column at the left */
    const side = across ? left.height : left.width;
    let end = i;
    let sum = 0;
    let ratio = Infinity;
    while (end < count) {
      const area = values[end] * scale;
      const next = worst(values[i] * scale, area, sum + area, side);
      if (next > ratio) break;
      ratio = next;
      sum += area;
      end++;
    }
    /* The last row takes what rounding left. */
    const depth = end === count ? (across ? left.width : left.height) : side > 0 ? sum / side : 0;
    let at = across ? left.y : left.x;
    for (; i < end; i++) {
      const length = sum > 0 ? (values[i] * scale * side) / sum : 0;
      boxes.push(
        across
          ? { x: left.x, y: at, width: depth, height: length }
          : { x: at, y: left.y, width: length, height: depth },
      );
      at += length;
    }
    if (across) {
      left.x += depth;
      left.width = Math.max(0, left.width - depth);
    } else {
      left.y += depth;
      left.height = Math.max(0, left.height - depth);
    }
  }
  for (let i = count; i < values.length; i++) boxes.push({ x: left.x, y: left.y, width: 0, height: 0 });
  return boxes;
}

export type Direction = "left" | "right" | "up" | "down";

/** How far `to` lies in that direction, and how much it is out of the way; null: it does not. */
function distance(from: Box, to: Box, direction: Direction): number | null {
  const dx = to.x + to.width / 2 - (from.x + from.width / 2);
  const dy = to.y + to.height / 2 - (from.y + from.height / 2);
  const ahead = { left: -dx, right: dx, up: -dy, down: dy }[direction];
  const sideways = direction === "left" || direction === "right" ? dy : dx;
  if (ahead <= 0.5) return null;
  return ahead + 2 * Math.abs(sideways);
}

/** The one of the boxes that lies next in a direction, or NONE. */
export function neighbour(boxes: Box[], from: number, direction: Direction): number {
  let best = NONE;
  let least = Infinity;
  for (let i = 0; i < boxes.length; i++) {
    if (i === from || boxes[i].width <= 0 || boxes[i].height <= 0) continue;
    const far = distance(boxes[from], boxes[i], direction);
    if (far !== null && far < least) {
      least = far;
      best = i;
    }
  }
  return best;
}
