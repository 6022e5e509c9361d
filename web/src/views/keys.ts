/* SPDX-License-Identifier: GPL-2.0-only */
/* Shortcuts that work wherever the focus is, as a table. */
import { NONE } from "../model/tree";
import { adjust_view, go, go_view, route } from "../state/location";
import { diff_view, findings_view, forest_view, overview, processes_view } from "../state/route";
import { show_newest } from "../state/live";
import { step_snapshot } from "../state/snapshots";
import { diff_window, step_change, swap } from "../state/diff_state";
import { select, tree_window } from "../state/tree_state";
import { show_help } from "./help";
import { ask_change, ask_snapshot } from "./orders";
import { give_search_focus } from "./parts";
import { press_key } from "./surface";

function focus_search(): boolean {
  const { view } = route.peek();
  if (view.name === "tree" || view.name === "overview") go_view(forest_view());
  else if (view.name === "process") go_view(processes_view());
  give_search_focus();
  return true;
}

function escape(): boolean {
  const { view } = route.peek();
  switch (view.name) {
    case "tree":
      if (view.select) select(NONE, false);
      else go_view(forest_view());
      return true;
    case "process":
      if (view.select) adjust_view({ ...view, select: null });
      else go_view(processes_view());
      return true;
    case "findings": {
      if (view.select !== null) adjust_view({ ...view, select: null });
      else adjust_view({ ...findings_view(), sort: view.sort });
      return true;
    }
    case "overview":
      if (view.from === null) return false;
      adjust_view({ ...view, from: null, to: null });
      return true;
    case "diff":
      if (view.select) diff_window.select(NONE, false);
      else if (view.row !== null) adjust_view({ ...view, row: null });
      else go_view(overview());
      return true;
    case "forest":
      if (view.search) adjust_view({ ...view, search: "" });
      else if (view.select !== null) adjust_view({ ...view, select: null });
      else if (view.exe !== null) go_view({ ...view, exe: null });
      else return false;
      return true;
    default:
      if (view.search) adjust_view({ ...view, search: "" });
      return view.search !== "";
  }
}

function enter(): boolean {
  const { view } = route.peek();
  const of = view.name === "tree" ? tree_window : view.name === "diff" ? diff_window : null;
  of?.enter();
  return of !== null;
}

/** This snapshot against the one before; from the overview, what is marked there. */
function open_diff(): boolean {
  const { view } = route.peek();
  if (view.name === "overview" && view.from !== null && view.to !== null)
    go({ snapshot: view.to, view: diff_view(view.from) });
  else go_view(diff_view());
  return true;
}

interface Key {
  key: string;
  shown: string;
  says: string;
  /** Whether it did something. */
  press: () => boolean;
}

function always(action: () => void): () => boolean {
  return () => {
    action();
    return true;
  };
}

/** Keys that only the diff has. */
function in_diff(action: () => void): () => boolean {
  return () => {
    if (route.peek().view.name !== "diff") return false;
    action();
    return true;
  };
}

/** The `?` sheet is made of these; the keys of a picture are in its own table. */
export const KEYS: readonly Key[] = [
  { key: "[", shown: "[", says: "older snapshot", press: always(() => void step_snapshot(1)) },
  { key: "]", shown: "]", says: "newer snapshot", press: always(() => void step_snapshot(-1)) },
  { key: "l", shown: "l", says: "the newest snapshot", press: always(() => void show_newest()) },
  { key: "s", shown: "s", says: "take a snapshot now, with a label or without", press: always(ask_snapshot) },
  { key: "e", shown: "e", says: "label or pin the snapshot shown", press: always(ask_change) },
  {
    key: "d",
    shown: "d",
    says: "diff: this snapshot against the one before; in the overview, the two that are marked",
    press: open_diff,
  },
  { key: "n", shown: "n", says: "diff: next change in the picture", press: in_diff(() => step_change(1)) },
  {
    key: "p",
    shown: "p",
    says: "diff: previous change in the picture",
    press: in_diff(() => step_change(-1)),
  },
  { key: "x", shown: "x", says: "diff: swap the two snapshots", press: in_diff(swap) },
  { key: "/", shown: "/", says: "search", press: focus_search },
  {
    key: "Enter",
    shown: "Enter",
    says: "open a row; expand or fold a process group; start at the root",
    press: enter,
  },
  {
    key: "Escape",
    shown: "Esc",
    says: "clear the selection or the marked range; from a tree or process back to the list",
    press: escape,
  },
  { key: "?", shown: "?", says: "this sheet", press: always(show_help) },
];

function is_typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select");
}

export function start_keys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (is_typing(event.target)) return;
    /* Enter on a button or link presses it. */
    if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.closest("button, a"))
      return;
    if (KEYS.find(({ key }) => key === event.key)?.press() || press_key(event)) event.preventDefault();
  });
}
