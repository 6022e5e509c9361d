/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stats } from "../src/api/types";
import { build_series, cpu_share, lone_places, nearest_point, point_of, value_at } from "../src/model/series";
import { NONE } from "../src/model/tree";
import { axis_time, compact, percent, signed, count } from "../src/text/units";

/* Two boots: three snapshots, then two. */
function two_boots(change: Partial<Stats> = {}): Stats {
  return {
    step_s: null,
    sampled: { snapshots: 5, points: 5 },
    snapshots: [1, 2, 3, 7, 8],
    times: [100, 110, 120, 200, 210],
    boots: [1, 1, 1, 2, 2],
    columns: {
      vmas: [10, 20, 30, 5, 6],
      walk_ns: [1, 2, 3, 4, 5],
      identity_ns: [10, 10, 10, 10, 10],
      store_ns: [100, 100, null, 100, 100],
      cpu_ns: [1e9, 1e9, 5e9, 1e9, 2e9],
    },
    ...change,
  };
}

test("no line crosses a boot", () => {
  const series = build_series(two_boots());
  assert.deepEqual(series.x, [100, 110, 120, 160, 200, 210]);
  assert.deepEqual(series.columns.get("vmas"), [10, 20, 30, null, 5, 6]);
  assert.deepEqual(series.holes, [160]);
  assert.deepEqual(
    series.point_at.map((point) => (point === NONE ? null : series.snapshot[point])),
    [1, 2, 3, null, 7, 8],
  );
});

test("points keep their values beside the hole", () => {
  const series = build_series(two_boots());
  assert.equal(value_at(series, "vmas", 3), 5);
  assert.equal(value_at(series, "vmas", 5), null);
  assert.equal(value_at(series, "none such", 0), null);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((point) => value_at(series, "wall_ns", point)),
    [111, 112, 13, 114, 115],
  );
});

test("a snapshot is its own point, or that of its step", () => {
  const each = build_series(two_boots());
  assert.equal(point_of(each, 7), 3);
  assert.equal(point_of(each, 5), NONE, "deleted, or of another time");
  const steps = build_series(two_boots({ step_s: 60 }));
  assert.equal(point_of(steps, 7), 3);
  assert.equal(point_of(steps, 5), 3, "a point is the last of its step");
  assert.equal(point_of(steps, 9), NONE, "newer than all");
});

test("the nearest point is found on either side", () => {
  const series = build_series(two_boots());
  for (const [time, point] of [
    [0, 0],
    [104, 0],
    [106, 1],
    [159, 2],
    [161, 3],
    [900, 4],
  ])
    assert.equal(nearest_point(series, time), point, `at ${time}`);
  const empty = build_series({ ...two_boots(), snapshots: [], times: [], boots: [], columns: { vmas: [] } });
  assert.equal(nearest_point(empty, 5), NONE);
  assert.equal(empty.count, 0);
});

test("what no line shows is found", () => {
  assert.deepEqual(lone_places([1, null, 2, 3, null, 4]), [0, 5]);
  assert.deepEqual(lone_places([1]), [0]);
  assert.deepEqual(lone_places([1, 2]), []);
  assert.deepEqual(lone_places([]), []);
});

test("processor time is compared with the time since the snapshot before", () => {
  const series = build_series(two_boots());
  assert.equal(cpu_share(series, 2), 0.5);
  assert.equal(cpu_share(series, 4), 0.2);
  assert.equal(cpu_share(series, 0), null, "nothing before it");
  assert.equal(cpu_share(series, 3), null, "another boot before it");
  assert.equal(cpu_share(build_series(two_boots({ step_s: 60 })), 2), null, "a step holds many");
});

test("the largest of a step is kept apart", () => {
  const series = build_series(two_boots({ step_s: 60, max: { vmas: [11, 21, 31, 6, 7] } }));
  assert.deepEqual(series.peaks.get("vmas"), [11, 21, 31, null, 6, 7]);
  assert.equal(build_series(two_boots()).peaks.size, 0);
});

test("axes and changes read well", () => {
  assert.equal(compact(0), "0");
  assert.equal(compact(9000), "9k");
  assert.equal(compact(12500), "12.5k");
  assert.equal(compact(1e6), "1M");
  assert.equal(signed(0, count), "±0");
  assert.equal(signed(12, count), "+12");
  assert.equal(signed(-12000, count), "−12\u2009000");
  assert.equal(percent(0.5), "50 %");
  assert.equal(percent(0.0123), "1.23 %");
  assert.equal(percent(1e-6), "< 0.01 %");
  const noon = new Date(2026, 10, 21, 12, 5, 9).getTime() / 1000;
  assert.equal(axis_time(noon, 10, null), "12:05:09\n11-21");
  assert.equal(axis_time(noon, 10, noon - 60), "12:05:09");
  assert.equal(axis_time(noon, 600, noon - 60), "12:05");
  assert.equal(axis_time(noon, 600, noon - 86400), "12:05\n11-21");
  assert.equal(axis_time(noon, 86400, noon - 86400), "11-21");
});
