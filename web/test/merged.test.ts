/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fit_camera, transform_of } from "../src/draw/camera";
import type { Size } from "../src/layout/size";
import { DrawList, Ink, Mark } from "../src/draw/list";
import { draw_tree } from "../src/draw/scene";
import { make_picture } from "../src/layout/picture";
import { row_at } from "../src/model/columns";
import { merge_missed, rmap_of } from "../src/model/merged";
import { linked_vmas, NONE, type TreeModel } from "../src/model/tree";
import { build_visible } from "../src/model/visible";
import { type Spec, build_tree, fork_split, make_document, random_from } from "./documents";
import { golden } from "./golden";

const SIZES = { page_size: 4096, anon_vma_bytes: 104, avc_bytes: 64 };
const screen: Size = { width: 900, height: 500 };

function node(model: TreeModel, id: number): number {
  return model.index_of.get(id) as number;
}

test("each missed group becomes one node with the VMAs and counters of all", () => {
  const before = build_tree(fork_split());
  const after = merge_missed(before, SIZES);
  assert.equal(before.count, 9);
  assert.equal(after.count, 5);
  const one = node(after, 10);
  assert.equal(node(after, 11), one);
  assert.equal(node(after, 12), one);
  assert.notEqual(node(after, 20), one);
  assert.equal(after.id[one], 10);
  assert.equal(after.num_active[one], 3);
  assert.equal(after.linked[one], 3);
  assert.equal(linked_vmas(after, one).length, 3);
  assert.equal(after.num_children[after.root], before.num_children[before.root] - 4);
  assert.equal(after.refcount[after.root], before.refcount[before.root] - 4);
  assert.deepEqual([...after.missed], [NONE, NONE, NONE, NONE, NONE]);
  assert.equal(before.groups[after.stands_for?.[one] ?? NONE].anon_vmas.length, 3);
  assert.equal(after.stands_for?.[node(after, 30)], NONE);
  const { anon_vmas, avcs, tree_bytes, missed_reuse } = after.summary;
  assert.deepEqual([anon_vmas, avcs, missed_reuse], [5, before.summary.avcs, 0]);
  assert.equal(tree_bytes, before.summary.tree_bytes - 4 * 104);
});

test("children of merged nodes hang on the one, and a chain through several counts once", () => {
  const document = make_document([
    { id: 1, pid: 1 },
    { id: 10, parent: 1, pid: 2 },
    { id: 11, parent: 1, pid: 2 },
    { id: 20, parent: 10, pid: 3 },
    { id: 21, parent: 11, pid: 4 },
  ]);
  document.vmas[3].chain = [20, 10, 11, 1];
  const before = build_tree(document);
  const after = merge_missed(before, SIZES);
  assert.equal(after.count, 4);
  const one = node(after, 10);
  assert.equal(after.parent[node(after, 20)], one);
  assert.equal(after.parent[node(after, 21)], one);
  assert.equal(after.children[one], 2);
  assert.equal(after.summary.avcs, before.summary.avcs - 1);
  assert.deepEqual(after.vmas.chain[after.vmas.anon_vma.indexOf(20)], [20, 10, 1]);
  assert.deepEqual(document.vmas[3].chain, [20, 10, 11, 1], "the tree as it is stays as it is");
});

test("copies of what became one are one as well, down the tree", () => {
  const before = build_tree(
    make_document([
      { id: 1, pid: 1 },
      { id: 10, parent: 1, pid: 2 },
      { id: 11, parent: 1, pid: 2 },
      { id: 20, parent: 10, pid: 3 },
      { id: 21, parent: 11, pid: 3 },
      { id: 22, parent: 11, pid: 4 },
      { id: 30, parent: 20, pid: 5 },
      { id: 31, parent: 21, pid: 5 },
    ]),
  );
  const after = merge_missed(before, SIZES);
  assert.deepEqual([...after.id].sort(), [1, 10, 20, 22, 30]);
  assert.equal(before.groups.length, 1);
  assert.equal(after.groups.length, 3);
  const group = after.groups[after.stands_for?.[node(after, 31)] ?? NONE];
  assert.deepEqual([group.mm_id, group.parent, group.anon_vmas, group.missed_reuse], [1005, 20, [30, 31], 1]);
  assert.equal(after.parent[node(after, 22)], node(after, 10));
  assert.equal(after.summary.anon_vmas, 5);
});

test("an idle parent whose children become one can be reused", () => {
  const before = build_tree(
    make_document([
      { id: 1, pid: 1 },
      { id: 10, parent: 1 },
      { id: 20, parent: 10, pid: 3 },
      { id: 21, parent: 10, pid: 3 },
    ]),
  );
  assert.equal(before.reusable[node(before, 10)], 0);
  const after = merge_missed(before, SIZES);
  assert.equal(after.reusable[node(after, 10)], 1);
  assert.equal(after.summary.reusable_anon_vmas, 1);
});

test("rmap visits: as many as VMAs cover the page, weighed by pages", () => {
  const document = make_document([
    { id: 1, pid: 1 },
    { id: 10, parent: 1, pid: 2 },
    { id: 11, parent: 1, pid: 2 },
  ]);
  const place = (i: number, pgoff: number, pages: number) => {
    document.vmas[i].vm_pgoff = `0x${pgoff.toString(16)}`;
    document.vmas[i].vm_start = `0x${(0x1000 * 100 * (i + 1)).toString(16)}`;
    document.vmas[i].vm_end = `0x${(0x1000 * (100 * (i + 1) + pages)).toString(16)}`;
  };
  place(0, 0, 8);
  place(1, 4, 8);
  place(2, 20, 4);
  const tree = build_tree(document);
  /* Pages 0-3 and 8-11 and 20-23 are covered once, 4-7 twice. */
  const root = rmap_of(tree, tree.root, 4096);
  assert.deepEqual([root.max_visits, root.covered_pages, root.covered_mean_visits], [2, 16, 20 / 16]);
  /* The root's own VMA would write pages 0-7. */
  assert.deepEqual([root.written_pages, root.written_mean_visits], [8, 12 / 8]);
  const after = merge_missed(tree, SIZES);
  const one = row_at(after.rmap, node(after, 10));
  assert.deepEqual([one.max_visits, one.covered_pages, one.covered_mean_visits], [1, 12, 1]);
});

test("merging any tree leaves a tree, and loses no active VMA", () => {
  const random = random_from(7);
  for (let turn = 0; turn < 50; turn++) {
    const specs: Spec[] = [{ id: 1, pid: 1 }];
    for (let id = 2; id < 40; id++)
      specs.push({ id, parent: 1 + Math.floor(random() * (id - 1)), pid: 1 + Math.floor(random() * 4) });
    const before = build_tree(make_document(specs));
    const after = merge_missed(before, SIZES);
    const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
    assert.ok(after.count <= before.count - before.summary.missed_reuse);
    const copies = new Set(Array.from(after.id, (_, i) => `${after.parent[i]} ${after.owner[i]}`));
    assert.equal(copies.size, after.count, "no mm has two anon_vmas under one parent any more");
    assert.equal(sum(after.num_active), sum(before.num_active));
    assert.equal(sum(after.num_children), after.count, "each has one parent, the root itself");
    assert.equal(after.subtree_nodes[after.root], after.count);
    for (let i = 0; i < after.count; i++) assert.ok(after.parent[i] !== i);
  }
});

test("golden: the merged picture", () => {
  const model = merge_missed(build_tree(fork_split()), SIZES);
  const picture = make_picture(model, build_visible(model, { grouped: true, open: new Set() }));
  const transform = transform_of(fit_camera(picture, screen), picture, screen);
  const list = new DrawList();
  draw_tree(list, { model, picture, transform, screen, selected: NONE, hover: NONE, selected_group: NONE });
  const marks = [...list.mark.subarray(0, list.length)];
  assert.equal(marks.filter((mark) => mark === Mark.Hatch).length, 0, "nothing is missed");
  assert.equal(marks.filter((mark, i) => mark === Mark.Outline && list.ink[i] === Ink.Active).length, 2);
  golden("merged", list.describe());
});
