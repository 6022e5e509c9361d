/* SPDX-License-Identifier: GPL-2.0-only */
import { signal } from "@preact/signals";
import assert from "node:assert/strict";
import { test } from "node:test";
import { NONE } from "../src/model/tree";
import { select_in_tree, type Selection } from "../src/state/route";
import { make_tree_window } from "../src/state/tree_window";
import { build_tree, make_document, type Spec } from "./documents";

const SIZE = { width: 900, height: 720 };

/** A server with so many workers of three anon_vmas each, looked at in a window. */
function window_on(workers: number, select: Selection | null = null) {
  const specs: Spec[] = [{ id: 1, pid: 10 }];
  for (let i = 0; i < workers; i++)
    for (let k = 0; k < 3; k++) specs.push({ id: 100 + i * 3 + k, parent: 1, pid: 100 + i });
  const model = signal(build_tree(make_document(specs)));
  const look = signal(select_in_tree(1, select));
  const shown = make_tree_window({
    look,
    model,
    adjust: (change) => (look.value = { ...look.value, ...change }),
  });
  shown.screen.value = SIZE;
  return { shown, look };
}

/** Where a node is in the window, and whether its label can be read. */
function place(shown: ReturnType<typeof window_on>["shown"], v: number) {
  const picture = shown.picture.value;
  const at = shown.current_transform();
  assert.ok(picture && at && v !== NONE);
  const legible = at.scale_x >= 0.6 && at.scale_y >= 0.6;
  const x = picture.column[picture.visible.depth[v]] * at.scale_x + at.offset_x;
  const y = picture.y[v] * at.scale_y + at.offset_y;
  return { legible, inside: x > 0 && x < SIZE.width && y > 0 && y < SIZE.height, scale: at.scale_y };
}

test("a fold that opens shows its first new member at the scale of before", () => {
  const { shown, look } = window_on(100);
  const { key, members } = shown.visible.value!.folds[0];
  const before = place(shown, 0);
  shown.set_open(key, true);
  const id = shown.model.value!.id[members[0]];
  assert.notEqual(id, key);
  assert.deepEqual(look.value.select, { what: "anon_vma", id });
  const after = place(shown, shown.selected.value);
  assert.ok(before.legible && after.legible && after.inside);
  assert.ok(Math.abs(after.scale - before.scale) < 0.5 * before.scale);

  shown.fit();
  const { camera, picture } = shown;
  assert.equal(camera.value, null);
  assert.ok(place(shown, 0).inside && place(shown, picture.value!.visible.count - 1).inside);
  assert.ok(!place(shown, 0).legible);

  shown.set_open(key, false);
  assert.deepEqual(look.value.select, { what: "fold", id: key });
  assert.ok(place(shown, shown.selected.value).legible);
});

test("where all of it can be read, everything still fits", () => {
  const { shown } = window_on(100);
  shown.screen.value = { width: 900, height: 8000 };
  shown.set_open(shown.visible.value!.folds[0].key, true);
  assert.equal(shown.camera.value, null);
});

test("without folding the first node that was folded is shown, or what is selected", () => {
  for (const select of [null, { what: "fold", id: 100 }, { what: "anon_vma", id: 390 }] as const) {
    const { shown, look } = window_on(100, select);
    const first = shown.model.value!.id[shown.visible.value!.folds[0].members[0]];
    shown.set_grouped(false);
    assert.deepEqual(look.value.select, { what: "anon_vma", id: select?.what === "anon_vma" ? 390 : first });
    const { legible, inside } = place(shown, shown.selected.value);
    assert.ok(legible && inside);

    shown.set_grouped(true);
    assert.equal(shown.camera.value, null);
    assert.ok(place(shown, 0).legible);
  }
});
