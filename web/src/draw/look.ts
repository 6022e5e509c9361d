/* SPDX-License-Identifier: GPL-2.0-only */
/* How an anon_vma looks wherever a process is drawn: a colour, and lines cut through it. Pure. */
import { hue_of_look, pattern_of_look } from "../model/address_space";
import { Ink, Mark, type DrawList } from "./list";

export function look_ink(look: number): Ink {
  return (Ink.Hue0 + hue_of_look(look)) as Ink;
}

/** Lines cut through a block: its second channel beside the colour. */
export function draw_pattern(
  list: DrawList,
  look: number,
  x: number,
  width: number,
  top: number,
  height: number,
  thick = 2,
): void {
  const lines = pattern_of_look(look);
  for (let k = 1; k <= lines; k++)
    list.push(Mark.Rect, Ink.Halo, x, Math.round(top + (height * k) / (lines + 1) - thick / 2), width, thick);
}
