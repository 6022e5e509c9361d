/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of a node between two snapshots, in words. */
import type { DiffNode } from "../api/types";
import { Change } from "../model/tree";
import { count, plural } from "./units";

export const CHANGE_NAMES: Record<Change, string> = {
  [Change.Same]: "same",
  [Change.Added]: "added",
  [Change.Removed]: "removed",
  [Change.Grown]: "grown",
  [Change.Shrunk]: "shrunk",
};

/** The counters that a node grows or shrinks by, the first that differs. */
const COUNTERS = [
  ["linked_vmas", "linked VMAs", ["VMA", "VMAs"]],
  ["num_active_vmas", "active VMAs", ["active VMA", "active VMAs"]],
  ["num_children", "children", ["child", "children"]],
] as const;

/** `2 → 5 linked VMAs`, `added with 3 linked VMAs`: what makes it grown, shrunk, ... */
export function node_change_text({ before, after }: DiffNode): string {
  if (!before) return `added, ${plural(after?.linked_vmas ?? 0, "linked VMA")}`;
  if (!after) return `removed, had ${plural(before.linked_vmas, "linked VMA")}`;
  for (const [key, name] of COUNTERS)
    if (before[key] !== after[key]) return `${count(before[key])} → ${count(after[key])} ${name}`;
  return plural(after.linked_vmas, "linked VMA");
}

/** The same where a sign beside it tells the rest: `+3 VMAs`, `2 → 5 VMAs`. */
export function short_change_text({ before, after }: DiffNode): string {
  if (!before) return `+${plural(after?.linked_vmas ?? 0, "VMA")}`;
  if (!after) return `−${plural(before.linked_vmas, "VMA")}`;
  for (const [key, , name] of COUNTERS)
    if (before[key] !== after[key]) return `${count(before[key])} → ${plural(after[key], name[0], name[1])}`;
  return plural(after.linked_vmas, "VMA");
}

/** Of a group: its members, and what else lies below them. */
export function changes_below_text(below: number): string {
  return below > 0 ? `${plural(below, "change")} below` : "";
}
