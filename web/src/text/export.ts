/* SPDX-License-Identifier: GPL-2.0-only */
/* What an exported picture says of itself. */
import type { Snapshot } from "../api/types";
import type { TreeModel } from "../model/tree";
import { printable } from "./labels";
import { bytes, count, plural } from "./units";

/** Without extension. */
export function tree_file_name(root: number, snapshot: number, merged: boolean): string {
  return `vmascope-snapshot-${snapshot}-tree-${root}${merged ? "-merged" : ""}`;
}

/** A title, and a line of numbers. */
export function tree_caption(tree: TreeModel, snapshot: Snapshot, drawn: number): string[] {
  const { summary } = tree;
  const owner = summary.pid === null ? "owner exited" : `${printable(summary.comm ?? "")} ${summary.pid}`;
  const merged = tree.stands_for ? " · merged: missed reuse drawn as shared" : "";
  const folded = drawn < tree.count ? ` · ${count(drawn)} drawn, process groups folded` : "";
  const missed = summary.missed_reuse ? ` · missed reuse ×${count(summary.missed_reuse)}` : "";
  return [
    `anon_vma tree #${tree.root_id} · ${owner}${merged}`,
    `${printable(snapshot.boot.host)} · Linux ${printable(snapshot.boot.release)} · snapshot #${snapshot.id}, ${snapshot.taken_at}`,
    `${plural(summary.anon_vmas, "anon_vma")} · ${plural(summary.avcs, "AVC")} · ${plural(summary.mms, "mm")} · ` +
      `${bytes(summary.tree_bytes)}${missed}${folded}`,
  ];
}
