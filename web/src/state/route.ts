/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the page shows, as a value. route_format.ts writes it as the fragment of
 * the URL and route_parse.ts reads that; its paths mirror those of the REST interface:
 *
 *   #/snapshots/12?from=3&to=9&last=3600
 *   #/snapshots/label:after/diff?from=label:before&section=vmas&state=grown&tree=3&hide=5
 *   #/snapshots/12/trees?sort=-missed_reuse&exe=/usr/bin/postgres&area=avcs
 *   #/snapshots/latest/trees/3?select=17&open=3,40&merged=on&at=0,120&zoom=0.5
 *   #/snapshots/12/processes/8812?policy=khlebnikov_v2&select=7fc2b065b000&at=310&zoom=4
 *   #/snapshots/12/findings?kind=fork_split&exe=/usr/bin/postgres&pid=8812&root=3&min_bytes=4096&select=40
 *
 * Pure: no DOM.
 */
import type { DiffSection, DiffState } from "../api/types";
import type { Camera } from "../draw/camera";
import type { StripCamera } from "../layout/address_strip";
import type { Area } from "../model/forest";
import { natural } from "../model/natural";
import type { SnapshotRef } from "../model/revision";

/** A selected anon_vma, the process group whose first member it is, or what one mm missed under a parent. */
export type Selection =
  | { what: "anon_vma"; id: number }
  | { what: "fold"; id: number }
  | { what: "missed"; id: number; mm: number };

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
  "tree_bytes",
  "rmap.max_visits",
] as const;
export const EXECUTABLE_SORTS = [
  "tree_bytes",
  "processes",
  "trees",
  "vmas",
  "anon_vmas",
  "avcs",
  "missed_reuse",
  "max_chain",
] as const;
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

export const DEFAULT_SORT = "-tree_bytes";
export const DEFAULT_FINDING_SORT = "-bytes";
export const DEFAULT_PROCESS_SORT = "pid";

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
    area: "tree_bytes",
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
