/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a visible node is called in the picture and the treegrid.
 */
import { row_at } from "../model/columns";
import { label_of, type SnapshotRef } from "../model/revision";
import { Change, NONE, type TreeNodes } from "../model/tree";
import { fold_at, type Fold, type VisibleTree } from "../model/visible";
import { changes_below_text, short_change_text } from "./changes";
import { count, plural, range } from "./units";

export interface Label {
  /** Who owns it: drawn strong. */
  owner: string;
  /** What it is: drawn faint. */
  detail: string;
}

/** comm holds whatever bytes the process chose; keep it on one line and visible. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** The file of a mapping, its name, or what it is; on one line. */
export function vma_name(vma: { path: string | null; name: string | null }): string {
  if (vma.path !== null) return printable(vma.path.slice(vma.path.lastIndexOf("/") + 1));
  return vma.name === null ? "anonymous" : `[${printable(vma.name)}]`;
}

export function owner_text(model: TreeNodes, node: number): string {
  const owner = model.owner[node];
  if (owner === NONE) return model.num_active[node] > 0 ? "several mms" : "idle";
  const { processes, mm_id } = model.owners[owner];
  if (processes.length === 0) return `mm ${mm_id}`;
  const others = processes.length > 1 ? ` +${processes.length - 1}` : "";
  return `${printable(processes[0].comm)} ${processes[0].pid}${others}`;
}

export function node_label(model: TreeNodes, node: number): Label {
  if (model.diff) {
    const { change, sources } = model.diff;
    const text =
      change[node] === Change.Same ? plural(model.linked[node], "VMA") : short_change_text(sources[node]);
    return { owner: owner_text(model, node), detail: `#${model.id[node]} · ${text}` };
  }
  const group = model.stands_for?.[node] ?? NONE;
  const instead = group === NONE ? "" : ` for ${count(model.groups[group].anon_vmas.length)}`;
  return {
    owner: owner_text(model, node),
    detail: `#${model.id[node]}${instead} · ${plural(model.linked[node], "VMA")}`,
  };
}

/** `postgres × 200`: processes; `45 idle anon_vmas` where there is none; beside a sample, `… more`. */
export function fold_name(fold: Fold): string {
  const more = fold.more ? " more" : "";
  if (fold.processes > 0) return `${printable(fold.name)} × ${count(fold.processes)}${more}`;
  return `${count(fold.members.length)}${more} ${fold.name} anon_vmas`;
}

/** Beside that name: how many are folded in all. */
export function fold_nodes_text(fold: Fold): string {
  return fold.processes > 0 ? plural(fold.nodes, "anon_vma") : `${count(fold.nodes)} in all`;
}

/** Which memory an anon_vma with few active VMAs is for. */
function active_ranges(model: TreeNodes, node: number): string {
  const first = model.first_active[node];
  if (first === NONE) return "";
  const vma = row_at(model.vmas, first);
  const file = vma.path === null ? "" : ` ${printable(vma.path.slice(vma.path.lastIndexOf("/") + 1))}`;
  const more = model.num_active[node] > 1 ? ` +${model.num_active[node] - 1}` : "";
  return ` · ${range(vma.vm_start, vma.vm_end)} ${vma.permissions}${file}${more}`;
}

/** Trees this shallow leave room for the ranges. */
const RANGES_TO_DEPTH = 3;

export function visible_label(model: TreeNodes, visible: VisibleTree, v: number): Label {
  const fold = fold_at(visible, v);
  if (!fold) {
    const label = node_label(model, visible.source[v]);
    if (visible.level_start.length - 1 <= RANGES_TO_DEPTH && visible.first_child[v] === NONE)
      label.detail += active_ranges(model, visible.source[v]);
    return label;
  }
  const below = fold.nodes - fold.members.length;
  const owned = fold.processes > 0;
  /* Of a name without a process the last word is a detail: the picture cuts names last. */
  const owner = fold_name(fold).replace(owned ? "" : " anon_vmas", "");
  const parts: (string | false)[] = [!owned && "anon_vmas"];
  if (fold.change !== null) {
    const sign = fold.change === Change.Added ? "+" : fold.change === Change.Removed ? "−" : "";
    parts.push(sign + fold_nodes_text(fold), changes_below_text(fold.below));
  } else parts.push(owned && plural(fold.members.length, "anon_vma"), below > 0 && `${count(below)} below`);
  /* Two numbers side by side would read as one. */
  return { owner, detail: (owned ? "· " : "") + parts.filter(Boolean).join(" · ") };
}

/** A snapshot as it was asked for: `#12`, `label “before”`. */
export function snapshot_name(ref: SnapshotRef): string {
  if (typeof ref === "number") return `#${ref}`;
  const label = label_of(ref);
  return label === null ? ref : `label “${printable(label)}”`;
}
