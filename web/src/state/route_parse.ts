/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a route from the URL's fragment; one that says nonsense gives the nearest sensible state. Pure. */
import type { Camera } from "../draw/camera";
import type { StripCamera } from "../layout/address_strip";
import { AREAS } from "../model/forest";
import { natural } from "../model/natural";
import { parse_snapshot } from "../model/revision";
import {
  DEFAULT_FINDING_SORT,
  DEFAULT_PROCESS_SORT,
  DEFAULT_SORT,
  DIFF_SECTIONS,
  DIFF_STATES,
  diff_view,
  EXECUTABLE_SORTS,
  FINDING_SORTS,
  FOREST_SORTS,
  forest_view,
  home,
  is_grouped,
  overview,
  PROCESS_SORTS,
  type Route,
  type Selection,
  type TreeLook,
  type View,
  type ViewOf,
} from "./route";

const MAX_OPEN_GROUPS = 1000;

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
