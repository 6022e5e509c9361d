/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFAULT_SORT,
  findings_view,
  format_route,
  home,
  parse_route,
  process_view,
  select_in_tree,
  tree_view,
  type Route,
} from "../src/state/route";

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
      select: { what: "fold", id: 40 },
      open: [3, 40, 77],
      grouped: false,
      merged: true,
      camera: { x: -10.5, y: 120034.2, zoom: 0.0001234 },
    },
  },
  { snapshot: 9, view: { name: "processes", search: "" } },
  { snapshot: 9, view: { name: "processes", search: "=cmd()|'\"" } },
  { snapshot: 3, view: select_in_tree(7, { what: "missed", id: 40, mm: 12 }) },
  { snapshot: 9, view: process_view(8812) },
  {
    snapshot: 9,
    view: {
      name: "process",
      pid: 8812,
      policy: "khlebnikov_v2",
      select: "7fc2b065b000",
      strip: { x: 310.5, zoom: 4.25 },
    },
  },
  { snapshot: "latest", view: findings_view() },
  { snapshot: 9, view: findings_view({ kind: "fork_split", pid: 8812, root: 3 }) },
  { snapshot: 9, view: { ...findings_view(), sort: "size", select: 40 } },
  { snapshot: 9, view: { ...findings_view({ exe: "/opt/a b&c=d?é%" }), min_bytes: 4096 } },
];

for (const route of routes)
  test(`round trip of ${format_route(route)}`, () => {
    assert.deepEqual(parse_route(format_route(route)), route);
  });

test("a URL reads like the REST path", () => {
  assert.equal(format_route({ snapshot: 12, view: tree_view(3, 17) }), "#/snapshots/12/trees/3?select=17");
  assert.equal(format_route(home()), "#/snapshots/latest/trees");
  assert.equal(
    format_route({ snapshot: 12, view: findings_view({ kind: "deep_chain", root: 3 }) }),
    "#/snapshots/12/findings?kind=deep_chain&root=3",
  );
  assert.equal(
    format_route({ snapshot: 12, view: { ...findings_view({ exe: "/usr/bin/postgres" }), min_bytes: 1024 } }),
    "#/snapshots/12/findings?exe=/usr/bin/postgres&min_bytes=1024",
  );
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
    view: { name: "tree", root: 3, select: null, open: [1], grouped: true, merged: false, camera: null },
  });
  assert.equal(parse_route("#/snapshots/12/trees/99999999999999999999").view.name, "forest");
  assert.equal(parse_route("#/snapshots/12/processes/%00").view.name, "processes");
  assert.deepEqual(parse_route("#/snapshots/2/processes/7?policy=../x&select=0x7f"), {
    snapshot: 2,
    view: process_view(7),
  });
  assert.deepEqual(parse_route("#/snapshots/2/findings?kind=A%20b&pid=-1&root=x&sort=kind&select=1.5"), {
    snapshot: 2,
    view: findings_view(),
  });
  assert.deepEqual(parse_route("#/snapshots/2/trees/3?select=4,missed").view, tree_view(3, 4));
  assert.doesNotThrow(() => parse_route("#/snapshots/1/trees?q=%E0%A4%A"));
});
