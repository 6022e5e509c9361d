/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  diff_view,
  findings_view,
  forest_view,
  home,
  is_grouped,
  locks_view,
  overview,
  process_view,
  processes_view,
  select_in_tree,
  tree_view,
  type Route,
} from "../src/state/route";
import { format_route } from "../src/state/route_format";
import { parse_route } from "../src/state/route_parse";

const routes: Route[] = [
  home(),
  { snapshot: 12, view: { name: "overview", from: 3, to: 9, last: 3600 } },
  { snapshot: 9, view: diff_view() },
  { snapshot: 9, view: diff_view(3, { section: "vmas", state: "grown", min: 4, row: "7,7f00" }) },
  {
    snapshot: "label:after / the ü",
    view: diff_view("label:before & after", {
      root: 3,
      hide: 5,
      all: true,
      select: { what: "fold", id: 40 },
      open: [3, 40],
      grouped: false,
      camera: { x: -10.5, y: 7, zoom: 0.5 },
    }),
  },
  { snapshot: "latest", view: diff_view("2026-11-21T02:33:18.000Z", { section: "names", row: "a b /c" }) },
  { snapshot: "latest~2", view: tree_view(7) },
  { snapshot: 12, view: forest_view() },
  { snapshot: 12, view: forest_view({ sort: "-missed_reuse", area: "avcs", select: "/usr/sbin/a b&c" }) },
  { snapshot: 12, view: forest_view({ sort: "root", search: "post gres&q=%2f#ü", grouped: false }) },
  { snapshot: 12, view: forest_view({ sort: "depth", exe: "/usr/bin/x&y=ü (deleted)", select: "40" }) },
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
  { snapshot: 9, view: processes_view() },
  { snapshot: 9, view: locks_view() },
  { snapshot: 9, view: { name: "processes", sort: "-missed_reuse", search: "=cmd()|'\"" } },
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
  assert.equal(format_route(home()), "#/snapshots/latest");
  assert.equal(format_route({ snapshot: 9, view: diff_view(3) }), "#/snapshots/9/diff?from=3");
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
  assert.deepEqual(parse_route("#/snapshots/-1/trees"), { snapshot: "latest", view: forest_view() });
  assert.deepEqual(parse_route("#/snapshots/12/trees?sort=DROP&area=all").view, forest_view());
  assert.deepEqual(parse_route("#/snapshots/12/elsewhere?from=3").view, overview());
  assert.deepEqual(parse_route("#/snapshots/12?from=3&to=3&last=0").view, overview());
  assert.deepEqual(parse_route("#/snapshots/12/diff?from=-3").view, diff_view());
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

test("an order is one of what the rows are", () => {
  const sort = (query: string) => {
    const { view } = parse_route(`#/snapshots/1/trees?${query}`);
    return view.name === "forest" ? view.sort : "";
  };
  assert.equal(sort("sort=-trees"), "-trees");
  assert.equal(sort("sort=-trees&groups=off"), "-tree_bytes", "a tree has no number of trees");
  assert.equal(sort("sort=depth&groups=off"), "depth");
  assert.equal(sort("sort=depth"), "-tree_bytes");
  assert.equal(sort("sort=depth&exe=/bin/sh"), "depth");
});

test("the ends of a range are in order", () => {
  const { view } = parse_route("#/snapshots/12?from=9&to=3");
  assert.deepEqual(view, { name: "overview", from: 3, to: 9, last: null });
});

test("neither one executable's trees nor what has a number is grouped", () => {
  assert.equal(is_grouped(forest_view()), true);
  assert.equal(is_grouped(forest_view({ search: "post" })), true);
  assert.equal(is_grouped(forest_view({ grouped: false })), false);
  assert.equal(is_grouped(forest_view({ exe: "/bin/sh" })), false);
  assert.equal(is_grouped(locks_view()), false, "a process is under several locks");
  for (const search of ["812", " #3 "]) assert.equal(is_grouped(forest_view({ search })), false, search);
});
