/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tidy, type TidyInput } from "../src/layout/tidy";
import { breadth_first, NONE } from "../src/model/tree";
import { random_from } from "./documents";

/** From the parent of each node; node 0 is the root. */
function input_of(parents: number[], extent: (v: number) => number = () => 10): TidyInput {
  const count = parents.length;
  const first_child = new Int32Array(count).fill(NONE);
  const next_sibling = new Int32Array(count).fill(NONE);
  for (let v = count - 1; v > 0; v--) {
    next_sibling[v] = first_child[parents[v]];
    first_child[parents[v]] = v;
  }
  const above = Float64Array.from({ length: count }, (_, v) => extent(v));
  const below = Float64Array.from({ length: count }, (_, v) => extent(v + 7));
  return { count, root: 0, first_child, next_sibling, above, below };
}

function levels_of(input: TidyInput): number[][] {
  const levels: number[][] = [];
  const depth = new Int32Array(input.count);
  /* Breadth first keeps siblings, and so whole levels, in drawing order. */
  for (const v of breadth_first(0, input.first_child, input.next_sibling, input.count)) {
    (levels[depth[v]] ??= []).push(v);
    for (let c = input.first_child[v]; c !== NONE; c = input.next_sibling[c]) depth[c] = depth[v] + 1;
  }
  return levels;
}

function check(input: TidyInput, y: Float64Array): void {
  for (const level of levels_of(input))
    for (let i = 1; i < level.length; i++) {
      const upper = level[i - 1];
      const lower = level[i];
      const space = y[lower] - input.above[lower] - (y[upper] + input.below[upper]);
      assert.ok(space > -1e-6, `nodes ${upper} and ${lower} overlap by ${-space}`);
    }
  let top = Infinity;
  for (let v = 0; v < input.count; v++) {
    top = Math.min(top, y[v] - input.above[v]);
    const first = input.first_child[v];
    if (first === NONE) continue;
    let last = first;
    while (input.next_sibling[last] !== NONE) last = input.next_sibling[last];
    assert.ok(Math.abs(y[v] - (y[first] + y[last]) / 2) < 1e-6, `node ${v} is not centred`);
  }
  assert.ok(Math.abs(top) < 1e-6, "the picture does not start at 0");
}

test("nothing gives nothing", () => {
  assert.equal(tidy(input_of([])).length, 0);
});

test("one node lies at its own extent", () => {
  assert.deepEqual([...tidy(input_of([-1]))], [10]);
});

test("children of different extents touch", () => {
  const input = input_of([-1, 0, 0, 0], (v) => 5 + v);
  const y = tidy(input);
  check(input, y);
  assert.equal(y[2] - y[1], input.below[1] + input.above[2]);
  assert.equal(y[3] - y[2], input.below[2] + input.above[3]);
});

test("a subtree moves below its neighbour's deep branch", () => {
  /* 1 has five grandchildren, 2 has none at that depth, 3 has five. */
  const parents = [-1, 0, 0, 0, 1, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5];
  const input = input_of(parents);
  check(input, tidy(input));
});

test("equal subtrees look equal", () => {
  const input = input_of([-1, 0, 0, 1, 1, 2, 2, 3, 3, 5, 5]);
  const y = tidy(input);
  for (const [a, b] of [
    [3, 5],
    [4, 6],
    [7, 9],
    [8, 10],
  ])
    assert.ok(Math.abs(y[a] - y[1] - (y[b] - y[2])) < 1e-9);
});

test("random trees: no overlap, parents centred", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = random_from(seed);
    const count = 2 + Math.floor(random() * 200);
    const reach = 1 + Math.floor(random() * count);
    const parents = [-1];
    for (let v = 1; v < count; v++) parents.push(Math.max(0, v - 1 - Math.floor(random() * reach)));
    const extents = Array.from({ length: count + 7 }, () => 2 + random() * 30);
    const input = input_of(parents, (v) => extents[v]);
    try {
      check(input, tidy(input));
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`);
    }
  }
});

const shapes: [string, (v: number) => number][] = [
  ["a fan of 100,000", () => 0],
  ["a chain of 100,000", (v) => v - 1],
  ["a binary tree of 100,000", (v) => (v - 1) >> 1],
  ["a comb of 100,000", (v) => (v % 2 ? Math.max(0, v - 2) : v - 1)],
  ["1,000 families of 100", (v) => (v <= 1000 ? 0 : v % 1000 || 1000)],
];
for (const [name, parent] of shapes)
  test(`${name} nodes`, () => {
    const input = input_of(Array.from({ length: 100_000 }, (_, v) => (v === 0 ? -1 : parent(v))));
    check(input, tidy(input));
  });
