/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the page shows, as a value, and its two-way translation to the URL's
 * fragment. The paths mirror those of the REST interface:
 *
 *   #/snapshots/12?from=3&to=9&last=3600
 *   #/snapshots/label:after/diff?from=label:before&section=vmas&state=grown&tree=3&hide=5
 *   #/snapshots/12/trees?sort=-missed_reuse&exe=/usr/bin/postgres&area=avcs
 *   #/snapshots/latest/trees/3?select=17&open=3,40&merged=on&at=0,120&zoom=0.5
 *   #/snapshots/12/processes/8812?policy=khlebnikov_v2&select=7fc2b065b000&at=310&zoom=4
 *   #/snapshots/12/findings?kind=fork_split&exe=/usr/bin/postgres&pid=8812&root=3&min_bytes=4096&select=40
 *
 * Pure: no DOM. A fragment that says nonsense gives the nearest sensible state.
 */
import type { DiffSection, DiffState } from "../api/types";
import type { StripCamera } from "../layout/address_strip";

/** An id, "latest", "latest~2" (before the newest), "label:NAME" or an RFC 3339 time. */
export type SnapshotRef = number | string;

export interface Camera {
  /** Picture position of the viewport's centre, and screen pixels per picture pixel. */
  x: number;
  y: number;
  zoom: number;
}

/** A selected anon_vma, the process group whose first member it is, or what one mm missed under a parent. */
export type Selection =
  | { what: "anon_vma"; id: number }
  | { what: "fold"; id: number }
  | { what: "missed"; id: number; mm: number };

export function same_camera(a: Camera | null, b: Camera | null): boolean {
  if (a === null || b === null) return a === b;
  return a.x === b.x && a.y === b.y && a.zoom === b.zoom;
}

/** How a tree is looked at. */
export interface TreeLook {
  select: Selection | null;
  /** Process groups drawn expanded, by the id of their first anon_vma. */
  open: number[];
  /** False: never fold process groups together. */
  grouped: boolean;
  /** Null: the whole tree fits the window. */
  camera: Camera | null;
}

export type View =
  | {
      name: "overview";
      /** Ends of the range that is marked on the charts; null: none is. */
      from: number | null;
      to: number | null;
      /** Seconds before the newest snapshot that the charts show; null: the whole history. */
      last: number | null;
    }
  | ({
      name: "diff";
      /** What changed from there to the snapshot shown; null: from the one before it. */
      from: SnapshotRef | null;
      section: DiffSection;
      /** Only rows that went that way. */
      state: DiffState | null;
      /** Only rows that changed by so much, in what the section measures; null: all. */
      min: number | null;
      /** Names a row of the section (model/diff_rows.ts). */
      row: string | null;
      /** The tree drawn; null: the one that changed most. */
      root: number | null;
      /** Nodes that changed by less are drawn as if they were the same. */
      hide: number;
      /** Beside the picture all nodes, not only those that changed. */
      all: boolean;
    } & TreeLook)
  | {
      name: "forest";
      sort: string;
      search: string;
      /** Trees taken together by what their owners execute. */
      grouped: boolean;
      /** Only the trees of that executable. */
      exe: string | null;
      /** What the areas of the picture are. */
      area: Area;
      /** The root of a tree; where they are grouped, the path of an executable. */
      select: string | null;
    }
  | ({
      name: "tree";
      root: number;
      /** Each missed group drawn as the one anon_vma it could have been. */
      merged: boolean;
    } & TreeLook)
  | { name: "processes"; search: string; sort: string }
  | {
      name: "process";
      pid: number;
      /** Of the simulated fork(); null: what the kernel does. */
      policy: string | null;
      /** vm_start of a VMA, without 0x. */
      select: string | null;
      /** Of the address strip; null: all of it fits the window. */
      strip: StripCamera | null;
    }
  | {
      name: "findings";
      kind: string | null;
      exe: string | null;
      pid: number | null;
      root: number | null;
      min_bytes: number | null;
      sort: string;
      /** Id of a finding. */
      select: number | null;
    };

export const DIFF_SECTIONS: readonly DiffSection[] = [
  "processes",
  "trees",
  "anon_vmas",
  "vmas",
  "findings",
  "names",
];
export const DIFF_STATES: readonly DiffState[] = ["added", "removed", "execed", "grown", "shrunk", "changed"];

export type ViewOf<Name extends View["name"]> = Extract<View, { name: Name }>;

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
  "rmap.max_visits",
] as const;
export const EXECUTABLE_SORTS = [
  "object_bytes",
  "processes",
  "trees",
  "vmas",
  "anon_vmas",
  "avcs",
  "missed_reuse",
  "max_chain",
] as const;
export const AREAS = ["object_bytes", "avcs", "missed_reuse", "mms"] as const;
export type Area = (typeof AREAS)[number];
export const PROCESS_SORTS = [
  "pid",
  "vmas",
  "anon_vmas",
  "avcs",
  "missed_reuse",
  "max_chain",
  "fork.bytes",
  "anon_rss_bytes",
] as const;
export const FINDING_SORTS = ["bytes", "size", "id"] as const;

export const DEFAULT_SORT = "-object_bytes";
export const DEFAULT_FINDING_SORT = "-bytes";
export const DEFAULT_PROCESS_SORT = "pid";

const MAX_OPEN_GROUPS = 1000;

export function home(): Route {
  return { snapshot: "latest", view: overview() };
}

export function overview(): ViewOf<"overview"> {
  return { name: "overview", from: null, to: null, last: null };
}

export function diff_view(
  from: SnapshotRef | null = null,
  change: Partial<ViewOf<"diff">> = {},
): ViewOf<"diff"> {
  return {
    name: "diff",
    from,
    section: "processes",
    state: null,
    min: null,
    row: null,
    root: null,
    hide: 1,
    all: false,
    select: null,
    open: [],
    grouped: true,
    camera: null,
    ...change,
  };
}

export function forest_view(change: Partial<ViewOf<"forest">> = {}): ViewOf<"forest"> {
  return {
    name: "forest",
    sort: DEFAULT_SORT,
    search: "",
    grouped: true,
    exe: null,
    area: "object_bytes",
    select: null,
    ...change,
  };
}

/** The number searched for: a pid, or with # the root of a tree; null: it is no number. */
export function searched_number(search: string): number | null {
  return natural(search.trim().replace(/^#/, ""));
}

/**
 * Whether its rows are executables: neither one's own trees nor what has a number is
 * grouped, nor locks: a process is under those of several trees, so they do not add up.
 */
export function is_grouped(view: ViewOf<"forest">): boolean {
  return view.grouped && view.area !== "mms" && view.exe === null && searched_number(view.search) === null;
}

/** Trees by how many address spaces the lock of their root is for. */
export function locks_view(): ViewOf<"forest"> {
  return forest_view({ area: "mms", sort: "-mms" });
}

export function processes_view(sort: string = DEFAULT_PROCESS_SORT): ViewOf<"processes"> {
  return { name: "processes", search: "", sort };
}

export function tree_view(root: number, id: number | null = null): ViewOf<"tree"> {
  return select_in_tree(root, id === null ? null : { what: "anon_vma", id });
}

export function select_in_tree(root: number, select: Selection | null): ViewOf<"tree"> {
  return { name: "tree", root, select, open: [], grouped: true, merged: false, camera: null };
}

export function process_view(pid: number): ViewOf<"process"> {
  return { name: "process", pid, policy: null, select: null, strip: null };
}

export function findings_view(
  filter: { kind?: string; exe?: string; pid?: number; root?: number } = {},
): ViewOf<"findings"> {
  const { kind = null, exe = null, pid = null, root = null } = filter;
  const min_bytes = null;
  return { name: "findings", kind, exe, pid, root, min_bytes, sort: DEFAULT_FINDING_SORT, select: null };
}

/** A safe non-negative integer, or null. */
function natural(text: string | null | undefined): number | null {
  if (!text || !/^[0-9]{1,15}$/.test(text)) return null;
  return Number(text);
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Of text that is not escaped; null: it names no snapshot. */
export function parse_snapshot(text: string | null | undefined): SnapshotRef | null {
  const id = natural(text);
  if (id !== null) return id || null;
  if (!text || text.length > 200) return null;
  return /^(latest(~[0-9]{1,9})?|label:.+|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[-+][0-9:]+))$/.test(text)
    ? text
    : null;
}

/** Escaped; the colon of a label or a time reads well as it is. */
function snapshot_text(ref: SnapshotRef): string {
  return encodeURIComponent(ref).replace(/%3A/g, ":");
}

function finite(text: string | undefined): number | null {
  if (text === undefined || !/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function parse_sort(text: string | null, keys: readonly string[], otherwise: string): string {
  if (!text) return otherwise;
  const key = text.startsWith("-") ? text.slice(1) : text;
  return keys.includes(key) ? text : otherwise;
}

/** A name as the server's tables have them, or null. */
function parse_name(text: string | null): string | null {
  return text && /^[a-z][a-z0-9_]{0,31}$/.test(text) ? text : null;
}

function parse_address(text: string | null): string | null {
  return text && /^[0-9a-f]{1,16}$/.test(text) ? text : null;
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
  const [first, second, third] = (text ?? "").split(",");
  const id = natural(first);
  const mm = natural(third);
  if (id === null) return null;
  if (second === "missed" && mm !== null) return { what: "missed", id, mm };
  return { what: second === "group" ? "fold" : "anon_vma", id };
}

function parse_camera(at: string | null, zoom: string | null): Camera | null {
  const parts = (at ?? "").split(",");
  const x = finite(parts[0]);
  const y = finite(parts[1]);
  const scale = finite(zoom ?? undefined);
  if (parts.length !== 2 || x === null || y === null || scale === null) return null;
  return scale > 0 && scale <= 16 ? { x, y, zoom: scale } : null;
}

function parse_strip(at: string | null, zoom: string | null): StripCamera | null {
  const x = finite(at ?? undefined);
  const scale = finite(zoom ?? undefined);
  return x === null || scale === null || scale <= 0 || scale > 1000 ? null : { x, zoom: scale };
}

function parse_forest(query: URLSearchParams): ViewOf<"forest"> {
  const view = forest_view({
    search: query.get("q") ?? "",
    grouped: query.get("groups") !== "off",
    exe: query.get("exe") || null,
    area: AREAS.find((area) => area === query.get("area")) ?? AREAS[0],
    select: query.get("select") || null,
  });
  const sorts = is_grouped(view) ? EXECUTABLE_SORTS : FOREST_SORTS;
  return { ...view, sort: parse_sort(query.get("sort"), sorts, DEFAULT_SORT) };
}

/** A range has two ends, or there is none. */
function parse_overview(query: URLSearchParams): ViewOf<"overview"> {
  const from = natural(query.get("from"));
  const to = natural(query.get("to"));
  const last = natural(query.get("last")) || null;
  if (from === null || to === null || from === to) return { ...overview(), last };
  return { name: "overview", from: Math.min(from, to), to: Math.max(from, to), last };
}

function parse_diff(query: URLSearchParams): ViewOf<"diff"> {
  return diff_view(parse_snapshot(query.get("from")), {
    section: DIFF_SECTIONS.find((section) => section === query.get("section")) ?? DIFF_SECTIONS[0],
    state: DIFF_STATES.find((state) => state === query.get("state")) ?? null,
    min: natural(query.get("min")) || null,
    row: query.get("row") || null,
    root: natural(query.get("tree")),
    hide: natural(query.get("hide")) || 1,
    all: query.get("list") === "all",
    ...parse_look(query),
  });
}

function parse_look(query: URLSearchParams): TreeLook {
  return {
    select: parse_selection(query.get("select")),
    open: parse_ids(query.get("open")),
    grouped: query.get("groups") !== "off",
    camera: parse_camera(query.get("at"), query.get("zoom")),
  };
}

function parse_view(parts: string[], query: URLSearchParams): View {
  const [kind, id] = parts;
  if (kind === "trees") {
    const root = natural(id);
    if (root !== null)
      return {
        name: "tree",
        root,
        merged: query.get("merged") === "on",
        ...parse_look(query),
      };
  }
  if (kind === "processes") {
    const pid = natural(id);
    if (pid !== null)
      return {
        name: "process",
        pid,
        policy: parse_name(query.get("policy")),
        select: parse_address(query.get("select")),
        strip: parse_strip(query.get("at"), query.get("zoom")),
      };
    return {
      name: "processes",
      search: query.get("q") ?? "",
      sort: parse_sort(query.get("sort"), PROCESS_SORTS, DEFAULT_PROCESS_SORT),
    };
  }
  if (kind === "findings")
    return {
      name: "findings",
      kind: parse_name(query.get("kind")),
      exe: query.get("exe") || null,
      pid: natural(query.get("pid")),
      root: natural(query.get("root")),
      min_bytes: natural(query.get("min_bytes")) || null,
      sort: parse_sort(query.get("sort"), FINDING_SORTS, DEFAULT_FINDING_SORT),
      select: natural(query.get("select")),
    };
  if (kind === "diff") return parse_diff(query);
  if (kind === "trees") return parse_forest(query);
  return parse_overview(query);
}

export function parse_route(fragment: string): Route {
  const text = fragment.replace(/^#/, "");
  const split = text.indexOf("?");
  const path = split < 0 ? text : text.slice(0, split);
  const query = new URLSearchParams(split < 0 ? "" : text.slice(split + 1));
  const parts = path.split("/").filter((part) => part !== "");
  if (parts[0] !== "snapshots") return home();
  return {
    snapshot: parse_snapshot(unescape(parts[1] ?? "")) ?? "latest",
    view: parse_view(parts.slice(2), query),
  };
}

/** Short enough to read, fine enough that nothing visibly moves on reload. */
function short(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

function zoom_text(zoom: number): string {
  return short(zoom, zoom < 0.01 ? 7 : 4);
}

function selection_text(select: Selection): string {
  switch (select.what) {
    case "anon_vma":
      return String(select.id);
    case "fold":
      return `${select.id},group`;
    case "missed":
      return `${select.id},missed,${select.mm}`;
  }
}

export function format_route(route: Route): string {
  const base = `#/snapshots/${snapshot_text(route.snapshot)}`;
  const query: string[] = [];
  const add = (name: string, value: string) => query.push(`${name}=${value}`);
  const add_look = ({ select, open, grouped, camera }: TreeLook) => {
    if (select) add("select", selection_text(select));
    if (open.length) add("open", open.join(","));
    if (!grouped) add("groups", "off");
    if (camera) {
      add("at", `${short(camera.x, 1)},${short(camera.y, 1)}`);
      add("zoom", zoom_text(camera.zoom));
    }
  };
  const { view } = route;
  let path: string;
  switch (view.name) {
    case "overview":
      path = "";
      if (view.from !== null && view.to !== null) {
        add("from", String(view.from));
        add("to", String(view.to));
      }
      if (view.last !== null) add("last", String(view.last));
      break;
    case "diff":
      path = "/diff";
      if (view.from !== null) add("from", snapshot_text(view.from));
      if (view.section !== DIFF_SECTIONS[0]) add("section", view.section);
      if (view.state) add("state", view.state);
      if (view.min !== null) add("min", String(view.min));
      if (view.row !== null) add("row", encodeURIComponent(view.row));
      if (view.root !== null) add("tree", String(view.root));
      if (view.hide > 1) add("hide", String(view.hide));
      if (view.all) add("list", "all");
      add_look(view);
      break;
    case "forest":
      path = "/trees";
      if (view.sort !== DEFAULT_SORT) add("sort", view.sort);
      if (view.search) add("q", encodeURIComponent(view.search));
      if (view.exe !== null) add("exe", encodeURIComponent(view.exe));
      if (!view.grouped) add("groups", "off");
      if (view.area !== AREAS[0]) add("area", view.area);
      if (view.select !== null) add("select", encodeURIComponent(view.select));
      break;
    case "tree":
      path = `/trees/${view.root}`;
      if (view.merged) add("merged", "on");
      add_look(view);
      break;
    case "processes":
      path = "/processes";
      if (view.search) add("q", encodeURIComponent(view.search));
      if (view.sort !== DEFAULT_PROCESS_SORT) add("sort", view.sort);
      break;
    case "process":
      path = `/processes/${view.pid}`;
      if (view.policy) add("policy", view.policy);
      if (view.select) add("select", view.select);
      if (view.strip) {
        add("at", short(view.strip.x, 1));
        add("zoom", zoom_text(view.strip.zoom));
      }
      break;
    case "findings":
      path = "/findings";
      if (view.kind) add("kind", view.kind);
      if (view.exe) add("exe", encodeURIComponent(view.exe).replaceAll("%2F", "/"));
      if (view.pid !== null) add("pid", String(view.pid));
      if (view.root !== null) add("root", String(view.root));
      if (view.min_bytes !== null) add("min_bytes", String(view.min_bytes));
      if (view.sort !== DEFAULT_FINDING_SORT) add("sort", view.sort);
      if (view.select !== null) add("select", String(view.select));
      break;
  }
  return base + path + (query.length ? `?${query.join("&")}` : "");
}
