/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of a number: `−520 B (−7.5 %)`. */

function percent(from: number, to: number): string {
  const share = (100 * (to - from)) / from;
  const digits = Math.abs(share) < 9.95 ? 1 : 0;
  return `${share < 0 ? "−" : "+"}${Math.abs(share).toFixed(digits)} %`;
}

/** The difference with its sign and the unit that `text` gives it; `same` for none. */
export function change_text(from: number, to: number, text: (value: number) => string): string {
  if (from === to) return "same";
  return `${to < from ? "−" : "+"}${text(Math.abs(to - from))}`;
}

export function change_and_share(from: number, to: number, text: (value: number) => string): string {
  const change = change_text(from, to, text);
  return from > 0 && from !== to ? `${change} (${percent(from, to)})` : change;
}
