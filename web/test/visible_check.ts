/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { NONE } from "../src/model/tree";
import type { VisibleTree } from "../src/model/visible";

/** What drawing relies on: levels in one run each, children of one node too. */
export function neighbour_check(visible: VisibleTree): void {
  for (let v = 0; v < visible.count; v++) {
    const depth = visible.depth[v];
    assert.ok(v >= visible.level_start[depth] && v < visible.level_start[depth + 1]);
    if (v > 0 && depth === visible.depth[v - 1]) assert.ok(visible.parent[v] >= visible.parent[v - 1]);
    let expected = visible.first_child[v];
    for (let c = visible.first_child[v]; c !== NONE; c = visible.next_sibling[c]) {
      assert.equal(c, expected++);
      assert.equal(visible.parent[c], v);
    }
  }
}
