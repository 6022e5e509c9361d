/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiffRow } from "../src/api/types";
import { fit_camera, transform_of } from "../src/draw/camera";
import type { Size } from "../src/layout/size";
import { DrawList, Ink, Mark } from "../src/draw/list";
import { draw_tree } from "../src/draw/scene";
import { svg_text } from "../src/draw/svg";
import { make_picture } from "../src/layout/picture";
import { build_diff_tree, diff_nodes, hidden_changes } from "../src/model/diff_tree";
import { row_key, row_place, with_size } from "../src/model/diff_rows";
import { label_of, read_revision } from "../src/model/revision";
import { Change, NONE, type TreeNodes } from "../src/model/tree";
import { build_visible, folds_hiding } from "../src/model/visible";
import { change_text, row_change, row_name, value_text } from "../src/text/diff_rows";
import { diff_document, five_states, type DiffSpec } from "./diff_documents";
import { golden } from "./golden";

const screen: Size = { width: 900, height: 400 };

function draw(model: TreeNodes, size = screen, selected_id: number | null = null): DrawList {
  const visible = build_visible(model, { grouped: true, open: new Set() });
  const picture = make_picture(model, visible);
  const transform = transform_of(fit_camera(picture, size), picture, size);
  const list = new DrawList();
  const node = selected_id === null ? undefined : model.index_of.get(selected_id);
  const selected = node === undefined ? NONE : visible.visible_of[node];
  draw_tree(list, { model, picture, transform, screen: size, selected, hover: NONE, selected_group: NONE });
  return list;
}

function count_of(list: DrawList, mark: Mark, ink: Ink): number {
  let found = 0;
  for (let i = 0; i < list.length; i++) if (list.mark[i] === mark && list.ink[i] === ink) found++;
  return found;
}

test("golden: five states, each by its shape and its colour", () => {
  const list = draw(diff_nodes(build_diff_tree(five_states()), 1), screen, 11);
  assert.equal(count_of(list, Mark.Plus, Ink.Added), 1);
  assert.equal(count_of(list, Mark.Cross, Ink.Removed), 1);
  assert.equal(count_of(list, Mark.Up, Ink.Grown), 2, "the root and #11");
  assert.equal(count_of(list, Mark.Down, Ink.Shrunk), 1);
  assert.equal(count_of(list, Mark.Disc, Ink.Same), 2);
  golden("diff", list.describe());
});

test("golden: the same in a narrow window", () => {
  golden(
    "diff_narrow",
    draw(diff_nodes(build_diff_tree(five_states()), 1), { width: 360, height: 150 }).describe(),
  );
});

/** 60 workers with three each; 20 came, 10 went, and one of those that stayed has a new child. */
function server(): DiffSpec[] {
  const specs: DiffSpec[] = [{ id: 1, before: [3, 3, 120, 10], after: [3, 3, 150, 10] }];
  for (let i = 0; i < 60; i++)
    for (let k = 0; k < 3; k++) {
      const side: [number, number, number, number] = [1, 1, 0, 100 + i];
      specs.push({
        id: 100 + i * 3 + k,
        parent: 1,
        before: i < 40 ? side : undefined,
        after: i >= 10 ? side : undefined,
      });
    }
  specs.push({ id: 900, parent: 160, after: [1, 1, 0, 500] });
  return specs;
}

test("golden: a folded server, each group gone one way", () => {
  const model = diff_nodes(build_diff_tree(diff_document(server(), { 500: "psql" })), 1);
  const visible = build_visible(model, { grouped: true, open: new Set() });
  const groups = visible.folds.map(({ change, members, below }) => [change, members.length, below]);
  assert.deepEqual(groups, [
    [Change.Same, 89, 0],
    [Change.Added, 60, 0],
  ]);
  /* For what was removed there is room. */
  for (let i = 0; i < 30; i++)
    assert.notEqual(visible.visible_of[model.index_of.get(100 + i) as number], NONE);
  /* The one with a change below it is not among those that are the same. */
  assert.notEqual(visible.visible_of[model.index_of.get(160) as number], NONE);
  assert.notEqual(visible.visible_of[model.index_of.get(900) as number], NONE);
  golden("diff_folded", draw(model).describe());
});

test("what changed inside of a group is said of the group", () => {
  const specs = server();
  for (let i = 10; i < 20; i++) specs.push({ id: 901 + i, parent: 100 + i * 3, after: [1, 1, 0, 500] });
  const model = diff_nodes(build_diff_tree(diff_document(specs)), 1);
  const visible = build_visible(model, { grouped: true, open: new Set() });
  const fold = visible.folds.find(({ change, below }) => change === Change.Same && below > 0);
  assert.equal(fold?.members.length, 11);
  assert.equal(fold?.below, 11);
  const hidden = model.index_of.get(915) as number;
  assert.deepEqual(folds_hiding(model, visible, hidden), [fold?.key]);
});

test("golden: 30,000 nodes merge into runs that say how many changed", () => {
  const specs: DiffSpec[] = [{ id: 1, before: [1, 1, 1, 1], after: [1, 1, 1, 1] }];
  for (let i = 0; i < 30_000; i++)
    specs.push({ id: 2 + i, parent: 1, before: i % 3 ? [1, 1, 0] : undefined, after: [1, 1, 0] });
  const model = diff_nodes(build_diff_tree(diff_document(specs)), 1);
  const visible = build_visible(model, { grouped: false, open: new Set() });
  const picture = make_picture(model, visible);
  const transform = transform_of(fit_camera(picture, screen), picture, screen);
  const list = new DrawList();
  draw_tree(list, {
    model,
    picture,
    transform,
    screen,
    selected: NONE,
    hover: NONE,
    selected_group: NONE,
  });
  assert.ok(list.length < 1000, `${list.length} marks`);
  golden("diff_fan", list.describe());
});

test("the threshold makes small changes the same, and counts them", () => {
  const tree = build_diff_tree(five_states());
  /* Root +6, #11 +38, #12 −3, #13 −3, #20 +5. */
  assert.deepEqual([...tree.amount], [6, 0, 38, 3, 3, 5, 0]);
  assert.equal(hidden_changes(tree, 1), 0);
  assert.equal(hidden_changes(tree, 4), 2);
  const { diff } = diff_nodes(tree, 6);
  assert.deepEqual(
    [...(diff?.change ?? [])],
    [Change.Grown, Change.Same, Change.Grown, Change.Same, Change.Same, Change.Same, Change.Same],
  );
  assert.deepEqual([...(diff?.below ?? [])], [1, 0, 0, 0, 0, 0, 0]);
  /* Laid out anew from the same tree: the arrays are not shared. */
  assert.equal(diff_nodes(tree, 1).subtree_nodes[0], 7);
  assert.equal(diff_nodes(tree, 1).subtree_nodes[0], 7);
});

test("what came without a VMA is a change all the same", () => {
  const tree = build_diff_tree(
    diff_document([
      { id: 1, before: [1, 1, 1, 1], after: [1, 1, 2, 1] },
      { id: 2, parent: 1, after: [0, 0, 1] },
    ]),
  );
  assert.deepEqual([...tree.amount], [1, 1]);
});

test("siblings that went the same way are neighbours", () => {
  const model = diff_nodes(build_diff_tree(diff_document(server())), 1);
  const order: number[] = [];
  for (let c = model.first_child[model.root]; c !== NONE; c = model.next_sibling[c])
    order.push(model.diff?.change[c] ?? NONE);
  const runs = order.filter((change, i) => i === 0 || order[i - 1] !== change);
  assert.deepEqual(runs, [Change.Same, Change.Added, Change.Removed]);
  assert.equal(order.length, 180);
});

test("a deep chain of changes neither recurses nor is quadratic", () => {
  const specs: DiffSpec[] = [{ id: 1, before: [1, 1, 1, 1], after: [1, 1, 1, 1] }];
  for (let i = 2; i <= 50_000; i++) specs.push({ id: i, parent: i - 1, after: [1, 0, 1] });
  const model = diff_nodes(build_diff_tree(diff_document(specs)), 1);
  assert.equal(model.diff?.below[0], 49_999);
  assert.equal(model.depth[49_999], 49_999);
});

test("the marks of a diff are shapes in an SVG, too", () => {
  const list = draw(diff_nodes(build_diff_tree(five_states()), 1));
  const theme = {
    colour: Array.from({ length: 64 }, (_, i) => `#${String(i).padStart(6, "0")}`),
    background: "#fff",
    font: "mono",
  };
  const svg = svg_text(list, theme, screen, "diff");
  const paths = (ink: Ink) =>
    new RegExp(`<g fill="${theme.colour[ink]}"[^>]*><path d="M[-0-9. L]+Z"/>`).test(svg);
  for (const ink of [Ink.Added, Ink.Removed, Ink.Grown, Ink.Shrunk]) assert.ok(paths(ink), `ink ${ink}`);
});

const vma = (vm_start: string, vm_end: string) => ({
  vm_start,
  vm_end,
  permissions: "rw-p",
  anon_vma: 17,
  root: 3,
  chain_length: 2,
  chain: [17, 3],
});

const split: DiffRow = {
  state: "changed",
  change: 0,
  mm_id: 6,
  pid: 147,
  comm: "worker\n",
  before: vma("0x7f0000000000", "0x7f0000008000"),
  after: vma("0x7f0000000000", "0x7f0000001000"),
  changed_fields: ["vm_end"],
};

test("a row says what changed, with units", () => {
  assert.equal(change_text("vmas", split), "size 32 KiB → 4 KiB · vm_end 7f0000008000 → 7f0000001000");
  assert.equal(row_name("vmas", split), "worker\ufffd 147 7f0000000000-7f0000001000");
  assert.equal(row_change("vmas", split), "±0");
  assert.deepEqual(with_size(split).changed_fields, ["size_bytes", "vm_end"]);
  const added: DiffRow = { ...split, state: "added", change: 2, before: null, changed_fields: null };
  assert.equal(change_text("vmas", added), "4 KiB rw-p · on #17 · chain #17 #3");
  assert.equal(row_change("vmas", added), "+2 AVCs");
  const process: DiffRow = {
    state: "grown",
    change: 232,
    process_id: 7,
    pid: 100,
    comm: "postgres",
    before: { vmas: 3, avcs: 3, object_bytes: 872, max_chain: 1, exe: null },
    after: { vmas: 5, avcs: 7, object_bytes: 1104, max_chain: 2, exe: "/usr/bin/postgres" },
    changed_fields: ["object_bytes", "vmas", "avcs", "max_chain", "exe"],
  };
  assert.equal(
    change_text("processes", process),
    "VMAs 3 → 5 · AVCs 3 → 7 · longest chain 1 → 2 AVCs · executable none → /usr/bin/postgres",
  );
  const implied = { ...process, changed_fields: ["object_bytes"] };
  assert.equal(change_text("processes", implied), "objects 872 B → 1.08 KiB", "where there is no other");
  assert.equal(
    change_text("trees", {
      ...implied,
      root: 3,
      before: { tree_bytes: 872 },
      after: { tree_bytes: 1104 },
      changed_fields: ["tree_bytes"],
    }),
    "rmap objects 872 B → 1.08 KiB",
    "a tree has no VMAs",
  );
  assert.equal(row_change("processes", process), "+232 B");
});

test("a finding beyond a threshold no more is nothing freed", () => {
  const thresholds = { deep_chain: 8, wide_rmap: 64, wide_lock: 64 };
  const gone: DiffRow = {
    state: "removed",
    change: -50192,
    id: 9,
    kind: "wide_lock",
    before: { bytes: 50192 },
    after: null,
    changed_fields: null,
  };
  const text = (row: Partial<DiffRow>) => row_change("findings", { ...gone, ...row }, thresholds);
  assert.equal(text({}), "now below 64");
  assert.equal(text({ kind: "deep_chain", before: null, after: { bytes: 64 } }), "now from 9");
  assert.equal(text({ kind: "idle_anon_vma" }), "−49.0 KiB");
  assert.equal(text({ state: "grown", change: 64, after: { bytes: 50256 } }), "+64 B");
});

test("values of every kind are text", () => {
  assert.equal(value_text("torn", true), "yes");
  assert.equal(value_text("chain", []), "none");
  assert.equal(value_text("details", { blocked_merges: 2, moved: 0 }), "blocked merges 2, moved 0");
  assert.equal(value_text("parent", 3), "#3");
  assert.equal(value_text("vm_start", "0x400000"), "00400000");
  assert.equal(value_text("comm", "a\u202eb"), "a\ufffdb");
});

test("a row leads to its place in a tree, and has a name of its own", () => {
  assert.deepEqual(row_place("vmas", split), { root: 3, anon_vma: 17 });
  assert.equal(row_key("vmas", split), "6-7f0000000000");
  const node: DiffRow = { ...split, id: 17, root: 3 };
  assert.deepEqual(row_place("anon_vmas", node), { root: 3, anon_vma: 17 });
  assert.deepEqual(row_place("trees", node), { root: 3, anon_vma: null });
  assert.equal(row_place("processes", node), null);
  assert.equal(row_place("vmas", { ...split, after: { ...split.after, root: null } }), null);
});

test("a snapshot can be written as an id, a label or a time", () => {
  assert.equal(read_revision(" #12 "), 12);
  assert.equal(read_revision("12"), 12);
  assert.equal(read_revision("latest~2"), "latest~2");
  assert.equal(read_revision("before the patch"), "label:before the patch");
  assert.equal(read_revision("label:7"), "label:7");
  assert.equal(read_revision("2026-11-21T02:33:18Z"), "2026-11-21T02:33:18Z");
  assert.equal(read_revision("  "), null);
  /* A minute is all of it. */
  assert.equal(read_revision("2026-11-21 02:33"), new Date(2026, 10, 21, 2, 33, 59, 999).toISOString());
  assert.equal(read_revision("2026-11-21 02:33:18"), new Date(2026, 10, 21, 2, 33, 18, 999).toISOString());
  assert.equal(label_of("label:a:b"), "a:b");
  assert.equal(label_of(7), null);
});
