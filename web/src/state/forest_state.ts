/* SPDX-License-Identifier: GPL-2.0-only */
/* What the forest's picture shows, derived from what is loaded, the window and the route. */
import { computed, signal } from "@preact/signals";
import { last_of } from "../api/newest";
import type { Executable } from "../api/types";
import type { Size } from "../layout/size";
import { place_forest, type Placed } from "../layout/forest_map";
import { neighbour, type Direction } from "../layout/treemap";
import { executable_patches, tree_patches, type Measures, type Patch } from "../model/forest";
import { NONE } from "../model/tree";
import { adjust_view, go_view, route } from "./location";
import { DEFAULT_SORT, forest_view, is_grouped, tree_view, type ViewOf } from "./route";
import { snapshot } from "./snapshots";
import { executable_rows, picture_trees } from "./store";

export const forest_screen = signal<Size>({ width: 0, height: 0 });
/** Place under the pointer, or NONE. */
export const forest_hover = signal<number>(NONE);

function forest_route(): ViewOf<"forest"> | null {
  const { view } = route.value;
  return view.name === "forest" ? view : null;
}

/** All that the trees of the view are together; null: not known. */
const whole = computed<Measures | null>(() => {
  const view = forest_route();
  if (!view || view.search.trim() !== "") return null;
  if (view.exe !== null) return executable_rows.state.value.rows.find((row) => row.exe === view.exe) ?? null;
  const { totals, boot } = snapshot.value ?? {};
  if (!totals || !boot) return null;
  /* The totals' own bytes have those of VMAs, which are no tree's. */
  return { ...totals, tree_bytes: totals.anon_vmas * boot.anon_vma_bytes + totals.avcs * boot.avc_bytes };
});

/** Largest first; null while the first of them are on their way. */
export const patches = computed<Patch[] | null>(() => {
  const view = forest_route();
  const list = last_of(picture_trees.value.value);
  if (!view || !list) return null;
  /* A process is under the locks of several trees: the rest cannot be told from the whole. */
  const all = list.next === null || view.area === "mms" ? null : whole.value;
  if (!is_grouped(view)) return tree_patches(list.data, all, view.area);
  const { started, rows } = executable_rows.state.value;
  return started ? executable_patches(rows, list.data, view.area) : null;
});

export const placed = computed<Placed[]>(() => place_forest(patches.value ?? [], forest_screen.value));

/** Place of the selected patch, or NONE. */
export const selected_place = computed<number>(() => {
  const select = forest_route()?.select ?? null;
  if (select === null) return NONE;
  return placed.value.findIndex(({ patch, parent }) => parent === NONE && patch.key === select);
});

export function adjust_forest(change: Partial<ViewOf<"forest">>): void {
  const { view } = route.peek();
  if (view.name === "forest") adjust_view({ ...view, ...change });
}

/** The trees of one executable. */
export function open_executable(executable: Executable): void {
  const { view } = route.peek();
  if (view.name !== "forest") return;
  const change = { search: "", sort: DEFAULT_SORT, select: null, area: view.area };
  /* What has no path cannot be asked for by it. */
  if (executable.exe === null)
    go_view(forest_view({ ...change, grouped: false, search: executable.comm ?? "" }));
  else go_view(forest_view({ ...change, exe: executable.exe }));
}

export function open_patch(patch: Patch): void {
  if (patch.tree) go_view(tree_view(patch.tree.root));
  else if (patch.executable && patch.inner.length === 1 && patch.inner[0].tree)
    go_view(tree_view(patch.inner[0].tree.root));
  else if (patch.executable) open_executable(patch.executable);
}

/** The outer patch at a place: what can be selected. */
export function outer_place(place: number): number {
  const { parent } = placed.peek()[place];
  return parent === NONE ? place : parent;
}

export function select_place(place: number): void {
  const { key } = placed.peek()[outer_place(place)].patch;
  if (key !== "") adjust_forest({ select: key });
}

export function step_place(direction: Direction): void {
  const outer = placed.peek().filter(({ patch, parent }) => parent === NONE && patch.key !== "");
  if (outer.length === 0) return;
  const select = forest_route()?.select ?? null;
  const from = outer.findIndex(({ patch }) => patch.key === select);
  const boxes = outer.map(({ box }) => box);
  const to = from < 0 ? 0 : neighbour(boxes, from, direction);
  if (to !== NONE) adjust_forest({ select: outer[to].patch.key });
}

export function open_selected(): void {
  const at = selected_place.peek();
  if (at !== NONE) open_patch(placed.peek()[at].patch);
}
