/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address strip of the process view: what it shows, and where its camera is. The
 * camera moves with every pointer event, so it lives in a signal of its own and
 * reaches the route when it has come to rest.
 */
import { computed, effect, signal } from "@preact/signals";
import type { Size } from "../layout/size";
import {
  clamp_strip,
  make_strip,
  NOWHERE,
  reveal_in_strip,
  strip_fit,
  strip_place,
  strip_transform,
  zoom_strip,
  type Strip,
  type StripCamera,
  type StripPlace,
} from "../layout/address_strip";
import { build_address_space, type AddressSpace } from "../model/address_space";
import { NONE } from "../model/tree";
import { adjust_process, route } from "./location";
import { selected_vma } from "./process_state";
import { process, process_anon_vmas, vmas } from "./store";

const SETTLE_MS = 300;
/** More than this is loaded only when asked for. */
const MAX_VMAS = 300_000;

/** The anon_vmas of the process that is shown; null until they are loaded. */
const linked = computed(() => {
  const loaded = process_anon_vmas.value.value;
  const of = process.value.value;
  const mm = of.state === "ready" ? of.value.mm_id : NONE;
  return loaded.state === "ready" && loaded.value.mm_id === mm ? loaded.value : null;
});

export const address_space = computed<AddressSpace>(() =>
  build_address_space(vmas.state.value.rows, linked.value),
);
export const strip = computed<Strip>(() => make_strip(address_space.value));

export const strip_screen = signal<Size>({ width: 0, height: 0 });
export const strip_hover = signal<StripPlace>(NOWHERE);
/** Null: all of it fits the window. */
const camera = signal<StripCamera | null>(null);

export const strip_view = computed(() => {
  const screen = strip_screen.value;
  const at = clamp_strip(camera.value ?? strip_fit(strip.value, screen), strip.value, screen);
  return strip_transform(at, screen);
});

/** Whose VMAs are pointed out. */
export const related = computed<number | null>(() => {
  const { vma, in_gap } = strip_hover.value;
  const rows = address_space.value.vmas;
  if (vma !== NONE && !in_gap) return rows[vma]?.anon_vma ?? null;
  return rows[selected_vma.value]?.anon_vma ?? null;
});

export function place_at(x: number): StripPlace {
  const { scale, offset } = strip_view.peek();
  return strip_place(strip.peek(), (x - offset) / scale);
}

let settle: ReturnType<typeof setTimeout> | null = null;

function move(next: StripCamera | null): void {
  camera.value = next;
  if (settle !== null) clearTimeout(settle);
  settle = setTimeout(() => {
    settle = null;
    adjust_process({ strip: camera.peek() });
  }, SETTLE_MS);
}

function now(): StripCamera {
  return clamp_strip(
    camera.peek() ?? strip_fit(strip.peek(), strip_screen.peek()),
    strip.peek(),
    strip_screen.peek(),
  );
}

/** Where nothing is hidden the camera is at rest. */
function go_to(next: StripCamera): void {
  const fit = strip_fit(strip.peek(), strip_screen.peek());
  move(next.zoom <= fit.zoom * 1.0001 ? null : next);
}

export function pan_strip(dx: number): void {
  const from = now();
  go_to(clamp_strip({ ...from, x: from.x - dx / from.zoom }, strip.peek(), strip_screen.peek()));
}

export function zoom_in_strip(factor: number, x = strip_screen.peek().width / 2): void {
  go_to(zoom_strip(now(), strip.peek(), strip_screen.peek(), x, factor));
}

export function fit_strip(): void {
  move(null);
}

function same(a: StripCamera | null, b: StripCamera | null): boolean {
  return a === b || (a !== null && b !== null && a.x === b.x && a.zoom === b.zoom);
}

/** Back, forward and links move the camera; its own writes come back unchanged. */
function follow_route(): () => void {
  let known: StripCamera | null = null;
  return effect(() => {
    const { view } = route.value;
    const wanted = view.name === "process" ? view.strip : null;
    if (settle !== null || same(wanted, known)) return;
    known = wanted;
    camera.value = wanted;
  });
}

/** Moves so that the VMA that is newly selected is in the window; a link has its own camera. */
function follow_selection(): () => void {
  const selection = () => {
    const { view } = route.peek();
    return view.name === "process" ? view.select : null;
  };
  let last = selection();
  return effect(() => {
    const row = selected_vma.value;
    if (selection() === last) return;
    last = selection();
    if (row === NONE || camera.peek() === null) return;
    const from = now();
    const next = reveal_in_strip(from, strip.peek(), strip_screen.peek(), row);
    if (!same(next, from)) go_to(next);
  });
}

/** The strip shows the whole address space, so all of it is loaded, page by page. */
function load_the_rest(): () => void {
  return effect(() => {
    const { next, loading, error, rows } = vmas.state.value;
    if (next !== null && !loading && !error && rows.length < MAX_VMAS) void vmas.more();
  });
}

/** While the process view is shown. */
export function start_strip(): () => void {
  const stops = [follow_route(), follow_selection(), load_the_rest()];
  return () => {
    for (const stop of stops) stop();
    if (settle !== null) clearTimeout(settle);
    settle = null;
    camera.value = null;
    strip_hover.value = NOWHERE;
  };
}
