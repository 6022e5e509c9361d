/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that touches the browser's history. `route` is the state of the
 * page; everything else derives from it.
 */
import { signal } from "@preact/signals";
import type { Route, View, ViewOf } from "./route";
import { format_route } from "./route_format";
import { parse_route } from "./route_parse";

export const route = signal<Route>(parse_route(location.hash));

addEventListener("popstate", () => {
  flush();
  route.value = parse_route(location.hash);
});

/* Browsers ration replaceState; panning would use it up. */
const WRITE_DELAY_MS = 400;
let pending: ReturnType<typeof setTimeout> | null = null;

function flush(): void {
  if (pending === null) return;
  clearTimeout(pending);
  pending = null;
}

function write(): void {
  flush();
  history.replaceState(null, "", format_route(route.peek()));
}

/** A new place: the back button returns here. */
export function go(next: Route): void {
  if (pending !== null) write();
  history.pushState(null, "", format_route(next));
  route.value = next;
}

/** The same place, looked at differently: nothing for the back button. */
export function adjust(next: Route): void {
  route.value = next;
  flush();
  pending = setTimeout(write, WRITE_DELAY_MS);
}

export function go_view(view: View): void {
  go({ ...route.peek(), view });
}

export function adjust_view(view: View): void {
  adjust({ ...route.peek(), view });
}

export function adjust_tree(change: Partial<ViewOf<"tree">>): void {
  const { view } = route.peek();
  if (view.name === "tree") adjust_view({ ...view, ...change });
}

export function adjust_process(change: Partial<ViewOf<"process">>): void {
  const { view } = route.peek();
  if (view.name === "process") adjust_view({ ...view, ...change });
}

export function adjust_findings(change: Partial<ViewOf<"findings">>): void {
  const { view } = route.peek();
  if (view.name === "findings") adjust_view({ ...view, ...change });
}

export function adjust_diff(change: Partial<ViewOf<"diff">>): void {
  const { view } = route.peek();
  if (view.name === "diff") adjust_view({ ...view, ...change });
}
