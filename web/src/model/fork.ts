/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process beside the child that fork() would make of it: one row for each VMA
 * of the parent, in address order. Immutable once built; linear in the VMAs.
 */
import type { ForkDocument, ForkVma, Vma } from "../api/types";
import { looks_of } from "./address_space";

export interface ForkRow {
  parent: Vma;
  /** Null: fork() leaves it out, or the child is not known. */
  child: ForkVma | null;
}

export interface ForkModel {
  rows: ForkRow[];
  /** False while there is only the parent. */
  has_child: boolean;
  /** Of each anon_vma; new ones come last, so that no policy changes those of the process. */
  looks: Map<number, number>;
  /** By vm_start. */
  row_of: Map<string, number>;
  /** Cells of the longest chain beside the active anon_vma. */
  parent_cells: number;
  child_cells: number;
  /** Characters of the longest id. */
  id_chars: number;
}

/** New anon_vmas have no id yet: -1 is the first of them. */
export function fork_id_text(id: number): string {
  return id < 0 ? `new ${-id}` : `#${id}`;
}

/** The chain in list order, without the active anon_vma, which is drawn by itself. */
export function chain_cells(vma: { chain: number[] }, active: number | null): number[] {
  return vma.chain.filter((id) => id !== active);
}

export function build_fork(parents: Vma[], document: ForkDocument | null): ForkModel {
  const by_start = new Map((document?.vmas ?? []).map((vma) => [vma.vm_start, vma]));
  const model: ForkModel = {
    rows: parents.map((parent) => ({ parent, child: by_start.get(parent.vm_start) ?? null })),
    has_child: document !== null,
    looks: looks_of(parents),
    row_of: new Map(parents.map((parent, i) => [parent.vm_start, i])),
    parent_cells: 0,
    child_cells: 0,
    id_chars: 2,
  };
  const add = (id: number) => {
    if (!model.looks.has(id)) model.looks.set(id, model.looks.size);
  };
  for (const { parent, child } of model.rows) {
    if (child && child.anon_vma !== null) add(child.anon_vma);
    child?.chain.forEach(add);
    model.parent_cells = Math.max(model.parent_cells, chain_cells(parent, parent.anon_vma).length);
    if (child) model.child_cells = Math.max(model.child_cells, chain_cells(child, child.anon_vma).length);
  }
  for (const id of model.looks.keys()) model.id_chars = Math.max(model.id_chars, fork_id_text(id).length);
  return model;
}

/** Whether pages of the VMA can be found: its active anon_vma is in its chain. */
export function is_linked(child: ForkVma): boolean {
  return child.anon_vma === null || child.chain.includes(child.anon_vma);
}

/** What fork() did for the VMA, in a word; empty for nothing worth a word. */
export function child_mark(row: ForkRow): string {
  const { child, parent } = row;
  if (!child) return "not copied";
  if (child.anon_vma === null) return parent.anon_vma === null ? "" : "wiped";
  if (!is_linked(child)) return "unlinked";
  if (child.reused) return "reused";
  return child.shared ? "shared" : "";
}
