/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the page shows, as a value, and its two-way translation to the URL's
 * fragment. The paths mirror those of the REST interface:
 *
 *   #/snapshots/12/trees?sort=-missed_reuse&q=postgres
 *   #/snapshots/latest/trees/3?select=17&open=3,40&at=0,120&zoom=0.5
 *   #/snapshots/12/processes/8812
 *
 * Pure: no DOM. A fragment that says nonsense gives the nearest sensible state.
 */

export type SnapshotRef = number | "latest";

export interface Camera {
  /** Picture position of the viewport's centre, and screen pixels per picture pixel. */
  x: number;
  y: number;
  zoom: number;
}

/** A selected anon_vma, or the process group whose first member it is. */
export interface Selection {
  id: number;
  fold: boolean;
}

export type View =
  | { name: "forest"; sort: string; search: string }
  | {
      name: "tree";
      root: number;
      select: Selection | null;
      /** Process groups drawn expanded, by the id of their first anon_vma. */
      open: number[];
      /** False: never fold process groups together. */
      grouped: boolean;
      /** Null: the whole tree fits the window. */
      camera: Camera | null;
    }
  | { name: "processes"; search: string }
  | { name: "process"; pid: number };

export interface Route {
  snapshot: SnapshotRef;
  view: View;
}

export const FOREST_SORTS = [
  "root",
  "anon_vmas",
  "avcs",
  "vmas",
  "mms",
  "depth",
  "max_chain",
  "missed_reuse",
  "object_bytes",
] as const;

export const DEFAULT_SORT = "-object_bytes";

const MAX_OPEN_GROUPS = 1000;

export function home(): Route {
  return { snapshot: "latest", view: { name: "forest", sort: DEFAULT_SORT, search: "" } };
}

export function tree_view(root: number, id: number | null = null): View {
  const select = id === null ? null : { id, fold: false };
  return { name: "tree", root, select, open: [], grouped: true, camera: null };
}

/** A safe non-negative integer, or null. */
function natural(text: string | null | undefined): number | null {
  if (!text || !/^[0-9]{1,15}$/.test(text)) return null;
  return Number(text);
}

function finite(text: string | undefined): number | null {
  if (text === undefined || !/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function parse_sort(text: string | null): string {
  if (!text) return DEFAULT_SORT;
  const key = text.startsWith("-") ? text.slice(1) : text;
  return (FOREST_SORTS as readonly string[]).includes(key) ? text : DEFAULT_SORT;
}

function parse_ids(text: string | null): number[] {
  const ids = new Set<number>();
  for (const part of (text ?? "").split(",").slice(0, MAX_OPEN_GROUPS)) {
    const id = natural(part);
    if (id !== null) ids.add(id);
  }
  return [...ids].sort((a, b) => a - b);
}

function parse_selection(text: string | null): Selection | null {
  const [first, second] = (text ?? "").split(",");
  const id = natural(first);
  return id === null ? null : { id, fold: second === "group" };
}

function parse_camera(at: string | null, zoom: string | null): Camera | null {
  const parts = (at ?? "").split(",");
  const x = finite(parts[0]);
  const y = finite(parts[1]);
  const scale = finite(zoom ?? undefined);
  if (parts.length !== 2 || x === null || y === null || scale === null) return null;
  return scale > 0 && scale <= 16 ? { x, y, zoom: scale } : null;
}

function parse_view(parts: string[], query: URLSearchParams): View {
  const [kind, id] = parts;
  if (kind === "trees") {
    const root = natural(id);
    if (root !== null)
      return {
        name: "tree",
        root,
        select: parse_selection(query.get("select")),
        open: parse_ids(query.get("open")),
        grouped: query.get("groups") !== "off",
        camera: parse_camera(query.get("at"), query.get("zoom")),
      };
  }
  if (kind === "processes") {
    const pid = natural(id);
    if (pid !== null) return { name: "process", pid };
    return { name: "processes", search: query.get("q") ?? "" };
  }
  return { name: "forest", sort: parse_sort(query.get("sort")), search: query.get("q") ?? "" };
}

export function parse_route(fragment: string): Route {
  const text = fragment.replace(/^#/, "");
  const split = text.indexOf("?");
  const path = split < 0 ? text : text.slice(0, split);
  const query = new URLSearchParams(split < 0 ? "" : text.slice(split + 1));
  const parts = path.split("/").filter((part) => part !== "");
  if (parts[0] !== "snapshots") return home();
  return { snapshot: natural(parts[1]) ?? "latest", view: parse_view(parts.slice(2), query) };
}

/** Short enough to read, fine enough that nothing visibly moves on reload. */
function short(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function zoom_text(zoom: number): string {
  return short(zoom, zoom < 0.01 ? 7 : 4);
}

export function format_route(route: Route): string {
  const base = `#/snapshots/${route.snapshot}`;
  const query: string[] = [];
  const add = (name: string, value: string) => query.push(`${name}=${value}`);
  const { view } = route;
  let path: string;
  switch (view.name) {
    case "forest":
      path = "/trees";
      if (view.sort !== DEFAULT_SORT) add("sort", view.sort);
      if (view.search) add("q", encodeURIComponent(view.search));
      break;
    case "tree":
      path = `/trees/${view.root}`;
      if (view.select) add("select", view.select.fold ? `${view.select.id},group` : String(view.select.id));
      if (view.open.length) add("open", view.open.join(","));
      if (!view.grouped) add("groups", "off");
      if (view.camera) {
        add("at", `${short(view.camera.x, 1)},${short(view.camera.y, 1)}`);
        add("zoom", zoom_text(view.camera.zoom));
      }
      break;
    case "processes":
      path = "/processes";
      if (view.search) add("q", encodeURIComponent(view.search));
      break;
    case "process":
      path = `/processes/${view.pid}`;
      break;
  }
  return base + path + (query.length ? `?${query.join("&")}` : "");
}
