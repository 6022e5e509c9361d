/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The window on the picture of a tree: what is folded, laid out, shown, pointed
 * at and selected. Each view that shows a tree has its own. The camera moves with
 * every pointer event, so it lives in a signal of its own and reaches the route
 * (and the URL) when it has come to rest.
 */
import { batch, computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import {
  clamp_camera,
  fit_camera,
  is_legible,
  pan_by,
  reveal,
  same_camera,
  transform_of,
  zoom_at,
  type Camera,
} from "../draw/camera";
import { make_picture, type Picture } from "../layout/picture";
import type { Size } from "../layout/size";
import { NONE, type TreeNodes } from "../model/tree";
import { build_visible, fold_at, folds_hiding, is_folding, type VisibleTree } from "../model/visible";
import type { Selection, TreeLook } from "./route";

const SETTLE_MS = 300;

export interface TreeWindowOptions<Nodes extends TreeNodes> {
  /** Null: the view does not show a tree now. */
  look: ReadonlySignal<(TreeLook & { root: number }) | null>;
  model: ReadonlySignal<Nodes | null>;
  adjust: (change: Partial<TreeLook>) => void;
  /** The node that must be drawn for a selection other than an anon_vma or a fold to be seen. */
  other_node?: (model: Nodes, select: Selection) => number | undefined;
  /** Whether such a selection is that node itself. */
  is_node?: (model: Nodes, select: Selection) => boolean;
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

export function make_tree_window<Nodes extends TreeNodes>(options: TreeWindowOptions<Nodes>) {
  const { look, model, adjust } = options;

  /* Primitive, so that only a real change lays the tree out again. */
  const open_key = computed(() => look.value?.open.join(",") ?? "");
  const grouped = computed(() => look.value?.grouped ?? true);

  const visible = computed<VisibleTree | null>(() => {
    const open = new Set(open_key.value === "" ? [] : open_key.value.split(",").map(Number));
    return model.value && build_visible(model.value, { grouped: grouped.value, open });
  });

  const picture = computed<Picture | null>(() => {
    const tree_model = model.value;
    const shown = visible.value;
    if (!tree_model || !shown) return null;
    const start = performance.now();
    const result = make_picture(tree_model, shown);
    performance.clearMeasures("vmascope:layout");
    performance.measure("vmascope:layout", { start, end: performance.now() });
    return result;
  });

  const can_fold = computed(
    () => model.value !== null && is_folding(model.value, { grouped: true, open: new Set() }),
  );

  /** The node that must not be folded away for the selection to be seen. */
  function selected_node(tree_model: Nodes, select: Selection): number | undefined {
    if (select.what === "fold") return undefined;
    if (select.what === "anon_vma") return tree_model.index_of.get(select.id);
    return options.other_node?.(tree_model, select);
  }

  /** Visible number of the selection, or NONE. */
  const selected = computed<number>(() => {
    const shown = visible.value;
    const tree_model = model.value;
    const select = look.value?.select;
    if (!shown || !tree_model || !select) return NONE;
    if (select.what === "missed" && !options.is_node?.(tree_model, select)) return NONE;
    const node = selected_node(tree_model, select) ?? tree_model.index_of.get(select.id);
    if (node === undefined) return NONE;
    if (select.what !== "fold") return shown.visible_of[node];
    for (let v = 0; v < shown.count; v++) if (fold_at(shown, v)?.key === select.id) return v;
    return NONE;
  });

  const screen = signal<Size>({ width: 0, height: 0 });
  /** Null: everything fits the window. */
  const camera = signal<Camera | null>(null);
  const hover = signal<number>(NONE);

  let settle: ReturnType<typeof setTimeout> | null = null;

  function current_camera(): Camera | null {
    const drawn = picture.peek();
    if (!drawn) return null;
    return camera.peek() ?? fit_camera(drawn, screen.peek());
  }

  function move_camera(next: Camera | null): void {
    camera.value = next;
    if (settle !== null) clearTimeout(settle);
    settle = setTimeout(() => {
      settle = null;
      adjust({ camera: camera.peek() });
    }, SETTLE_MS);
  }

  function pan(dx: number, dy: number): void {
    const from = current_camera();
    const drawn = picture.peek();
    if (from && drawn) move_camera(pan_by(from, drawn, screen.peek(), dx, dy));
  }

  function zoom(factor: number, x?: number, y?: number): void {
    const from = current_camera();
    const drawn = picture.peek();
    if (!from || !drawn) return;
    const size = screen.peek();
    move_camera(zoom_at(from, drawn, size, x ?? size.width / 2, y ?? size.height / 2, factor));
  }

  /** The window's middle on that place of the picture, as near as it goes. */
  function centre_on(place: { x: number; y: number }): void {
    const from = current_camera();
    const drawn = picture.peek();
    if (from && drawn) move_camera(clamp_camera({ ...place, zoom: from.zoom }, drawn, screen.peek()));
  }

  function fit(): void {
    move_camera(null);
  }

  /** Selects visible node `v` (NONE: nothing) and, if asked, brings it into the window. */
  function select(v: number, show: boolean): void {
    const shown = visible.peek();
    const tree_model = model.peek();
    if (!shown || !tree_model) return;
    if (v === NONE) {
      adjust({ select: null });
      return;
    }
    const fold = fold_at(shown, v);
    adjust({
      select: fold
        ? { what: "fold", id: fold.key }
        : { what: "anon_vma", id: tree_model.id[shown.source[v]] },
    });
    if (show) bring_into_view(v);
  }

  function select_anon_vma(id: number): void {
    adjust({ select: { what: "anon_vma", id } });
    bring_into_view(selected.peek());
  }

  function bring_into_view(v: number): void {
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

  /** More is drawn: shows all where that can be read, else what is around `v` at the scale of before. */
  function go_on(from: Camera | null, v: number): void {
    const drawn = picture.peek();
    const size = screen.peek();
    if (!drawn || !from || (!camera.peek() && is_legible(fit_camera(drawn, size), drawn, size))) return;
    camera.value = from;
    centre_on({ x: from.x, y: drawn.y[v] });
    bring_into_view(v);
  }

  /** The first anon_vma inside that fold, or inside any. */
  function first_hidden(key?: number): Selection | null {
    const fold = visible.peek()?.folds.find((one) => !key || one.key === key);
    return fold ? { what: "anon_vma", id: model.peek()?.id[fold.members[0]] ?? NONE } : null;
  }

  function set_open(key: number, open: boolean): void {
    const now = look.peek();
    if (!now) return;
    const from = current_camera();
    const keys = new Set(now.open);
    if (open) keys.add(key);
    else keys.delete(key);
    adjust({
      open: [...keys].sort((a, b) => a - b),
      select: open ? first_hidden(key) : { what: "fold", id: key },
    });
    if (open) go_on(from, Math.max(0, selected.peek()));
    else if (camera.peek()) bring_into_view(selected.peek());
  }

  function set_grouped(on: boolean): void {
    const from = current_camera();
    let select = look.peek()?.select ?? null;
    if (select?.what === "fold" || (!on && !select)) select = on ? null : first_hidden(select?.id);
    adjust({ grouped: on, open: [], camera: null, select });
    camera.value = null;
    if (!on) go_on(from, Math.max(0, selected.peek()));
  }

  function step(direction: Direction): void {
    const shown = visible.peek();
    if (!shown || shown.count === 0) return;
    const from = selected.peek();
    const to = from === NONE ? 0 : neighbour(shown, from, direction);
    if (to !== NONE) select(to, true);
  }

  /** Opens the selected fold; starts at the root where nothing is selected. */
  function enter(): void {
    const shown = visible.peek();
    const v = selected.peek();
    const fold = shown && v !== NONE ? fold_at(shown, v) : null;
    if (v === NONE) step("child");
    else if (fold) set_open(fold.key, true);
  }

  /** For drawing: the transform of this moment. */
  function current_transform() {
    const drawn = picture.peek();
    const at = current_camera();
    return drawn && at ? transform_of(at, drawn, screen.peek()) : null;
  }

  function start(): void {
    /* Back, forward and links move the camera; the camera's own writes come back unchanged. */
    let known: Camera | null = null;
    let root: number | null = null;
    effect(() => {
      const wanted = look.value?.camera ?? null;
      const now = look.value?.root ?? null;
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
      const now = look.value;
      if (!shown || !tree_model || !now?.select || tree_model.root_id !== now.root) return;
      const node = selected_node(tree_model, now.select);
      if (node === undefined || shown.visible_of[node] !== NONE) return;
      const keys = new Set([...now.open, ...folds_hiding(tree_model, shown, node)]);
      if (keys.size > now.open.length) batch(() => adjust({ open: [...keys].sort((a, b) => a - b) }));
    });
  }

  return {
    model,
    visible,
    grouped,
    picture,
    can_fold,
    selected,
    screen,
    camera,
    hover,
    pan,
    zoom,
    centre_on,
    fit,
    select,
    select_anon_vma,
    bring_into_view,
    set_open,
    set_grouped,
    step,
    enter,
    current_transform,
    start,
  };
}

export type TreeWindow<Nodes extends TreeNodes = TreeNodes> = ReturnType<typeof make_tree_window<Nodes>>;
