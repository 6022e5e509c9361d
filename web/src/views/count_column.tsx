/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns of counts, which have the same heading in every list. */
import type { ComponentChildren } from "preact";
import type { TermName } from "../text/glossary";
import { count } from "../text/units";
import type { Column } from "./grid";
import { MISSED } from "./parts";

/** Zero steps back. */
export function faint_zero(value: number, tone?: string): ComponentChildren {
  if (value === 0) return <span class="faint">0</span>;
  return tone ? <span class={tone}>{count(value)}</span> : count(value);
}

const HEADINGS = {
  vmas: { title: "VMAs", term: "vma" },
  anon_vmas: { title: "anon_vmas", term: "anon_vma" },
  avcs: { title: "AVCs", term: "avc" },
  trees: { title: "trees", term: "tree" },
  max_chain: { title: "max chain", term: "chain" },
} satisfies Record<string, { title: string; term: TermName }>;

type Counted = keyof typeof HEADINGS;
type Look<T> = Partial<Column<T>> & Pick<Column<T>, "width">;

/** Of a field that the server sorts by. */
export function count_column<T extends Record<K, number>, K extends Counted>(
  key: K,
  look: Look<T>,
  show: (value: number) => ComponentChildren = faint_zero,
): Column<T> {
  return { key, ...HEADINGS[key], numeric: true, sort: key, cell: (row) => show(row[key]), ...look };
}

export function missed_column<T extends { missed_reuse: number }>(look: Partial<Column<T>>): Column<T> {
  return {
    key: "missed_reuse",
    ...MISSED,
    width: "166px",
    narrow: "58px",
    numeric: true,
    sort: "missed_reuse",
    cell: (row) => faint_zero(row.missed_reuse, "missed-text strong"),
    ...look,
  };
}
