/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Totals over time as the charts take them: one array of times for all, and a
 * hole between two boots, so that no line joins what no kernel had. Pure.
 */
import type { Snapshot, Stats } from "../api/types";
import { NONE } from "./tree";

type Column = (number | null)[];

export interface Series {
  /** Points, without the holes. */
  count: number;
  /** Of each point. */
  snapshot: number[];
  time: number[];
  boot: number[];
  /** Seconds since 1970, ascending: points and holes. */
  x: number[];
  /** Point at each place of `x`, or NONE for a hole. */
  point_at: number[];
  /** Place in `x` of each point. */
  place_of: number[];
  /** Where one boot ends and the next begins, in `x`. */
  holes: number[];
  /** Seconds that a point stands for; null: each snapshot is one. */
  step_s: number | null;
  columns: Map<string, Column>;
  /** Largest value within each step; empty where each snapshot is a point. */
  peaks: Map<string, Column>;
}

/** Steps of a snapshot that follow each other: their sum is how long it took. */
const WALL = ["walk_ns", "identity_ns", "analyse_ns", "store_ns"];

function with_wall(columns: Record<string, Column>): [string, Column][] {
  const parts = WALL.map((name) => columns[name]).filter((part) => part !== undefined);
  const wall = (parts[0] ?? []).map((_, i) => parts.reduce((sum, part) => sum + (part[i] ?? 0), 0));
  return [...Object.entries(columns), ["wall_ns", wall]];
}

export function build_series(stats: Stats): Series {
  const { snapshots: snapshot, times: time, boots: boot } = stats;
  const x: number[] = [];
  const point_at: number[] = [];
  const place_of: number[] = [];
  const holes: number[] = [];
  for (let i = 0; i < time.length; i++) {
    if (i > 0 && boot[i] !== boot[i - 1]) {
      holes.push((time[i - 1] + time[i]) / 2);
      x.push(holes[holes.length - 1]);
      point_at.push(NONE);
    }
    place_of.push(x.length);
    x.push(time[i]);
    point_at.push(i);
  }
  const spread = (column: Column): Column => point_at.map((i) => (i === NONE ? null : column[i]));
  const spread_all = (columns: [string, Column][]) =>
    new Map(columns.map(([name, column]) => [name, spread(column)]));
  return {
    count: time.length,
    snapshot,
    time,
    boot,
    x,
    point_at,
    place_of,
    holes,
    step_s: stats.step_s,
    columns: spread_all(with_wall(stats.columns)),
    peaks: spread_all(Object.entries(stats.max ?? {})),
  };
}

/** The value of a point; null: not known. */
export function value_at(series: Series, column: string, point: number): number | null {
  if (point < 0 || point >= series.count) return null;
  return series.columns.get(column)?.[series.place_of[point]] ?? null;
}

/**
 * The point that shows a snapshot: its own, or that of the step it is in. NONE
 * when it lies outside of what the series spans.
 */
export function point_of(series: Series, snapshot: number): number {
  const own = series.snapshot.indexOf(snapshot);
  if (own >= 0 || series.step_s === null) return own;
  /* A point is the last snapshot of its step. */
  const later = series.snapshot.findIndex((id) => id > snapshot);
  return later > 0 ? later : NONE;
}

/** The point next to a time; NONE when there is none at all. */
export function nearest_point(series: Series, time: number): number {
  const { time: times, count } = series;
  if (count === 0) return NONE;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low > 0 && time - times[low - 1] <= times[low] - time ? low - 1 : low;
}

/** Points that a line would not show: nothing known on either side. Places in `x`. */
export function lone_places(column: Column): number[] {
  const lone: number[] = [];
  for (let i = 0; i < column.length; i++)
    if (column[i] !== null && (column[i - 1] ?? null) === null && (column[i + 1] ?? null) === null)
      lone.push(i);
  return lone;
}

/** Share of one processor that went into the snapshot of a point, over the time since the one before; null: not known. */
export function cpu_share(series: Series, point: number): number | null {
  const cpu_ns = value_at(series, "cpu_ns", point);
  if (cpu_ns === null || point < 1 || series.boot[point] !== series.boot[point - 1]) return null;
  /* A step has many snapshots, of which only the last one's time is known. */
  if (series.step_s !== null) return null;
  const seconds = series.time[point] - series.time[point - 1];
  return seconds > 0 ? cpu_ns / 1e9 / seconds : null;
}

/** From the first process read to the last row stored. */
export function wall_ns({ cost }: Snapshot): number {
  return cost.walk_ns + cost.identity_ns + cost.analyse_ns + cost.store_ns;
}
