/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a picture is to the surface (views/surface.tsx) that carries it: it fills
 * a draw list, says what is at a point, and answers the pointer and the keys it
 * cares about. All else, the canvas, its size and colours, when to draw, what
 * the pointer's events mean, is the surface's. A picture with a part it does not
 * name (no `pan`: it cannot be dragged) simply lacks it.
 */
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Size } from "../layout/size";
import type { DrawList } from "./list";

/** CSS pixels from the top left of the window on the picture. */
export interface Point {
  x: number;
  y: number;
}

/** What floats beside the place it explains. */
export interface Tip extends Point {
  title: string;
  lines: string[];
}

export interface Drawable {
  /** Of the window on the picture; the surface writes it. 0 × 0 until it is known. */
  screen: Signal<Size>;
  /**
   * Clears the list and fills it with what the window shows. It is drawn again
   * when a signal that was read here (by .value) changes. False: nothing to draw yet.
   */
  draw(list: DrawList): boolean;
  /** The pointer is there; null: it left. True: a click there would do something. */
  hover?(at: Point | null): boolean;
  click?(at: Point): void;
  double_click?(at: Point): void;
  /** Dragged by so much. */
  pan?(dx: number, dy: number): void;
  /** Pressed there, or moved there since: instead of `pan` and `click`. */
  drag?(at: Point): void;
  /** Wheel and pinch: what is at that point stays there. */
  zoom?(factor: number, at: Point): void;
  /** For a picture that is longer than its window. Both sides may write `top`. */
  scroll?: { height: ReadonlySignal<number>; top: Signal<number> };
  /** Read while rendering: signals it reads update it. */
  tip?(): Tip | null;
  /** By KeyboardEvent.key, arrows with Shift as "Shift+ArrowUp", while the picture is on the page. */
  keys?: Record<string, () => void>;
}
