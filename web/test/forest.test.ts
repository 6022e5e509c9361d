/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Executable, TreeRow } from "../src/api/types";
import { draw_forest, patch_name } from "../src/draw/forest";
import type { Size } from "../src/layout/size";
import { DrawList, Ink, Mark } from "../src/draw/list";
import { patch_at, place_forest, type Placed } from "../src/layout/forest_map";
import { neighbour, squarify, type Box } from "../src/layout/treemap";
import { executable_patches, tree_patches, type Measures, type Patch } from "../src/model/forest";
import { NONE } from "../src/model/tree";
import { bytes } from "../src/text/units";
import { golden } from "./golden";

const WINDOW = { x: 0, y: 0, width: 600, height: 400 };

const area_of = (box: Box) => box.width * box.height;

function assert_apart(boxes: Box[]): void {
  const inside = 1e-6;
  for (const a of boxes)
    for (const b of boxes)
      if (
        a !== b &&
        a.x + inside < b.x + b.width &&
        b.x + inside < a.x + a.width &&
        a.y + inside < b.y + b.height &&
        b.y + inside < a.y + a.height
      )
        assert.fail(`${JSON.stringify(a)} and ${JSON.stringify(b)} overlap`);
}

test("areas are proportional, apart and inside", () => {
  const values = [600, 600, 400, 300, 200, 200, 100];
  const boxes = squarify(values, WINDOW);
  const total = values.reduce((sum, value) => sum + value, 0);
  boxes.forEach((box, i) => {
    assert.ok(Math.abs(area_of(box) - (values[i] / total) * area_of(WINDOW)) < 1e-6, `value ${values[i]}`);
    assert.ok(box.x >= 0 && box.x + box.width <= WINDOW.width + 1e-6);
    assert.ok(box.y >= 0 && box.y + box.height <= WINDOW.height + 1e-6);
  });
  assert_apart(boxes);
});

test("the published example gives the published rows", () => {
  /* Bruls et al., figure 5: 6 6 4 3 2 2 1 in 6 by 4. */
  const boxes = squarify([6, 6, 4, 3, 2, 2, 1], { x: 0, y: 0, width: 6, height: 4 });
  const rounded = boxes.map(({ x, y, width, height }) => [x, y, width, height].map((n) => +n.toFixed(3)));
  assert.deepEqual(rounded, [
    [0, 0, 3, 2],
    [0, 2, 3, 2],
    [3, 0, 1.714, 2.333],
    [4.714, 0, 1.286, 2.333],
    [3, 2.333, 1.2, 1.667],
    [4.2, 2.333, 1.2, 1.667],
    [5.4, 2.333, 0.6, 1.667],
  ]);
});

test("equal values are near squares, however many", () => {
  for (const count of [1, 2, 10, 1000, 10000]) {
    const boxes = squarify(new Array<number>(count).fill(7), WINDOW);
    for (const { width, height } of boxes)
      assert.ok(Math.max(width / height, height / width) < 2.1, String(count));
  }
});

test("nothing has no area and breaks nothing", () => {
  assert.deepEqual(squarify([], WINDOW), []);
  assert.ok(squarify([0, 0], WINDOW).every((box) => area_of(box) === 0));
  const [all, none] = squarify([5, 0], WINDOW);
  assert.equal(area_of(all), area_of(WINDOW));
  assert.equal(area_of(none), 0);
  assert.equal(squarify([5, 5], { x: 0, y: 0, width: 0, height: 0 }).length, 2);
  const uneven = squarify([1e12, 1, 1e-12], WINDOW);
  assert.ok(uneven.every((box) => Number.isFinite(area_of(box))));
});

function tree(root: number, tree_bytes: number, change: Partial<TreeRow> = {}): TreeRow {
  return {
    root,
    pid: 100 + root,
    comm: "postgres",
    exe: "/usr/bin/postgres",
    anon_vmas: 10,
    idle_anon_vmas: 0,
    reusable_anon_vmas: 0,
    reused_vmas: 0,
    torn: false,
    rmap: {
      max_visits: 1,
      covered_pages: 0,
      covered_mean_visits: null,
      written_pages: 0,
      written_mean_visits: null,
      before_2010_mean_visits: null,
    },
    rwsem: null,
    vmas: 10,
    avcs: 20,
    mms: 3,
    depth: 1,
    max_chain: 2,
    missed_groups: 0,
    missed_reuse: 0,
    tree_bytes,
    ...change,
  };
}

function executable(exe: string | null, trees: number, tree_bytes: number, missed = 0): Executable {
  return {
    exe,
    comm: exe === null ? null : exe.slice(exe.lastIndexOf("/") + 1),
    processes: 2 * trees,
    mms: 2 * trees,
    trees,
    vmas: 10 * trees,
    anon_vmas: 10 * trees,
    idle_anon_vmas: 0,
    avcs: 20 * trees,
    missed_reuse: missed,
    max_chain: 2,
    depth: 1,
    rmap: { max_visits: 1 },
    tree_bytes,
  };
}

/* 200 postgres trees of which three came, one bash, one of no known executable, one without a tree. */
function small_forest(): Patch[] {
  const trees = [
    tree(3, 60_000, { missed_reuse: 5 }),
    tree(4, 40_000),
    tree(5, 20_000, { pid: null, comm: null }),
    tree(9, 30_000, { exe: "/bin/bash", comm: "bash\u001b[31m", missed_reuse: 1 }),
    tree(12, 8_000, { exe: null, comm: "gone", pid: null }),
  ];
  const groups = [
    executable("/bin/bash", 1, 30_000, 1),
    executable("/usr/bin/postgres", 200, 200_000, 25),
    executable(null, 1, 8_000),
    executable("/sbin/agetty", 0, 0),
  ];
  return executable_patches(groups, trees, "tree_bytes");
}

test("executables have their own trees, and the rest as one", () => {
  const patches = small_forest();
  assert.deepEqual(patches.map(patch_name), ["postgres × 400", "bash × 2", "no executable known × 2"]);
  const [postgres, bash] = patches;
  assert.deepEqual(
    postgres.inner.map((patch) => [patch_name(patch), patch.value]),
    [
      ["197 smaller trees", 80_000],
      ["#3 postgres 103", 60_000],
      ["#4 postgres 104", 40_000],
      ["#5 exited", 20_000],
    ],
  );
  assert.equal(postgres.inner[0].missed_reuse, 20);
  assert.equal(bash.inner.length, 1, "no rest where every tree is here");
});

test("trees alone have a rest only where the whole is known", () => {
  const trees = [tree(3, 600), tree(4, 300)];
  const whole: Measures = { trees: 5, anon_vmas: 50, avcs: 90, tree_bytes: 1000, missed_reuse: 0, mms: 0 };
  assert.deepEqual(
    tree_patches(trees, whole, "avcs").map((patch) => [patch.kind, patch.value]),
    [
      ["rest", 50],
      ["tree", 20],
      ["tree", 20],
    ],
  );
  assert.equal(tree_patches(trees, null, "avcs").length, 2);
});

test("trees lie inside of their executable, and apart", () => {
  const placed = place_forest(small_forest(), WINDOW);
  const inside = placed.filter(({ parent }) => parent !== NONE);
  assert.equal(inside.length, 4);
  for (const { box, parent } of inside) {
    const outer = placed[parent].box;
    assert.ok(box.x >= outer.x && box.x + box.width <= outer.x + outer.width + 1e-6);
    assert.ok(box.y > outer.y && box.y + box.height <= outer.y + outer.height + 1e-6);
  }
  assert_apart(inside.map(({ box }) => box));
  assert_apart(placed.filter(({ parent }) => parent === NONE).map(({ box }) => box));
});

test("a point finds the innermost patch", () => {
  const placed = place_forest(small_forest(), WINDOW);
  placed.forEach(({ box }, i) => {
    if (!placed.some(({ parent }) => parent === i))
      assert.equal(patch_at(placed, box.x + box.width / 2, box.y + box.height / 2), i);
  });
  assert.equal(patch_at(placed, -1, 5), NONE);
  assert.equal(placed[patch_at(placed, 3, 3)].patch.kind, "executable", "its heading");
});

test("each direction leads to a neighbour, and every area can be reached", () => {
  const boxes = squarify([600, 600, 400, 300, 200, 200, 100], WINDOW);
  assert.equal(neighbour(boxes, 0, "down"), 1);
  assert.equal(neighbour(boxes, 1, "up"), 0);
  assert.equal(neighbour(boxes, 0, "left"), NONE);
  assert.equal(neighbour(boxes, 0, "right"), 2);
  const reached = new Set([0]);
  for (const at of reached)
    for (const direction of ["left", "right", "up", "down"] as const) {
      const next = neighbour(boxes, at, direction);
      if (next !== NONE) reached.add(next);
    }
  assert.equal(reached.size, boxes.length);
});

function draw(placed: Placed[], screen: Size = WINDOW, selected = NONE): DrawList {
  const list = new DrawList();
  draw_forest(list, { placed, screen, selected, hover: NONE, text: (patch) => bytes(patch.value) });
  return list;
}

test("golden: a small forest by executable", () => {
  golden("forest", draw(place_forest(small_forest(), WINDOW), WINDOW, 0).describe());
});

test("golden: the same in a narrow window", () => {
  const narrow = { width: 180, height: 120 };
  golden("forest_narrow", draw(place_forest(small_forest(), narrow), narrow).describe());
});

test("the hatched part of an area is the share that missed reuse", () => {
  const [patch] = tree_patches([tree(3, 600, { missed_reuse: 4 })], null, "tree_bytes");
  const list = draw(place_forest([patch], { width: 201, height: 101 }));
  const hatches = [...list.mark.subarray(0, list.length)].flatMap((mark, i) =>
    mark === Mark.Hatch ? [i] : [],
  );
  assert.equal(hatches.length, 1);
  assert.equal(list.ink[hatches[0]], Ink.Missed);
  assert.deepEqual([...list.at.subarray(hatches[0] * 4, hatches[0] * 4 + 4)], [0, 60, 200, 40]);
});

test("no number is cut short", () => {
  const trees = Array.from({ length: 120 }, (_, i) => tree(10_000 + i, 1000 + i));
  const list = draw(place_forest(tree_patches(trees, null, "tree_bytes"), { width: 900, height: 500 }));
  assert.ok(list.text.length > 100);
  for (let i = 0; i < list.length; i++) {
    if (list.text_of[i] < 0) continue;
    assert.match(list.text[list.text_of[i]], /^(#10\d{3}( postgres( 10\d{3})?)?|[\d.]+ K?i?B)$/);
    assert.equal(list.at[i * 4 + 3], 0, "drawn whole");
  }
});
