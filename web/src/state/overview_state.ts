/* SPDX-License-Identifier: GPL-2.0-only */
/* What the overview shows: the series, the place on them that is pointed at, the range that is marked. */
import { computed, effect, signal } from "@preact/signals";
import { last_of } from "../api/newest";
import { build_series, point_of, type Series } from "../model/series";
import { NONE } from "../model/tree";
import { adjust_view, route } from "./location";
import type { ViewOf } from "./route";
import { show_snapshot, snapshot_id } from "./snapshots";
import { stats } from "./store";

export const series = computed<Series | null>(() => {
  const document = last_of(stats.value.value);
  return document ? build_series(document) : null;
});

/** Point under the pointer or moved to by key, on every chart at once; NONE. */
export const cursor = signal<number>(NONE);

/** The point of the snapshot shown, or NONE. */
export const shown_point = computed<number>(() => {
  const id = snapshot_id.value;
  return series.value && id !== null ? point_of(series.value, id) : NONE;
});

/** What the numbers beside the charts are of: the cursor, else the snapshot shown. */
export const read_point = computed<number>(() => {
  const at = cursor.value;
  return at !== NONE && at < (series.value?.count ?? 0) ? at : shown_point.value;
});

export interface Range {
  /** Ids of snapshots, the older one first. */
  from: number;
  to: number;
  /** Their points, or NONE. */
  first: number;
  last: number;
}

export const range = computed<Range | null>(() => {
  const { view } = route.value;
  if (view.name !== "overview" || view.from === null || view.to === null || !series.value) return null;
  const { from, to } = view;
  return { from, to, first: point_of(series.value, from), last: point_of(series.value, to) };
});

export function adjust_overview(change: Partial<ViewOf<"overview">>): void {
  const { view } = route.peek();
  if (view.name === "overview") adjust_view({ ...view, ...change });
}

/** Marks the snapshots of two points; the same one twice marks none. */
export function mark_range(one: number, other: number): void {
  const shown = series.peek();
  if (!shown) return;
  const first = Math.max(0, Math.min(one, other));
  const last = Math.min(shown.count - 1, Math.max(one, other));
  if (first >= last) adjust_overview({ from: null, to: null });
  else adjust_overview({ from: shown.snapshot[first], to: shown.snapshot[last] });
}

export function clear_range(): void {
  adjust_overview({ from: null, to: null });
}

/** Where a range by keyboard began. */
let anchor = NONE;

/** Moves the cursor by points; extending, the range goes along. */
export function step_cursor(step: number, extend: boolean): void {
  const shown = series.peek();
  if (!shown || shown.count === 0) return;
  const from = read_point.peek() === NONE ? shown.count - 1 : read_point.peek();
  const to = Math.max(0, Math.min(shown.count - 1, from + step));
  if (!extend) anchor = NONE;
  else if (anchor === NONE) anchor = from;
  cursor.value = to;
  if (extend) mark_range(anchor, to);
}

/** Shows the snapshot under the cursor. */
export function open_cursor(): void {
  const shown = series.peek();
  const at = cursor.peek();
  if (shown && at !== NONE && at < shown.count) show_snapshot(shown.snapshot[at]);
}

/** Another snapshot is read where it is, not where the cursor was before. */
export function start_overview(): void {
  effect(() => {
    void snapshot_id.value;
    cursor.value = NONE;
  });
}
