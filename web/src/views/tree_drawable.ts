/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture of a tree in its window: what it draws, what lies under the pointer, and its keys. */
import type { Drawable, Point, Tip } from "../draw/drawable";
import { hit } from "../draw/hit";
import type { Scene } from "../draw/level";
import { draw_tree } from "../draw/scene";
import { NONE, type TreeNodes } from "../model/tree";
import { fold_at, type Fold } from "../model/visible";
import type { Direction, TreeWindow } from "../state/tree_window";
import { visible_label } from "../text/labels";
import { zoom_keys } from "./zoom";

const KEY_PAN_PX = 80;

export interface TreeDrawableOptions<Nodes extends TreeNodes> {
  tip: (model: Nodes, node: number) => string[];
  fold_tip: (fold: Fold) => string[];
  /** Index of the missed group that is selected, or NONE. */
  selected_group?: () => number;
  step?: (direction: Direction) => void;
}

/** What `find` (of draw/hit.ts) finds at a point of the window. */
export function find_under<Nodes extends TreeNodes>(
  { model, picture, current_transform }: TreeWindow<Nodes>,
  { x, y }: Point,
  find: typeof hit,
): number {
  const tree = model.peek();
  const drawn = picture.peek();
  const transform = current_transform();
  return tree && drawn && transform ? find({ model: tree, picture: drawn, transform }, x, y) : NONE;
}

export function make_tree_drawable<Nodes extends TreeNodes>(
  shown_in: TreeWindow<Nodes>,
  options: TreeDrawableOptions<Nodes>,
) {
  const { model, picture, screen, camera, hover, selected, visible, zoom, pan } = shown_in;
  const step = options.step ?? shown_in.step;

  function scene(): (Scene & { model: Nodes }) | null {
    const tree = model.value;
    const drawn = picture.value;
    /* What the transform follows. */
    void [camera.value, screen.value];
    const transform = shown_in.current_transform();
    if (!tree || !drawn || !transform) return null;
    return {
      model: tree,
      picture: drawn,
      transform,
      screen: screen.value,
      selected: selected.value,
      hover: hover.value,
      selected_group: options.selected_group?.() ?? NONE,
    };
  }

  function tip(): Tip | null {
    const v = hover.value;
    const now = scene();
    if (v === NONE || !now || v >= now.picture.visible.count) return null;
    const { model: tree, transform: t } = now;
    const shown = now.picture.visible;
    const fold = fold_at(shown, v);
    return {
      x: now.picture.column[shown.depth[v]] * t.scale_x + t.offset_x,
      y: now.picture.y[v] * t.scale_y + t.offset_y,
      title: visible_label(tree, shown, v).owner,
      lines: fold ? options.fold_tip(fold) : options.tip(tree, shown.source[v]),
    };
  }

  return {
    screen,
    draw(list) {
      const now = scene();
      if (now) draw_tree(list, now);
      return now !== null;
    },
    hover(at) {
      hover.value = at ? find_under(shown_in, at, hit) : NONE;
      return hover.value !== NONE;
    },
    click: (at) => shown_in.select(find_under(shown_in, at, hit), false),
    double_click(at) {
      const v = find_under(shown_in, at, hit);
      const shown = visible.peek();
      const fold = shown && v !== NONE ? fold_at(shown, v) : null;
      if (fold) shown_in.set_open(fold.key, true);
    },
    pan,
    zoom: (factor, { x, y }) => zoom(factor, x, y),
    tip,
    keys: {
      ...zoom_keys(shown_in),
      ArrowLeft: () => step("parent"),
      ArrowRight: () => step("child"),
      ArrowUp: () => step("previous"),
      ArrowDown: () => step("next"),
      "Shift+ArrowLeft": () => pan(KEY_PAN_PX, 0),
      "Shift+ArrowRight": () => pan(-KEY_PAN_PX, 0),
      "Shift+ArrowUp": () => pan(0, KEY_PAN_PX),
      "Shift+ArrowDown": () => pan(0, -KEY_PAN_PX),
    },
  } satisfies Drawable;
}
