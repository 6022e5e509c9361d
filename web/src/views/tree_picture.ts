/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree view's picture: what it draws, what lies under the pointer, and its keys. */
import type { Drawable, Point, Tip } from "../draw/drawable";
import { hit, hit_group } from "../draw/hit";
import { draw_tree, type Scene } from "../draw/scene";
import { NONE } from "../model/tree";
import { fold_at } from "../model/visible";
import {
  camera,
  current_transform,
  fit,
  hover,
  merged,
  model,
  pan,
  picture,
  screen,
  select,
  select_group,
  selected,
  selected_group,
  set_merged,
  set_open,
  step,
  visible,
  zoom,
} from "../state/tree_state";
import { visible_label } from "../text/labels";
import { fold_tip, node_tip } from "../text/tips";

function scene(): Scene | null {
  const tree = model.value;
  const drawn = picture.value;
  /* What the transform follows. */
  void [camera.value, screen.value];
  const transform = current_transform();
  if (!tree || !drawn || !transform) return null;
  return {
    model: tree,
    picture: drawn,
    transform,
    screen: screen.value,
    selected: selected.value,
    hover: hover.value,
    selected_group: selected_group.value,
  };
}

/** What `find` (of draw/hit.ts) finds at a point. */
function under({ x, y }: Point, find: typeof hit): number {
  const tree = model.peek();
  const drawn = picture.peek();
  const transform = current_transform();
  return tree && drawn && transform ? find({ model: tree, picture: drawn, transform }, x, y) : NONE;
}

function tip(): Tip | null {
  const v = hover.value;
  const now = scene();
  if (v === NONE || !now || v >= now.picture.visible.count) return null;
  const { model: tree, transform: t } = now;
  const shown = now.picture.visible;
  const fold = fold_at(shown, v);
  const node = shown.source[v];
  return {
    x: now.picture.column[shown.depth[v]] * t.scale_x + t.offset_x,
    y: now.picture.y[v] * t.scale_y + t.offset_y,
    title: visible_label(tree, shown, v).owner,
    lines: fold ? fold_tip(fold) : node_tip(tree, node),
  };
}

const KEY_ZOOM = 1.4;
const KEY_PAN_PX = 80;

export const tree_picture: Drawable = {
  screen,
  draw(list) {
    const now = scene();
    if (now) draw_tree(list, now);
    return now !== null;
  },
  hover(at) {
    hover.value = at ? under(at, hit) : NONE;
    return hover.value !== NONE || (at !== null && under(at, hit_group) !== NONE);
  },
  click(at) {
    const node = under(at, hit);
    const group = node === NONE ? under(at, hit_group) : NONE;
    if (group === NONE) select(node, false);
    else select_group(group, false);
  },
  double_click(at) {
    const v = under(at, hit);
    const shown = visible.peek();
    const fold = shown && v !== NONE ? fold_at(shown, v) : null;
    if (fold) set_open(fold.key, true);
  },
  pan,
  zoom: (factor, { x, y }) => zoom(factor, x, y),
  tip,
  keys: {
    "0": fit,
    "+": () => zoom(KEY_ZOOM),
    "=": () => zoom(KEY_ZOOM),
    "-": () => zoom(1 / KEY_ZOOM),
    m: () => set_merged(!merged.peek()),
    ArrowLeft: () => step("parent"),
    ArrowRight: () => step("child"),
    ArrowUp: () => step("previous"),
    ArrowDown: () => step("next"),
    "Shift+ArrowLeft": () => pan(KEY_PAN_PX, 0),
    "Shift+ArrowRight": () => pan(-KEY_PAN_PX, 0),
    "Shift+ArrowUp": () => pan(0, KEY_PAN_PX),
    "Shift+ArrowDown": () => pan(0, -KEY_PAN_PX),
  },
};
