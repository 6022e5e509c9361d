/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A drawing as pure data: a flat list of marks in screen coordinates, in paint
 * order. What is drawn is decided and tested here without a canvas; paint.ts
 * only carries it out. The arrays are kept between frames, so that panning
 * allocates next to nothing.
 */

export const enum Mark {
  /** x, y, width, height */
  Rect,
  /** x, y, width, height */
  Hatch,
  /** x, y, width, height */
  Outline,
  /** x1, y1, x2, y2 */
  Line,
  /** x, y, radius */
  Disc,
  /** x, y, radius: hollow, it means "idle" */
  Diamond,
  /** x, y, radius: it means "was idle, reused" */
  DiamondFull,
  /** x, y, radius */
  Square,
  /** x, y, radius: hollow */
  SquareHollow,
  /** x, y, radius: cards on top of each other, a fold */
  Stack,
  /** x, y, radius */
  Ring,
  /** x, y, radius: what became of a node; the same is a disc */
  Plus,
  Cross,
  Up,
  Down,
  /** x, baseline y, font size, greatest width (0: any) */
  Text,
  TextStrong,
}

const MARK_NAMES = [
  "rect",
  "hatch",
  "outline",
  "line",
  "disc",
  "diamond",
  "diamond-full",
  "square",
  "square-hollow",
  "stack",
  "ring",
  "plus",
  "cross",
  "up",
  "down",
  "text",
  "text-strong",
];

/** Roles, not colours; theme.ts gives each its colour. */
export const enum Ink {
  Edge,
  EdgeDense,
  Path,
  Root,
  Active,
  Idle,
  Missed,
  MissedText,
  Fold,
  Selected,
  Hover,
  Text,
  TextFaint,
  Halo,
  /** Behind the row under the pointer, and behind the selected one. */
  Row,
  Current,
  /** Colours of anon_vmas, told apart by number as well. */
  Hue0,
  Hue1,
  Hue2,
  Hue3,
  Hue4,
  Hue5,
  Hue6,
  Hue7,
  /** A patch of the forest. */
  Area,
  /** What became of a node between two snapshots. */
  Same,
  Added,
  Removed,
  Grown,
  Shrunk,
}

export const INKS = 30;

const INK_NAMES = [
  "edge",
  "edge-dense",
  "path",
  "root",
  "active",
  "idle",
  "missed",
  "missed-text",
  "fold",
  "selected",
  "hover",
  "text",
  "text-faint",
  "halo",
  "row",
  "current",
  "hue0",
  "hue1",
  "hue2",
  "hue3",
  "hue4",
  "hue5",
  "hue6",
  "hue7",
  "area",
  "same",
  "added",
  "removed",
  "grown",
  "shrunk",
];

const INITIAL = 1024;

export class DrawList {
  length = 0;
  mark = new Uint8Array(INITIAL);
  ink = new Uint8Array(INITIAL);
  /** Four numbers per mark. */
  at = new Float64Array(INITIAL * 4);
  text: string[] = [];
  text_of = new Int32Array(INITIAL);

  clear(): void {
    this.length = 0;
    this.text.length = 0;
  }

  private grow(): void {
    const size = this.mark.length * 2;
    const copy = <T extends Uint8Array | Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.mark = copy(this.mark, new Uint8Array(size));
    this.ink = copy(this.ink, new Uint8Array(size));
    this.at = copy(this.at, new Float64Array(size * 4));
    this.text_of = copy(this.text_of, new Int32Array(size));
  }

  push(mark: Mark, ink: Ink, a: number, b: number, c: number, d = 0): void {
    if (this.length === this.mark.length) this.grow();
    const i = this.length++;
    this.mark[i] = mark;
    this.ink[i] = ink;
    this.at[i * 4] = a;
    this.at[i * 4 + 1] = b;
    this.at[i * 4 + 2] = c;
    this.at[i * 4 + 3] = d;
    this.text_of[i] = -1;
  }

  push_text(
    mark: Mark.Text | Mark.TextStrong,
    ink: Ink,
    x: number,
    y: number,
    size: number,
    text: string,
    max = 0,
  ) {
    this.push(mark, ink, x, y, size, max);
    this.text_of[this.length - 1] = this.text.push(text) - 1;
  }

  /** All marks of another list, after those that are here. */
  append(other: DrawList): void {
    for (let i = 0; i < other.length; i++) {
      const at = i * 4;
      this.push(
        other.mark[i],
        other.ink[i],
        other.at[at],
        other.at[at + 1],
        other.at[at + 2],
        other.at[at + 3],
      );
      if (other.text_of[i] >= 0)
        this.text_of[this.length - 1] = this.text.push(other.text[other.text_of[i]]) - 1;
    }
  }

  /** One line per mark, for golden tests and for looking at. */
  describe(): string[] {
    const lines: string[] = [];
    for (let i = 0; i < this.length; i++) {
      const numbers = [...this.at.subarray(i * 4, i * 4 + 4)].map((n) => Number(n.toFixed(1)));
      const text = this.text_of[i] < 0 ? "" : ` ${JSON.stringify(this.text[this.text_of[i]])}`;
      lines.push(`${MARK_NAMES[this.mark[i]]} ${INK_NAMES[this.ink[i]]} ${numbers.join(" ")}${text}`);
    }
    return lines;
  }
}
