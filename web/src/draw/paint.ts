/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries a draw list out on a canvas. Neighbouring marks of one kind and ink
 * share one path: without a GPU the number of fill() and stroke() calls is what
 * a frame costs.
 */
import { Ink, Mark, type DrawList } from "./list";
import type { Size } from "../layout/size";
import { polygon_of } from "./polygon";
import type { Theme } from "./theme";

const HATCH_STEP = 6;

/** Diagonal stripes of one colour, as a repeating tile. */
function hatch_tile(colour: string, ratio: number): CanvasPattern | null {
  const tile = document.createElement("canvas");
  const side = Math.round(HATCH_STEP * ratio);
  tile.width = tile.height = side;
  const c = tile.getContext("2d");
  if (!c) return null;
  c.strokeStyle = colour;
  c.lineWidth = 1.1 * ratio;
  c.globalAlpha = 0.75;
  c.beginPath();
  for (const shift of [-side, 0, side]) {
    c.moveTo(shift, side);
    c.lineTo(shift + side, 0);
  }
  c.stroke();
  const pattern = c.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}

/** The text cut to the space there is for it, 0: any; `wide` is a character's width. */
export function fitted(text: string, wide: number, space: number): string {
  if (space <= 0 || text.length * wide <= space) return text;
  const fits = Math.floor(space / wide) - 1;
  return fits > 0 ? `${text.slice(0, fits)}…` : "";
}

export class Painter {
  private readonly context: CanvasRenderingContext2D;
  private hatches = new Map<string, CanvasPattern | null>();
  private hatch_ratio = 0;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser has no 2D canvas");
    this.context = context;
  }

  private hatch(colour: string, ratio: number): CanvasPattern | string {
    if (this.hatch_ratio !== ratio) {
      this.hatches.clear();
      this.hatch_ratio = ratio;
    }
    let pattern = this.hatches.get(colour);
    if (pattern === undefined) {
      pattern = hatch_tile(colour, ratio);
      this.hatches.set(colour, pattern);
    }
    return pattern ?? colour;
  }

  paint(list: DrawList, theme: Theme, screen: Size, ratio: number): void {
    const width = Math.max(1, Math.round(screen.width * ratio));
    const height = Math.max(1, Math.round(screen.height * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const c = this.context;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = theme.background;
    c.fillRect(0, 0, screen.width, screen.height);
    c.textBaseline = "alphabetic";
    let i = 0;
    while (i < list.length) {
      const mark = list.mark[i];
      const ink = list.ink[i];
      let end = i + 1;
      while (end < list.length && list.mark[end] === mark && list.ink[end] === ink) end++;
      this.paint_run(list, theme, i, end, ratio);
      i = end;
    }
  }

  private paint_run(list: DrawList, theme: Theme, from: number, to: number, ratio: number): void {
    const c = this.context;
    const mark: Mark = list.mark[from];
    const colour = theme.colour[list.ink[from]];
    const { at } = list;
    c.fillStyle = colour;
    c.strokeStyle = colour;
    c.lineWidth = 1;
    switch (mark) {
      case Mark.Rect:
        for (let i = from; i < to; i++) c.fillRect(at[i * 4], at[i * 4 + 1], at[i * 4 + 2], at[i * 4 + 3]);
        return;
      case Mark.Hatch:
        c.fillStyle = this.hatch(colour, ratio);
        for (let i = from; i < to; i++) c.fillRect(at[i * 4], at[i * 4 + 1], at[i * 4 + 2], at[i * 4 + 3]);
        return;
      case Mark.Outline:
        for (let i = from; i < to; i++)
          c.strokeRect(at[i * 4] + 0.5, at[i * 4 + 1] + 0.5, at[i * 4 + 2], at[i * 4 + 3]);
        return;
      case Mark.Line:
        c.lineWidth = list.ink[from] === Ink.Path ? 2 : 1;
        c.beginPath();
        for (let i = from; i < to; i++) {
          c.moveTo(at[i * 4], at[i * 4 + 1]);
          c.lineTo(at[i * 4 + 2], at[i * 4 + 3]);
        }
        c.stroke();
        return;
      case Mark.Text:
      case Mark.TextStrong:
        this.paint_texts(list, theme, from, to, mark === Mark.TextStrong);
        return;
      default:
        this.paint_shapes(list, theme, from, to, mark);
    }
  }

  private paint_shapes(list: DrawList, theme: Theme, from: number, to: number, mark: Mark): void {
    const c = this.context;
    const { at } = list;
    const corners = polygon_of(mark);
    c.beginPath();
    for (let i = from; i < to; i++) {
      const x = at[i * 4];
      const y = at[i * 4 + 1];
      const r = at[i * 4 + 2];
      switch (mark) {
        case Mark.Disc:
        case Mark.Ring:
          c.moveTo(x + r, y);
          c.arc(x, y, r, 0, 2 * Math.PI);
          break;
        case Mark.Stack:
          c.rect(x - r + 2, y - r - 2, 2 * r, 2 * r);
          c.rect(x - r - 1, y - r + 1, 2 * r, 2 * r);
          break;
        default:
          if (!corners) {
            c.rect(x - r, y - r, 2 * r, 2 * r);
            break;
          }
          c.moveTo(x + corners[0][0] * r, y + corners[0][1] * r);
          for (let k = 1; k < corners.length; k++) c.lineTo(x + corners[k][0] * r, y + corners[k][1] * r);
          c.closePath();
      }
    }
    const colour = c.fillStyle;
    if (mark === Mark.Ring) {
      c.lineWidth = 2;
      c.stroke();
    } else if (mark === Mark.Diamond || mark === Mark.SquareHollow) {
      c.fillStyle = theme.background;
      c.fill();
      c.lineWidth = 1.6;
      c.stroke();
    } else if (mark === Mark.Stack) {
      c.fill();
      c.strokeStyle = theme.background;
      c.stroke();
      c.fillStyle = colour;
    } else {
      c.fill();
      /* A thin gap keeps the mark apart from hatching and lines. */
      c.strokeStyle = theme.background;
      c.stroke();
    }
  }

  private paint_texts(list: DrawList, theme: Theme, from: number, to: number, strong: boolean): void {
    const c = this.context;
    const { at } = list;
    let size = 0;
    let wide = 0;
    for (let i = from; i < to; i++) {
      if (at[i * 4 + 2] !== size) {
        size = at[i * 4 + 2];
        c.font = `${strong ? "600 " : ""}${size}px ${theme.font}`;
        wide = c.measureText("0").width;
      }
      const text = fitted(list.text[list.text_of[i]], wide, at[i * 4 + 3]);
      if (text) c.fillText(text, at[i * 4], at[i * 4 + 1]);
    }
  }
}
