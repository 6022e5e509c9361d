/* SPDX-License-Identifier: GPL-2.0-only */
/* What floats beside a node of the tree: its counters and what is notable, a line each. */
import { row_at } from "../model/columns";
import { Change, NONE, type TreeModel, type TreeNodes } from "../model/tree";
import type { Fold } from "../model/visible";
import { CHANGE_NAMES, changes_below_text } from "./changes";
import { node_kind_name } from "./sentences";
import { count, mean_vmas, plural } from "./units";

/** Ids of a chain that fit a tip. */
const CHAIN = 5;

export function fold_tip(fold: Fold): string[] {
  return [
    `${plural(fold.nodes, "anon_vma")} in ${plural(fold.processes, "mm")}`,
    `${plural(fold.linked, "link")} to VMAs`,
    fold.missed ? `missed reuse ×${count(fold.missed)}` : "no missed reuse",
    "Enter or double click expands",
  ];
}

function chain_line(tree: TreeModel, node: number): string[] {
  const first = tree.first_active[node];
  if (first === NONE) return [];
  const chain = tree.vmas.chain[first];
  const more = chain.length > CHAIN ? ` +${count(chain.length - CHAIN)}` : "";
  const ids = chain.slice(0, CHAIN).map((id) => `#${id}`);
  return [`chain ${ids.join(" ")}${more}`];
}

function sharing_line(tree: TreeModel, node: number): string[] {
  const group = tree.groups[tree.missed[node]];
  if (group)
    return [
      `missed reuse ×${count(group.missed_reuse)}: one of ${count(group.anon_vmas.length)}`,
      "that fork() could have made one",
    ];
  const instead = tree.groups[tree.stands_for?.[node] ?? NONE];
  return instead ? [`instead of ${plural(instead.anon_vmas.length, "anon_vma")}`] : [];
}

export function node_tip(tree: TreeModel, node: number): string[] {
  const { max_visits, covered_mean_visits } = row_at(tree.rmap, node);
  return [
    `anon_vma #${tree.id[node]}, ${node_kind_name(tree, node)}`,
    `num_children ${count(tree.num_children[node])}   num_active_vmas ${count(tree.num_active[node])}`,
    `refcount ${count(tree.refcount[node])}   linked VMAs ${count(tree.linked[node])}`,
    ...chain_line(tree, node),
    `rmap visits ≤ ${plural(max_visits, "VMA")}, mean ${mean_vmas(covered_mean_visits)}`,
    ...(tree.reused[node] ? [`reused by ${plural(tree.reused[node], "VMA")}`] : []),
    ...sharing_line(tree, node),
  ];
}

export function diff_fold_tip(fold: Fold): string[] {
  return [
    `${CHANGE_NAMES[fold.change ?? Change.Same]}: ${plural(fold.nodes, "anon_vma")} in ${plural(fold.processes, "mm")}`,
    ...(fold.below > 0 ? [changes_below_text(fold.below)] : []),
    "Enter or double click expands",
  ];
}

/** A counter before and after. */
function both(name: string, before: number | undefined, after: number | undefined): string {
  const text = (value: number | undefined) => (value === undefined ? "none" : count(value));
  return before === after ? `${name} ${text(after)}` : `${name} ${text(before)} → ${text(after)}`;
}

export function diff_node_tip(tree: TreeNodes, node: number): string[] {
  const source = tree.diff?.sources[node];
  if (!source) return [];
  const { before, after } = source;
  return [
    `anon_vma #${source.id}, ${source.state}`,
    both("linked VMAs", before?.linked_vmas, after?.linked_vmas),
    both("num_active_vmas", before?.num_active_vmas, after?.num_active_vmas),
    both("num_children", before?.num_children, after?.num_children),
    both("refcount", before?.refcount, after?.refcount),
  ];
}
