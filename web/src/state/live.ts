/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes on while the page is open: snapshots that come, the collector, the
 * server. It is told, never shown before the reader asks: what is on the page
 * stays. While nobody sees the page nothing is followed, as a browser has few
 * connections for all its pages.
 */
import { computed, effect, signal } from "@preact/signals";
import { follow_events, get_health } from "../api/client";
import { EventReader, type ServerEvent } from "../api/events";
import { ApiError } from "../api/problem";
import { token_changes } from "../api/token";
import { go } from "./location";
import { home } from "./route";
import { is_empty, load_newer, show_latest, snapshot_id, timeline } from "./snapshots";
import { load_view } from "./store";

/** Until the server says how long. */
const RETRY_MS = 3000;
/** After a stream that ended without a word. */
const SHORT_MS = 1000;
const TICK_MS = 30_000;

export interface News {
  id: number;
  /** Findings that the snapshot before it did not have, and the other way round; null: not known. */
  added: number | null;
  resolved: number | null;
}

const last_news = signal<News | null>(null);
/** The newest snapshot, where an older one is shown since before it came. */
export const news = computed<News | null>(() => {
  const shown = snapshot_id.value;
  const { value } = last_news;
  return value && shown !== null && value.id > shown ? value : null;
});

/** Stopped: one ran while the page was open; none: it is not known that there ever was one. */
export const collector = signal<"runs" | "stopped" | "none" | null>(null);
/** Why nothing is followed, as a sentence; null: all is well. */
export const trouble = signal<string | null>(null);
/** Of another database than what is shown; latest null: it is not there any more. */
export const replaced = signal<{ latest: number | null } | null>(null);

const newest_taken = signal<{ age_s: number; told: number } | null>(null);
const now = signal(performance.now());
/** Seconds since the newest snapshot was taken, by the server's clock; null: not known. */
export const newest_age_s = computed(() => {
  const { value } = newest_taken;
  return value && value.age_s + Math.max(0, now.value - value.told) / 1000;
});

/** Where to go on from. */
let last_id = 0;
let retry_ms = RETRY_MS;
let following: AbortController | null = null;
let wake: (() => void) | null = null;

async function read_age(): Promise<void> {
  try {
    const { latest } = await get_health();
    now.value = performance.now();
    newest_taken.value = latest && { age_s: latest.age_s, told: now.peek() };
  } catch {
    /* The stream tells of it. */
  }
}

async function catch_up(newest: number): Promise<void> {
  try {
    if (is_empty.peek()) await timeline.refresh();
    else await load_newer(newest);
  } catch {
    /* With the next snapshot, or when the stream is back. */
  }
}

interface Told {
  state?: string;
  snapshot?: number | null;
  last?: number;
  findings?: { new: { count: number }; resolved: { count: number } } | null;
}

function snapshot_came(id: number, findings: Told["findings"]): void {
  if (replaced.peek()) {
    replaced.value = { latest: id };
    return;
  }
  last_news.value = { id, added: findings?.new.count ?? null, resolved: findings?.resolved.count ?? null };
  void catch_up(id);
  void read_age();
}

function take(event: ServerEvent): void {
  const data = event.data as Told;
  if (event.id !== null) last_id = event.id;
  switch (event.name) {
    case "snapshot":
      if (event.id !== null) snapshot_came(event.id, data.findings);
      break;
    case "gap":
      if (data.last !== undefined) snapshot_came(data.last, null);
      break;
    case "collector":
      if (data.state === "back") collector.value = "runs";
      else collector.value = (collector.peek() ?? "none") === "none" ? "none" : "stopped";
      void read_age();
      break;
    case "reset":
      if (is_empty.peek()) void timeline.refresh();
      else replaced.value = { latest: data.snapshot ?? null };
      break;
  }
}

function opened(): void {
  const was_in_trouble = trouble.peek() !== null;
  trouble.value = null;
  void read_age();
  /* What failed meanwhile is asked for again. */
  if (was_in_trouble) load_view();
}

function pause(wait_ms: number | null): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
    if (wait_ms !== null) setTimeout(resolve, wait_ms);
  });
}

/** One stream, to its end: how long to wait for the next. */
async function follow(): Promise<number> {
  const controller = new AbortController();
  const reader = new EventReader();
  following = controller;
  try {
    await follow_events(last_id, reader, opened, take, controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return 0;
    if (error instanceof ApiError && error.status === 401) {
      await token_changes();
      return 0;
    }
    /* A stream that breaks off is none of the API's errors; the next try tells more. */
    if (error instanceof ApiError) {
      trouble.value = error.message;
      return retry_ms;
    }
  } finally {
    following = null;
    retry_ms = reader.retry_ms ?? retry_ms;
  }
  return SHORT_MS;
}

async function keep_following(): Promise<void> {
  for (;;) {
    if (document.hidden) await pause(null);
    else await pause(await follow());
  }
}

/** Does not wait for the next try. */
export function retry_now(): void {
  wake?.();
}

/** At least the snapshot `id`. */
export async function show_newest(id = last_news.peek()?.id ?? 0): Promise<void> {
  await catch_up(id);
  show_latest();
}

/** Nothing of the database before means anything in this one. */
export function show_replaced(): void {
  go(home());
  location.reload();
}

export function start_live(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) following?.abort();
    else wake?.();
  });
  setInterval(() => (now.value = performance.now()), TICK_MS);
  /* Seen once, it is no news when the reader goes back. */
  effect(() => {
    const { value } = last_news;
    if (value && (snapshot_id.value ?? 0) >= value.id) last_news.value = null;
  });
  const stop = effect(() => {
    const { started, rows } = timeline.state.value;
    if (!started) return;
    last_id = rows[0]?.id ?? 0;
    queueMicrotask(() => stop());
    void keep_following();
  });
}
