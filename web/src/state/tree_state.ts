/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tree view shows, derived from the loaded tree and the route. The
 * camera moves with every pointer event, so it lives in a signal of its own and
 * reaches the route (and the URL) when it has come to rest.
 */
import { batch, computed, effect, signal } from "@preact/signals";
import {
  clamp_camera,
  fit_camera,
  is_legible,
  pan_by,
  reveal,
  transform_of,
  zoom_at,
  type Size,
} from "../draw/camera";
import { make_picture, type Picture } from "../layout/picture";
import { merge_missed } from "../model/merged";
import { find_group, NONE, type TreeModel } from "../model/tree";
import { build_visible, fold_at, folds_hiding, is_folding, type VisibleTree } from "../model/visible";
import { adjust_tree, route, same_camera } from "./location";
import { DEFAULT_FINDING_SORT, type Camera, type Selection, type ViewOf } from "./route";
import { Newest } from "../api/newest";
import { get_findings } from "../api/client";
import type { Finding, MissedGroup } from "../api/types";
import { snapshot, snapshot_id, subject_findings, tree } from "./store";

const SETTLE_MS = 300;

const view = computed<ViewOf<"tree"> | null>(() =>
  route.value.view.name === "tree" ? route.value.view : null,
);

/** The tree as the kernel has it. */
export const recorded = computed<TreeModel | null>(() => {
  const loaded = tree.value.value;
  if (loaded.state === "ready") return loaded.value;
  return loaded.state === "loading" ? loaded.last : null;
});

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

/* Primitive, so that only a real change lays the tree out again. */
const open_key = computed(() => view.value?.open.join(",") ?? "");
export const grouped = computed(() => view.value?.grouped ?? true);

function fold_options() {
  const open = new Set(open_key.value === "" ? [] : open_key.value.split(",").map(Number));
  return { grouped: grouped.value, open };
}

export const visible = computed<VisibleTree | null>(() => {
  const tree_model = model.value;
  return tree_model && build_visible(tree_model, fold_options());
});

export const picture = computed<Picture | null>(() => {
  const tree_model = model.value;
  const shown = visible.value;
  if (!tree_model || !shown) return null;
  const start = performance.now();
  const result = make_picture(tree_model, shown);
  performance.clearMeasures("vmascope:layout");
  performance.measure("vmascope:layout", { start, end: performance.now() });
  return result;
});

export const can_fold = computed(
  () => model.value !== null && is_folding(model.value, { grouped: true, open: new Set() }),
);

/** Visible number of the selection, or NONE. */
export const selected = computed<number>(() => {
  const shown = visible.value;
  const tree_model = model.value;
  const select = view.value?.select;
  if (!shown || !tree_model || !select) return NONE;
  if (select.what === "missed" && !tree_model.stands_for) return NONE;
  const node = selected_node(tree_model, select) ?? tree_model.index_of.get(select.id);
  if (node === undefined) return NONE;
  if (select.what !== "fold") return shown.visible_of[node];
  for (let v = 0; v < shown.count; v++) if (fold_at(shown, v)?.key === select.id) return v;
  return NONE;
});

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

export const screen = signal<Size>({ width: 0, height: 0 });
/** Null: everything fits the window. */
export const camera = signal<Camera | null>(null);
export const hover = signal<number>(NONE);

let settle: ReturnType<typeof setTimeout> | null = null;

export function current_camera(): Camera | null {
  const drawn = picture.peek();
  if (!drawn) return null;
  return camera.peek() ?? fit_camera(drawn, screen.peek());
}

export function move_camera(next: Camera | null): void {
  camera.value = next;
  if (settle !== null) clearTimeout(settle);
  settle = setTimeout(() => {
    settle = null;
    adjust_tree({ camera: camera.peek() });
  }, SETTLE_MS);
}

export function pan(dx: number, dy: number): void {
  const from = current_camera();
  const drawn = picture.peek();
  if (from && drawn) move_camera(pan_by(from, drawn, screen.peek(), dx, dy));
}

export function zoom(factor: number, x?: number, y?: number): void {
  const from = current_camera();
  const drawn = picture.peek();
  if (!from || !drawn) return;
  const size = screen.peek();
  move_camera(zoom_at(from, drawn, size, x ?? size.width / 2, y ?? size.height / 2, factor));
}

/** The window's middle on that place of the picture, as near as it goes. */
export function centre_on(place: { x: number; y: number }): void {
  const from = current_camera();
  const drawn = picture.peek();
  if (from && drawn) move_camera(clamp_camera({ ...place, zoom: from.zoom }, drawn, screen.peek()));
}

export function fit(): void {
  move_camera(null);
}

/** Selects visible node `v` (NONE: nothing) and, if asked, brings it into the window. */
export function select(v: number, show: boolean): void {
  const shown = visible.peek();
  const tree_model = model.peek();
  if (!shown || !tree_model) return;
  if (v === NONE) {
    adjust_tree({ select: null });
    return;
  }
  const fold = fold_at(shown, v);
  adjust_tree({
    select: fold ? { what: "fold", id: fold.key } : { what: "anon_vma", id: tree_model.id[shown.source[v]] },
  });
  if (show) bring_into_view(v);
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

export function select_anon_vma(id: number): void {
  adjust_tree({ select: { what: "anon_vma", id } });
  bring_into_view(selected.peek());
}

export function bring_into_view(v: number): void {
  const drawn = picture.peek();
  const from = current_camera();
  if (!drawn || !from || v < 0 || v >= drawn.visible.count) return;
  const size = screen.peek();
  const depth = drawn.visible.depth[v];
  /* Zoomed out so far that the node is a speck: come closer, to where it can be read. */
  const near = !is_legible(from, drawn, size) ? { x: drawn.column[depth], y: drawn.y[v], zoom: 1 } : from;
  const base = near === from ? from : clamp_camera(near, drawn, size);
  const next = reveal(base, drawn, size, {
    left: drawn.column[depth] - 20,
    right: drawn.column[depth] + drawn.label_width[depth],
    top: drawn.y[v] - drawn.above[v],
    bottom: drawn.y[v] + drawn.below[v],
  });
  if (!same_camera(next, from)) move_camera(next);
}

export function set_open(key: number, open: boolean): void {
  const now = view.peek();
  if (!now) return;
  const keys = new Set(now.open);
  if (open) keys.add(key);
  else keys.delete(key);
  adjust_tree({
    open: [...keys].sort((a, b) => a - b),
    select: { what: open ? "anon_vma" : "fold", id: key },
  });
}

export function set_grouped(on: boolean): void {
  adjust_tree({
    grouped: on,
    open: [],
    camera: null,
    select: view.peek()?.select?.what === "fold" ? null : (view.peek()?.select ?? null),
  });
  camera.value = null;
}

/** The selection stays: what it names is in both pictures. */
export function set_merged(on: boolean): void {
  if (!can_merge(recorded.peek())) return;
  adjust_tree({ merged: on, camera: null });
  camera.value = null;
}

export type Direction = "parent" | "child" | "previous" | "next";

/** Where an arrow key leads: along the tree, and over to the cousin where siblings end. */
export function neighbour(shown: VisibleTree, v: number, direction: Direction): number {
  switch (direction) {
    case "parent":
      return shown.parent[v];
    case "child":
      return shown.first_child[v];
    case "previous":
      return v > shown.level_start[shown.depth[v]] ? v - 1 : NONE;
    case "next":
      return v + 1 < shown.level_start[shown.depth[v] + 1] ? v + 1 : NONE;
  }
}

export function step(direction: Direction): void {
  const shown = visible.peek();
  if (!shown || shown.count === 0) return;
  const from = selected.peek();
  if (from === NONE && selected_group.peek() !== NONE && !merged.peek()) {
    select_anon_vma(model.peek()?.groups[selected_group.peek()].anon_vmas[0] ?? NONE);
    return;
  }
  const to = from === NONE ? 0 : neighbour(shown, from, direction);
  if (to !== NONE) select(to, true);
}

/** For drawing: the transform of this moment. */
export function current_transform() {
  const drawn = picture.peek();
  const at = current_camera();
  return drawn && at ? transform_of(at, drawn, screen.peek()) : null;
}

/** The node that must not be folded away for the selection to be seen. */
function selected_node(tree_model: TreeModel, select: Selection): number | undefined {
  if (select.what === "fold") return undefined;
  if (select.what === "anon_vma") return tree_model.index_of.get(select.id);
  const group = find_group(tree_model, select.mm, select.id);
  return group === NONE ? undefined : tree_model.index_of.get(tree_model.groups[group].anon_vmas[0]);
}

export function start_tree(): void {
  effect(look_up_finding);
  /* Back, forward and links move the camera; the camera's own writes come back unchanged. */
  let known: Camera | null = null;
  let root: number | null = null;
  effect(() => {
    const wanted = view.value?.camera ?? null;
    const now = view.value?.root ?? null;
    if (now !== root && settle !== null) {
      clearTimeout(settle);
      settle = null;
    }
    root = now;
    if (settle !== null || same_camera(wanted, known)) {
      known = wanted;
      return;
    }
    known = wanted;
    if (!same_camera(wanted, camera.peek())) camera.value = wanted;
  });
  /* A link may select a node that is folded away. */
  effect(() => {
    const shown = visible.value;
    const tree_model = model.value;
    const now = view.value;
    if (!shown || !tree_model || !now?.select || tree_model.root_id !== now.root) return;
    const node = selected_node(tree_model, now.select);
    if (node === undefined || shown.visible_of[node] !== NONE) return;
    const keys = new Set([...now.open, ...folds_hiding(tree_model, shown, node)]);
    if (keys.size > now.open.length) batch(() => adjust_tree({ open: [...keys].sort((a, b) => a - b) }));
  });
}
