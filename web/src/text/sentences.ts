/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the page says in prose. Each is exact enough for a kernel developer to
 * check against the source.
 */
import type { MissedGroup, Quality, Rwsem, Snapshot } from "../api/types";
import { Kind, NONE, type TreeModel } from "../model/tree";
import { owner_text } from "./labels";
import { bytes, count, plural } from "./units";

export function missed_sentence(model: TreeModel, group: MissedGroup, anon_vma_bytes: number): string {
  const first = model.index_of.get(group.anon_vmas[0]);
  const who = first === undefined ? `mm ${group.mm_id}` : owner_text(model, first);
  const k = group.anon_vmas.length;
  const saved = group.missed_reuse;
  return (
    `fork() gave ${who} ${count(k)} anon_vmas (${group.anon_vmas.map((id) => `#${id}`).join(", ")}) ` +
    `under parent #${group.parent}, one for each copied VMA that found nothing to reuse, although the VMAs they were ` +
    `copied from shared #${group.parent}: ${count(saved)} of them could have been shared, ` +
    `${count(saved)} × ${count(anon_vma_bytes)} B = ${bytes(saved * anon_vma_bytes)}.`
  );
}

export function kind_sentence(model: TreeModel, node: number): string {
  const below = model.children[node];
  switch (model.kind[node] as Kind) {
    case Kind.Root:
      return "Root of the tree: its rwsem is the lock of every anon_vma in it.";
    case Kind.IdleRoot:
      return "Root of the tree, whose own VMAs are gone. It stays because every anon_vma below holds a reference, and its rwsem is their lock.";
    case Kind.Active:
      return (
        `Active in ${plural(model.num_active[node], "VMA")}: pages first written there belong to it.` +
        (model.reused[node] ? " fork() found it idle and made it active again, so it allocated none." : "")
      );
    default:
      return (
        "Idle: no VMA has it active. It stays because VMAs of descendants are linked to it and may still map its pages. " +
        (model.reusable[node]
          ? "With fewer than two children, the next fork() along this chain may reuse it."
          : `With ${plural(below, "child", "children")}, fork() does not reuse it.`)
      );
  }
}

/** The state of a root's lock at the moment it was read. */
export function rwsem_text(rwsem: Rwsem | null): string {
  if (rwsem === null) return "not read";
  const waiters = rwsem.waiters ? ", waiters" : "";
  switch (rwsem.state) {
    case "idle":
      return `free${waiters}`;
    case "readers":
      return `${plural(rwsem.readers, "reader")}${waiters}`;
    case "writer":
      return `one writer${waiters}`;
  }
}

export const KIND_NAMES: Record<Kind, string> = {
  [Kind.Root]: "root",
  [Kind.IdleRoot]: "idle root",
  [Kind.Active]: "active",
  [Kind.Idle]: "idle",
};

/** The kind, and whether it was or may be reused. */
export function node_kind_name(model: TreeModel, node: number): string {
  const name = KIND_NAMES[model.kind[node] as Kind];
  if (model.reused[node] > 0) return `${name}, reused`;
  return model.reusable[node] ? `${name}, reusable` : name;
}

/** What a reader must know before trusting the numbers; empty when all is well. */
export function quality_sentences(quality: Quality): string[] {
  const result: string[] = [];
  if (quality.torn_mms)
    result.push(
      `${plural(quality.torn_mms, "mm")} changed while being read, on every try: their VMAs may be missing or twice.`,
    );
  if (quality.cut_mms)
    result.push(
      `${plural(quality.cut_mms, "mm")} had chains longer than could be followed: they are cut short.`,
    );
  if (quality.undescribed_anon_vmas)
    result.push(
      `${plural(quality.undescribed_anon_vmas, "anon_vma")} vanished before ${quality.undescribed_anon_vmas === 1 ? "its" : "their"} counters were read.`,
    );
  if (quality.moved_anon_vmas)
    result.push(`${plural(quality.moved_anon_vmas, "anon_vma")} had counters that moved during the walk.`);
  if (quality.rewalked_mms)
    result.push(`${plural(quality.rewalked_mms, "mm")} walked again until they held still.`);
  return result;
}

export function snapshot_scope(snapshot: Snapshot): string {
  return snapshot.tree_tgid === null ? "whole system" : `process ${snapshot.tree_tgid} and its descendants`;
}

export function selected_announcement(model: TreeModel, node: number): string {
  const group = model.missed[node];
  const missed = group === NONE ? "" : `, missed reuse ×${model.groups[group].missed_reuse}`;
  return `anon_vma ${model.id[node]}, ${node_kind_name(model, node)}, ${owner_text(model, node)}, ${plural(model.linked[node], "linked VMA")}${missed}`;
}

/** A snapshot that came, and what is new in it. */
export function news_sentence(news: { id: number; added: number | null; resolved: number | null }): string {
  const { id, added, resolved } = news;
  const changes = [
    added && plural(added, "new finding"),
    resolved && `${plural(resolved, "finding")} resolved`,
  ].filter(Boolean);
  return [`snapshot #${id}`, ...changes].join(" · ");
}
