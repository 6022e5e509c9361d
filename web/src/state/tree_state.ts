/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tree view shows, derived from the loaded tree and the route. */
import { computed, effect } from "@preact/signals";
import { get_findings } from "../api/client";
import { last_of, Newest } from "../api/newest";
import type { Finding, MissedGroup } from "../api/types";
import { merge_missed } from "../model/merged";
import { find_group, NONE, type TreeModel } from "../model/tree";
import { adjust_tree, route } from "./location";
import { DEFAULT_FINDING_SORT, type ViewOf } from "./route";
import { snapshot, snapshot_id } from "./snapshots";
import { subject_findings, tree } from "./store";
import { make_tree_window, type Direction } from "./tree_window";

const view = computed<ViewOf<"tree"> | null>(() =>
  route.value.view.name === "tree" ? route.value.view : null,
);

/** The tree as the kernel has it. */
export const recorded = computed<TreeModel | null>(() => last_of(tree.value.value));

const wants_merged = computed(() => view.value?.merged ?? false);

/** Whether each missed group is drawn as one anon_vma. */
export const merged = computed(() => wants_merged.value && can_merge(recorded.value));

export function can_merge(tree_model: TreeModel | null): boolean {
  return tree_model !== null && tree_model.groups.length > 0 && snapshot.value !== null;
}

/** The tree that is drawn. */
export const model = computed<TreeModel | null>(() => {
  const tree_model = recorded.value;
  const boot = snapshot.value?.boot;
  return tree_model && boot && merged.value ? merge_missed(tree_model, boot) : tree_model;
});

export const tree_window = make_tree_window<TreeModel>({
  look: view,
  model,
  adjust: adjust_tree,
  other_node(tree_model, select) {
    if (select.what !== "missed") return undefined;
    const group = find_group(tree_model, select.mm, select.id);
    return group === NONE ? undefined : tree_model.index_of.get(tree_model.groups[group].anon_vmas[0]);
  },
  /* In the merged picture a group is one node. */
  is_node: (tree_model) => tree_model.stands_for !== null,
});

export const {
  bring_into_view,
  camera,
  can_fold,
  current_transform,
  fit,
  grouped,
  hover,
  pan,
  picture,
  screen,
  select,
  select_anon_vma,
  selected,
  set_grouped,
  set_open,
  visible,
  zoom,
} = tree_window;

/** The selected missed group, by itself or because the selected anon_vma is in it, or NONE. */
export const selected_group = computed<number>(() => {
  const tree_model = model.value;
  const select = view.value?.select;
  if (!tree_model || !select) return NONE;
  if (select.what === "missed") return find_group(tree_model, select.mm, select.id);
  const node = select.what === "anon_vma" ? tree_model.index_of.get(select.id) : undefined;
  return node === undefined ? NONE : (tree_model.stands_for ?? tree_model.missed)[node];
});

/** The finding about the selected group, looked up alone where the tree has more than are loaded. */
const lookup = new Newest<Finding | null>();

export const group_finding = computed<Finding | null>(() => {
  const group = model.value?.groups[selected_group.value];
  if (!group) return null;
  const found = find_finding(subject_findings.state.value.rows, group);
  if (found) return found;
  const alone = lookup.value.value;
  const value = alone.state === "ready" ? alone.value : null;
  return value && value.mm_id === group.mm_id && value.anon_vma === group.parent ? value : null;
});

function find_finding(rows: Finding[], group: MissedGroup): Finding | null {
  const is_it = (row: Finding) =>
    row.kind === "fork_split" && row.mm_id === group.mm_id && row.anon_vma === group.parent;
  return rows.find(is_it) ?? null;
}

function look_up_finding(): void {
  const tree_model = model.value;
  const group = tree_model?.groups[selected_group.value];
  const { rows, next, started } = subject_findings.state.value;
  const id = snapshot_id.value;
  if (!tree_model || !group || id === null || !started || next === null || find_finding(rows, group)) return;
  const pid = tree_model.owners.find((owner) => owner.mm_id === group.mm_id)?.processes[0]?.pid;
  if (pid === undefined) return;
  lookup.load(`${id} ${group.mm_id} ${group.parent}`, async (abort) => {
    const filter = { kind: "fork_split", pid, root: tree_model.root_id };
    const page = await get_findings(id, { ...filter, sort: DEFAULT_FINDING_SORT, limit: 1000 }, abort);
    return find_finding(page.data, group);
  });
}

/** Selects what one mm missed under one parent. */
export function select_group(group: number, show: boolean): void {
  const tree_model = model.peek();
  if (!tree_model) return;
  const { parent, mm_id, anon_vmas } = tree_model.groups[group];
  adjust_tree({ select: { what: "missed", id: parent, mm: mm_id } });
  const first = tree_model.index_of.get(anon_vmas[0]);
  const shown = visible.peek();
  if (show && shown && first !== undefined) bring_into_view(shown.visible_of[first]);
}

/** The selection stays: what it names is in both pictures. */
export function set_merged(on: boolean): void {
  if (!can_merge(recorded.peek())) return;
  adjust_tree({ merged: on, camera: null });
  camera.value = null;
}

export function step(direction: Direction): void {
  if (visible.peek() && selected.peek() === NONE && selected_group.peek() !== NONE && !merged.peek())
    select_anon_vma(model.peek()?.groups[selected_group.peek()].anon_vmas[0] ?? NONE);
  else tree_window.step(direction);
}

export function start_tree(): void {
  effect(look_up_finding);
  tree_window.start();
}
