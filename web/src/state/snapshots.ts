/* SPDX-License-Identifier: GPL-2.0-only */
/* The snapshots there are, and which of them is shown. */
import { computed, effect, signal } from "@preact/signals";
import { get_diff, get_snapshot, get_snapshots } from "../api/client";
import { Newest } from "../api/newest";
import { Paged } from "../api/paged";
import type { Snapshot, SnapshotDocument } from "../api/types";
import { go, route } from "./location";

const TIMELINE_PAGE = 100;

export const timeline = new Paged<Snapshot>();
const single = new Newest<SnapshotDocument>();

/** What "latest" stands for; it moves only when the reader asks. */
export const latest_id = signal<number | null>(null);
export const is_empty = computed(() => {
  const { started, rows } = timeline.state.value;
  return started && rows.length === 0;
});
export const newest = computed<Snapshot | null>(() => timeline.state.value.rows[0] ?? null);

/** The end of the timeline where all of it is not here yet. */
const oldest = new Newest<number | null>();
/** The ids of the first and the last snapshot that are kept; null: the same one, or not known yet. */
export const kept_ends = computed<[first: number, last: number] | null>(() => {
  const { next, rows } = timeline.state.value;
  const loaded = oldest.value.value;
  const first = next === null ? rows.at(-1)?.id : loaded.state === "ready" && loaded.value;
  return first && first < rows[0].id ? [first, rows[0].id] : null;
});

export function load_oldest(): void {
  const { next, rows } = timeline.state.value;
  const first_page = { sort: "id", limit: 1 };
  if (next !== null)
    oldest.load(
      `${rows[0].id}`,
      async (abort) => (await get_snapshots(first_page, abort)).data[0]?.id ?? null,
    );
}

/** The snapshot that a label, a time or latest~N stood for when it was asked. */
const named = new Newest<{ ref: string; id: number }>();

export const snapshot_id = computed<number | null>(() => {
  const ref = route.value.snapshot;
  if (typeof ref === "number") return ref;
  if (ref === "latest") return latest_id.value;
  const loaded = named.value.value;
  return loaded.state === "ready" && loaded.value.ref === ref ? loaded.value.id : null;
});

/** What compares a snapshot with itself also says which it is. */
function look_up_named(ref: string): void {
  named.load(ref, async (abort) => ({ ref, id: (await get_diff(ref, ref, abort)).to.id }));
}

/** What only the snapshot's own resource tells: its findings by kind, how the invariants fared. */
export const snapshot_document = computed<SnapshotDocument | null>(() => {
  const loaded = single.value.value;
  return loaded.state === "ready" && loaded.value.id === snapshot_id.value ? loaded.value : null;
});

export const snapshot = computed<Snapshot | null>(() => {
  const id = snapshot_id.value;
  if (id === null) return null;
  const listed = timeline.state.value.rows.find((row) => row.id === id);
  if (listed) return listed;
  return snapshot_document.value;
});

/** Why the snapshot itself cannot be shown. */
export const snapshot_error = computed(() => {
  const { started, error } = timeline.state.value;
  if (!started) return error;
  const ref = route.value.snapshot;
  const looked_up = named.value.value;
  if (typeof ref === "string" && ref !== "latest" && looked_up.state === "failed") return looked_up.error;
  if (snapshot.value !== null) return null;
  const loaded = single.value.value;
  return loaded.state === "failed" ? loaded.error : null;
});

/** The snapshot `step` places older (+1) or newer (−1) than the one shown. */
export async function step_snapshot(step: 1 | -1): Promise<void> {
  const id = snapshot_id.peek();
  if (id === null) return;
  const rows = () => timeline.state.peek().rows;
  let at = rows().findIndex((row) => row.id === id);
  if (step === 1 && (at < 0 || at === rows().length - 1)) {
    await timeline.more();
    at = rows().findIndex((row) => row.id === id);
  }
  const target =
    at >= 0
      ? rows()[at + step]
      : step === 1
        ? rows().find((row) => row.id < id)
        : rows().findLast((row) => row.id > id);
  if (target) show_snapshot(target.id);
}

export function show_snapshot(id: number): void {
  go({ ...route.peek(), snapshot: id });
}

/** Asks for the snapshots newer than those in the list, which stays what it is below them. */
export async function load_newer(newest: number): Promise<void> {
  const first = timeline.state.peek().rows[0];
  const wanted = first ? newest - first.id + 1 : TIMELINE_PAGE;
  if (wanted <= 1) return;
  if (!first || wanted > TIMELINE_PAGE) return timeline.refresh();
  const { data } = await get_snapshots({ limit: wanted });
  const known = timeline.state.peek().rows[0]?.id ?? 0;
  /* More came meanwhile than was asked for. */
  if (!data.some((row) => row.id <= known)) return timeline.refresh();
  timeline.put((rows) => [...data.filter((row) => row.id > known), ...rows]);
}

/** A snapshot as it is by now, its label and pin changed. */
export function put_snapshot(changed: SnapshotDocument): void {
  timeline.put((rows) => rows.map((row) => (row.id === changed.id ? changed : row)));
  if (snapshot_id.peek() === changed.id) single.put(String(changed.id), changed);
}

/** Shows what "latest" stands for by now. */
export function show_latest(): void {
  const first = timeline.state.peek().rows[0];
  if (first) latest_id.value = first.id;
  go({ ...route.peek(), snapshot: "latest" });
}

export function start_snapshots(): void {
  timeline.reset("timeline", (cursor, abort) => get_snapshots({ limit: TIMELINE_PAGE, cursor }, abort));
  effect(() => {
    const first = timeline.state.value.rows[0];
    if (first && latest_id.peek() === null) latest_id.value = first.id;
  });
  effect(() => {
    const ref = route.value.snapshot;
    if (typeof ref === "string" && ref !== "latest") look_up_named(ref);
  });
  effect(() => {
    const id = snapshot_id.value;
    if (id === null || !timeline.state.value.started || is_empty.value) return;
    single.load(String(id), (abort) => get_snapshot(id, abort));
  });
}
