/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree view's picture: beside nodes, missed groups can be pointed at and selected. */
import type { Drawable } from "../draw/drawable";
import { hit, hit_group } from "../draw/hit";
import { NONE } from "../model/tree";
import { merged, select_group, selected_group, set_merged, step, tree_window } from "../state/tree_state";
import { fold_tip, node_tip } from "../text/tips";
import { find_under, make_tree_drawable } from "./tree_drawable";

const nodes = make_tree_drawable(tree_window, {
  tip: node_tip,
  fold_tip,
  selected_group: () => selected_group.value,
  step,
});

export const tree_picture: Drawable = {
  ...nodes,
  hover: (at) => nodes.hover(at) || (at !== null && find_under(tree_window, at, hit_group) !== NONE),
  click(at) {
    const group = find_under(tree_window, at, hit) === NONE ? find_under(tree_window, at, hit_group) : NONE;
    if (group === NONE) nodes.click(at);
    else select_group(group, false);
  },
  keys: { ...nodes.keys, m: () => set_merged(!merged.peek()) },
};
