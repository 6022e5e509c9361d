/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rows of a comparison are about: what names them, and where in a tree they are. Pure. */
import type { DiffRow, DiffSection, DiffSide, DiffState } from "../api/types";
import { range_bytes } from "./address_space";

/** As it is after, or was before where it is gone. */
export function side_of(row: DiffRow): DiffSide {
  return row.after ?? row.before ?? {};
}

/** Tells a row from the others of its section, in the URL. */
export function row_key(section: DiffSection, row: DiffRow): string {
  switch (section) {
    case "processes":
      return String(row.process_id);
    case "trees":
      return String(row.root);
    case "vmas":
      return `${row.mm_id}-${String(side_of(row).vm_start).replace(/^0x/, "")}`;
    case "names":
      return `${row.comm ?? ""} ${row.exe ?? ""}`;
    default:
      return String(row.id);
  }
}

/** A VMA's row with its size beside its ends. */
export function with_size(row: DiffRow): DiffRow {
  const sized = (side: DiffSide | null): DiffSide | null =>
    side && { size_bytes: range_bytes(String(side.vm_start), String(side.vm_end)), ...side };
  const before = sized(row.before);
  const after = sized(row.after);
  const resized = before && after && before.size_bytes !== after.size_bytes;
  return {
    ...row,
    before,
    after,
    changed_fields: resized ? ["size_bytes", ...(row.changed_fields ?? [])] : row.changed_fields,
  };
}

export interface TreePlace {
  root: number;
  anon_vma: number | null;
}

function as_id(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** The place in a tree that a row is about; null: none. */
export function row_place(section: DiffSection, row: DiffRow): TreePlace | null {
  const side = side_of(row);
  const root = as_id(section === "trees" || section === "anon_vmas" ? row.root : side.root);
  if (root === null) return null;
  switch (section) {
    case "trees":
      return { root, anon_vma: null };
    case "anon_vmas":
      return { root, anon_vma: as_id(row.id) };
    case "vmas":
      return { root, anon_vma: as_id(side.anon_vma) };
    case "findings":
      return { root, anon_vma: as_id(row.anon_vma) };
    default:
      return null;
  }
}

/** All rows of a section; null: not counted. */
export function count_rows(states: Record<DiffState, number> | null): number | null {
  return states && Object.values(states).reduce((sum, rows) => sum + rows, 0);
}
