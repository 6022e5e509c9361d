/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NONE, type TreeModel } from "../src/model/tree";
import {
  build_visible,
  fold_at,
  FOLD_FROM_NODES,
  folds_hiding,
  type VisibleTree,
} from "../src/model/visible";
import { neighbour_check } from "./visible_check";
import { fold_name, visible_label } from "../src/text/labels";
import { type Spec, build_tree, fork_split, make_document } from "./documents";

const all = { grouped: true, open: new Set<number>() };

/** A server with `workers` children of three anon_vmas each, and one process of another name. */
function server(workers: number): TreeModel {
  const specs: Spec[] = [{ id: 1, pid: 10 }];
  for (let i = 0; i < workers; i++)
    for (let k = 0; k < 3; k++) specs.push({ id: 100 + i * 3 + k, parent: 1, pid: 100 + i });
  specs.push({ id: 50, parent: 1, pid: 50 });
  specs.push({ id: 60, parent: 101, pid: 60 });
  return build_tree(make_document(specs, { 50: "logger", 60: "helper" }));
}

test("a small tree is drawn whole", () => {
  const model = build_tree(fork_split());
  const visible = build_visible(model, all);
  assert.equal(visible.count, model.count);
  assert.equal(visible.folds.length, 0);
  neighbour_check(visible);
});

test("a large one folds siblings of one name, but for a sample of whole address spaces", () => {
  const model = server(60);
  assert.ok(model.count > FOLD_FROM_NODES);
  const visible = build_visible(model, all);
  neighbour_check(visible);
  /* Of the workers 13 with 40 nodes: one of them has the helper below it. */
  assert.equal(visible.count, 1 + 1 + 40 + 1);
  const fold = fold_at(visible, 2 + 39);
  assert.equal(fold?.name, "postgres");
  assert.equal(fold?.more, true);
  assert.equal(fold?.members.length, 180 - 39);
  assert.equal(fold?.processes, 60 - 13);
  assert.equal(fold?.nodes, 180 - 39);
  assert.equal(fold?.missed, 120 - 26);
  assert.equal(fold?.key, 100);
});

test("a fold counts processes, or says that it counts anon_vmas", () => {
  const owned = server(60);
  const workers = build_visible(owned, all);
  assert.deepEqual(visible_label(owned, workers, 2 + 39), {
    owner: "postgres × 47 more",
    detail: "· 141 anon_vmas",
  });
  const specs: Spec[] = [{ id: 1, pid: 10 }];
  for (let i = 0; i < 200; i++) {
    specs.push({ id: 100 + i, parent: 1 });
    specs.push({ id: 500 + i, parent: 100 + i, pid: 500 + i });
  }
  const model = build_tree(make_document(specs));
  const idle = build_visible(model, all);
  assert.equal(fold_name(idle.folds[0]), `${idle.folds[0].members.length} more idle anon_vmas`);
  const label = visible_label(model, idle, idle.source.indexOf(-1));
  assert.equal(`${label.owner} ${label.detail.split(" · ")[0]}`, fold_name(idle.folds[0]));
});

test("one address space may be the sample when it is not too large, and then it is the only one", () => {
  const sampled = (anon_vmas: number) => {
    const specs: Spec[] = [{ id: 1, pid: 10 }];
    for (let i = 0; i < 4; i++)
      for (let k = 0; k < anon_vmas; k++) specs.push({ id: 1000 * (i + 1) + k, parent: 1, pid: 100 + i });
    return build_visible(build_tree(make_document(specs)), all).count - 2;
  };
  assert.equal(sampled(100), 100);
  assert.equal(sampled(1000), 0);
});

test("what is below a sampled address space is drawn, however many of one name there are", () => {
  const specs: Spec[] = [{ id: 1, pid: 10 }];
  const names: Record<number, string> = {};
  for (let i = 1; i <= 50; i++) {
    specs.push({ id: 100 * i, parent: 1, pid: 100 * i });
    for (let k = 1; k <= 8; k++) {
      specs.push({ id: 100 * i + k, parent: 100 * i, pid: 100 * i + k });
      names[100 * i + k] = "helper";
    }
  }
  const visible = build_visible(build_tree(make_document(specs, names)), all);
  neighbour_check(visible);
  assert.deepEqual(
    visible.folds.map(({ members, nodes }) => [members.length, nodes]),
    [[46, 46 * 9]],
  );
  assert.equal(visible.count, 1 + 4 * 9 + 1);
});

test("switched off, nothing folds", () => {
  const model = server(60);
  assert.equal(build_visible(model, { ...all, grouped: false }).count, model.count);
});

test("an opened fold shows its members", () => {
  const model = server(60);
  const visible = build_visible(model, { grouped: true, open: new Set([100]) });
  assert.equal(visible.count, model.count);
  neighbour_check(visible);
});

test("a node knows which folds hide it", () => {
  const model = server(60);
  const visible = build_visible(model, all);
  const last = model.index_of.get(279) as number;
  assert.equal(visible.visible_of[last], NONE);
  assert.deepEqual(folds_hiding(model, visible, last), [100]);
  const first = model.index_of.get(100) as number;
  assert.deepEqual(folds_hiding(model, visible, first), []);
  const logger = model.index_of.get(50) as number;
  assert.deepEqual(folds_hiding(model, visible, logger), []);
});

test("levels and visible numbers agree", () => {
  const visible: VisibleTree = build_visible(build_tree(fork_split()), all);
  assert.deepEqual([...visible.level_start], [0, 1, 8, 9]);
});
