/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_SORT, format_route, home, parse_route, tree_view, type Route } from "../src/state/route";

const routes: Route[] = [
  home(),
  { snapshot: 12, view: { name: "forest", sort: "-missed_reuse", search: "" } },
  { snapshot: 12, view: { name: "forest", sort: "root", search: "post gres&q=%2f#ü" } },
  { snapshot: 3, view: tree_view(7) },
  { snapshot: "latest", view: tree_view(7, 19) },
  {
    snapshot: 3,
    view: {
      name: "tree",
      root: 7,
      select: { id: 40, fold: true },
      open: [3, 40, 77],
      grouped: false,
      camera: { x: -10.5, y: 120034.2, zoom: 0.0001234 },
    },
  },
  { snapshot: 9, view: { name: "processes", search: "" } },
  { snapshot: 9, view: { name: "processes", search: "=cmd()|'\"" } },
  { snapshot: 9, view: { name: "process", pid: 8812 } },
];

for (const route of routes)
  test(`round trip of ${format_route(route)}`, () => {
    assert.deepEqual(parse_route(format_route(route)), route);
  });

test("a URL reads like the REST path", () => {
  assert.equal(format_route({ snapshot: 12, view: tree_view(3, 17) }), "#/snapshots/12/trees/3?select=17");
  assert.equal(format_route(home()), "#/snapshots/latest/trees");
});

test("nonsense gives the nearest sensible place", () => {
  assert.deepEqual(parse_route(""), home());
  assert.deepEqual(parse_route("#"), home());
  assert.deepEqual(parse_route("#/elsewhere/1"), home());
  assert.deepEqual(parse_route("#/snapshots/-1/trees"), home());
  assert.deepEqual(parse_route("#/snapshots/12/trees?sort=DROP").view, {
    name: "forest",
    sort: DEFAULT_SORT,
    search: "",
  });
  const tree = parse_route(
    "#/snapshots/12/trees/3?select=x&open=1,,b,1,-2&at=NaN,1&zoom=1e9&groups=maybe&what=ever",
  );
  assert.deepEqual(tree, {
    snapshot: 12,
    view: { name: "tree", root: 3, select: null, open: [1], grouped: true, camera: null },
  });
  assert.equal(parse_route("#/snapshots/12/trees/99999999999999999999").view.name, "forest");
  assert.equal(parse_route("#/snapshots/12/processes/%00").view.name, "processes");
  assert.doesNotThrow(() => parse_route("#/snapshots/1/trees?q=%E0%A4%A"));
});
