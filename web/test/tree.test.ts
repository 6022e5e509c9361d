/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Kind, linked_vmas, ModelError, NONE, owner_process } from "../src/model/tree";
import { build_tree, fork_split, make_document } from "./documents";

test("counters, kinds and owners come through", () => {
  const model = build_tree(fork_split());
  const at = (id: number) => model.index_of.get(id) as number;
  assert.equal(model.count, 9);
  assert.equal(model.root, at(3));
  assert.equal(model.kind[at(3)], Kind.Root);
  assert.equal(model.kind[at(10)], Kind.Active);
  assert.equal(model.kind[at(30)], Kind.Idle);
  assert.equal(model.num_children[at(3)], 8);
  assert.equal(model.children[at(3)], 7);
  assert.equal(model.refcount[at(3)], 9);
  assert.equal(owner_process(model, at(21))?.pid, 102);
  assert.equal(owner_process(model, at(30)), null);
  assert.equal(model.depth[at(31)], 2);
  assert.equal(model.subtree_nodes[at(3)], 9);
  assert.equal(model.subtree_missed[at(3)], 4);
});

test("a root without an active VMA is idle", () => {
  const model = build_tree(make_document([{ id: 1 }, { id: 2, parent: 1, pid: 7 }]));
  assert.equal(model.kind[model.root], Kind.IdleRoot);
});

test("siblings of one mm are neighbours, idle ones last", () => {
  const model = build_tree(fork_split());
  const order: number[] = [];
  for (let c = model.first_child[model.root]; c !== NONE; c = model.next_sibling[c]) order.push(model.id[c]);
  assert.deepEqual(order, [10, 11, 12, 20, 21, 22, 30]);
});

test("linked VMAs are those with the anon_vma in their chain", () => {
  const model = build_tree(fork_split());
  const at = (id: number) => model.index_of.get(id) as number;
  assert.equal(linked_vmas(model, at(3)).length, 8);
  assert.deepEqual(
    linked_vmas(model, at(30)).map((v) => v.anon_vma),
    [31],
  );
  for (let i = 0; i < model.count; i++) assert.equal(linked_vmas(model, i).length, model.linked[i]);
  assert.equal(model.vmas.anon_vma[model.first_active[at(12)]], 12);
  assert.equal(model.first_active[at(30)], NONE);
});

test("an mm without a known process keeps its number", () => {
  const document = fork_split();
  document.processes = document.processes.filter((p) => p.pid !== 101);
  const model = build_tree(document);
  const node = model.index_of.get(10) as number;
  assert.equal(model.owners[model.owner[node]].mm_id, 1101);
  assert.deepEqual(model.owners[model.owner[node]].processes, []);
});

test("a chain that names an anon_vma the tree lacks is no error", () => {
  const document = fork_split();
  document.vmas[0].chain.push(999);
  assert.equal(build_tree(document).count, 9);
});

test("an anon_vma with an unknown parent is shown under the root", () => {
  const document = fork_split();
  document.anon_vmas[8].parent = 12345;
  const model = build_tree(document);
  assert.equal(model.parent[8], model.root);
});

test("documents that are no tree are refused", () => {
  const cycle = fork_split();
  cycle.anon_vmas[7].parent = 31;
  assert.throws(() => build_tree(cycle), ModelError);
  const twice = fork_split();
  twice.anon_vmas[8].id = 3;
  assert.throws(() => build_tree(twice), ModelError);
  const rootless = fork_split();
  rootless.root = 4;
  assert.throws(() => build_tree(rootless), ModelError);
});
