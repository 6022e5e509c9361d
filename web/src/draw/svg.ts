/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A draw list as an SVG document: the same marks as paint.ts puts on a canvas,
 * from the same list. Pure. No script, no style, nothing from elsewhere.
 */
import type { Size } from "../layout/size";
import { Ink, INKS, Mark, type DrawList } from "./list";
import { fitted } from "./paint";
import { polygon_of } from "./polygon";
import type { Theme } from "./theme";

/** Of a character, as a share of the font's size. */
const CHARACTER = 0.603;

/* XML 1.0 has no place for these, not even escaped. */
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu;
const ESCAPED: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replace(UNSPEAKABLE, "\ufffd").replace(/[&<>"]/g, (c) => ESCAPED[c]);
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** One mark, without its colours: those are its run's. */
function element(list: DrawList, i: number): string {
  const [a, b, c, d] = list.at.subarray(i * 4, i * 4 + 4);
  const box = (x: number, y: number, width: number, height: number) =>
    `<rect x="${short(x)}" y="${short(y)}" width="${short(Math.max(0, width))}" height="${short(Math.max(0, height))}"/>`;
  switch (list.mark[i] as Mark) {
    case Mark.Rect:
    case Mark.Hatch:
      return box(a, b, c, d);
    case Mark.Outline:
      return box(a + 0.5, b + 0.5, c, d);
    case Mark.Line:
      return `<path d="M${short(a)} ${short(b)}L${short(c)} ${short(d)}"/>`;
    case Mark.Disc:
    case Mark.Ring:
      return `<circle cx="${short(a)}" cy="${short(b)}" r="${short(c)}"/>`;
    case Mark.Stack:
      return box(a - c + 2, b - c - 2, 2 * c, 2 * c) + box(a - c - 1, b - c + 1, 2 * c, 2 * c);
    case Mark.Square:
    case Mark.SquareHollow:
      return box(a - c, b - c, 2 * c, 2 * c);
    case Mark.Text:
    case Mark.TextStrong: {
      const text = fitted(list.text[list.text_of[i]], c * CHARACTER, d);
      return text
        ? `<text x="${short(a)}" y="${short(b)}" font-size="${short(c)}">${escape(text)}</text>`
        : "";
    }
    default: {
      const corners = polygon_of(list.mark[i]) ?? [];
      return `<path d="M${corners.map(([x, y]) => `${short(a + x * c)} ${short(b + y * c)}`).join("L")}Z"/>`;
    }
  }
}

/** The colours of a run of marks of one kind and ink. */
function paint_of(mark: Mark, ink: Ink, theme: Theme): string {
  const colour = theme.colour[ink];
  switch (mark) {
    case Mark.Rect:
    case Mark.Text:
      return `fill="${colour}"`;
    case Mark.TextStrong:
      return `fill="${colour}" font-weight="600"`;
    case Mark.Hatch:
      return `fill="url(#hatch${ink})"`;
    case Mark.Outline:
      return `fill="none" stroke="${colour}"`;
    case Mark.Line:
      return `stroke="${colour}" stroke-width="${ink === Ink.Path ? 2 : 1}"`;
    case Mark.Ring:
      return `fill="none" stroke="${colour}" stroke-width="2"`;
    case Mark.Diamond:
    case Mark.SquareHollow:
      return `fill="${theme.background}" stroke="${colour}" stroke-width="1.6"`;
    default:
      return `fill="${colour}" stroke="${theme.background}"`;
  }
}

function hatches(list: DrawList, theme: Theme): string {
  const used = new Uint8Array(INKS);
  for (let i = 0; i < list.length; i++) if (list.mark[i] === Mark.Hatch) used[list.ink[i]] = 1;
  let text = "";
  for (let ink = 0; ink < INKS; ink++)
    if (used[ink])
      text +=
        `<pattern id="hatch${ink}" width="6" height="6" patternUnits="userSpaceOnUse">` +
        `<path d="M-6 6L0 0M0 6L6 0M6 6L12 0" stroke="${theme.colour[ink]}" stroke-width="1.1" stroke-opacity="0.75"/></pattern>\n`;
  return text && `<defs>\n${text}</defs>\n`;
}

export function svg_text(list: DrawList, theme: Theme, size: Size, title: string): string {
  const { width, height } = size;
  const parts = [
    `<?xml version="1.0" encoding="UTF-8"?>\n`,
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escape(theme.font)}">\n`,
    `<title>${escape(title)}</title>\n`,
    hatches(list, theme),
    `<rect width="${width}" height="${height}" fill="${theme.background}"/>\n`,
  ];
  let i = 0;
  while (i < list.length) {
    const mark: Mark = list.mark[i];
    const ink: Ink = list.ink[i];
    parts.push(`<g ${paint_of(mark, ink, theme)}>`);
    for (; i < list.length && list.mark[i] === mark && list.ink[i] === ink; i++) parts.push(element(list, i));
    parts.push("</g>\n");
  }
  parts.push("</svg>\n");
  return parts.join("");
}
