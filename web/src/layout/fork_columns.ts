/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the columns of the fork picture stand, for the width there is: names get
 * shorter first, then chains lose their numbers, then their ends. Units are CSS
 * pixels; rows have one height, whatever their number, and scroll. Pure.
 */
import type { ForkModel } from "../model/fork";
import { vma_name } from "../text/labels";
import { CHAR_WIDTH } from "./picture";

export const FORK_ROW = 20;
export const FORK_HEADER = 24;
export const BAND = 9;
export const SWATCH = 7;
/** The whole address space, squeezed into the window. */
export const STRIP = 12;

const MARGIN = 6;
const GAP = 34;
const MARK_CHARS = 11;
const DENSE_CELL = 10;
const MAX_NAME_CHARS = 22;
/** The halves do not drift farther apart than this. */
const MAX_GAP = 110;

export const enum RangeStyle {
  /** Both addresses and the permissions. */
  Whole,
  /** The first address. */
  Start,
  /** Its last digits. */
  Tail,
}

export interface ForkColumns {
  range: RangeStyle;
  label_x: number;
  /** For the name of the file or mapping after the range; 0: none. */
  name_chars: number;
  parent_x: number;
  parent_chain_x: number;
  parent_cells: number;
  child_x: number;
  mark_x: number;
  child_chain_x: number;
  child_cells: number;
  /** Pixels a cell of a chain takes, and whether it shows its number. */
  cell: number;
  numbered: boolean;
  active_width: number;
  width: number;
}

const RANGE_CHARS: Record<RangeStyle, number> = {
  [RangeStyle.Whole]: 30,
  [RangeStyle.Start]: 12,
  [RangeStyle.Tail]: 6,
};

/** As many cells as fit; one place less when the rest has to be counted. */
function cells_in(space: number, cell: number, wanted: number): number {
  const fits = Math.max(0, Math.floor(space / cell));
  if (wanted <= fits) return wanted;
  return Math.max(0, Math.floor((space - 4 * CHAR_WIDTH) / cell));
}

/** Characters of the longest name of a VMA. */
export function longest_name({ rows }: ForkModel): number {
  return rows.reduce((most, { parent }) => Math.max(most, vma_name(parent).length), 0);
}

export function fork_columns(
  model: ForkModel,
  longest: number,
  width: number,
  has_strip: boolean,
): ForkColumns {
  const range = width >= 700 ? RangeStyle.Whole : width >= 520 ? RangeStyle.Start : RangeStyle.Tail;
  const narrow = range === RangeStyle.Tail;
  const id_width = model.id_chars * CHAR_WIDTH;
  const active_width = BAND + 5 + id_width + 8;
  const mark_width = narrow ? 14 : MARK_CHARS * CHAR_WIDTH;
  const gap = narrow ? 14 : GAP;
  const label_x = MARGIN + (has_strip ? STRIP + 6 : 0);
  const label_width = RANGE_CHARS[range] * CHAR_WIDTH + 8;
  const space = width - label_x - label_width - 2 * active_width - mark_width - gap - MARGIN;
  const numbered_cell = Math.ceil(SWATCH + 3 + id_width + 6);
  const wanted = model.parent_cells + model.child_cells;
  const numbered = wanted * numbered_cell <= space || (!narrow && 6 * numbered_cell <= space);
  const cell = numbered ? numbered_cell : DENSE_CELL;
  let parent_cells = model.parent_cells;
  let child_cells = model.child_cells;
  if (wanted * cell > space) {
    parent_cells = cells_in(space / 2, cell, parent_cells);
    child_cells = cells_in(space / 2, cell, child_cells);
  }
  const cut = (shown: number, all: number) => (shown < all ? 4 * CHAR_WIDTH : 0);
  const parent_chain = parent_cells * cell + cut(parent_cells, model.parent_cells);
  const child_chain = child_cells * cell + cut(child_cells, model.child_cells);
  /* What is left goes to names. */
  const left = Math.max(0, space - parent_chain - child_chain);
  const fits = Math.floor(left / CHAR_WIDTH) - 1;
  const name_chars = Math.min(longest, MAX_NAME_CHARS, fits);
  const name_width = name_chars >= 4 ? (name_chars + 1) * CHAR_WIDTH : 0;
  const wider = Math.min(MAX_GAP - gap, (left - name_width) / 2);
  const parent_x = Math.round(label_x + label_width + name_width);
  const parent_chain_x = Math.round(parent_x + active_width);
  const child_x = Math.round(parent_chain_x + parent_chain + gap + wider);
  const mark_x = Math.round(child_x + active_width);
  return {
    range,
    label_x,
    name_chars: name_width > 0 ? name_chars : 0,
    parent_x,
    parent_chain_x,
    parent_cells,
    child_x,
    mark_x,
    child_chain_x: Math.round(mark_x + mark_width),
    child_cells,
    cell,
    numbered,
    active_width,
    width,
  };
}
