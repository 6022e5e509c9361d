/* SPDX-License-Identifier: GPL-2.0-only */
/* What the diff view compares, and what it has loaded of that. */
import { computed, effect } from "@preact/signals";
import { get_diff, get_diff_rows, get_diff_tree } from "../api/client";
import { last_of, Newest } from "../api/newest";
import { Paged } from "../api/paged";
import type { DiffRow, DiffSection, DiffSummary, List } from "../api/types";
import { build_diff_tree, diff_nodes, type DiffTree } from "../model/diff_tree";
import { count_rows, row_key, row_place } from "../model/diff_rows";
import type { SnapshotRef } from "../model/revision";
import { Change, NONE, type TreeNodes } from "../model/tree";
import { fold_at, row_order, type VisibleTree } from "../model/visible";
import { adjust_diff, go, route } from "./location";
import { diff_view, type ViewOf } from "./route";
import { snapshot_id, timeline } from "./snapshots";
import { count } from "../text/units";
import { make_tree_window } from "./tree_window";

const ROW_PAGE = 200;

export const pair = new Newest<DiffSummary>();
export const rows = new Paged<DiffRow>();
const names = new Newest<List<DiffRow>>();
/** The tree that changed most. */
const top_tree = new Newest<List<DiffRow>>();
export const tree = new Newest<DiffTree>();

export const view = computed<ViewOf<"diff"> | null>(() =>
  route.value.view.name === "diff" ? route.value.view : null,
);

/** The newest snapshot before the one shown; null: none, or not listed yet. */
export const before_id = computed<number | null>(() => {
  const id = snapshot_id.value;
  return timeline.state.value.rows.find((row) => id !== null && row.id < id)?.id ?? null;
});

/** Null while it is not known, or there is none. */
export const from_ref = computed<SnapshotRef | null>(
  () => view.value && (view.value.from ?? before_id.value),
);

/** What is compared, as soon as the server has told; that of before while another is on its way. */
export const summary = computed<DiffSummary | null>(() =>
  from_ref.value === null ? null : last_of(pair.value.value),
);

/** Ids that the lists and the tree are asked for with, so that they are of one pair. */
const ends = computed<string | null>(() => {
  const loaded = pair.value.value;
  return loaded.state === "ready" ? `${loaded.value.from.id} ${loaded.value.to.id}` : null;
});

export const section = computed<DiffSection>(() =>
  summary.value?.same_boot === false ? "names" : (view.value?.section ?? "processes"),
);

/** Nothing that can be compared differs. */
export const is_same = computed(() => {
  const loaded = summary.value;
  if (!loaded?.same_boot) return false;
  return Object.values(loaded.sections).every((states) => (count_rows(states) ?? 0) === 0);
});

/** Root of the tree that is drawn, or null. */
export const root = computed<number | null>(() => {
  if (summary.value?.same_boot !== true) return null;
  const wanted = view.value?.root ?? null;
  if (wanted !== null) return wanted;
  if ((count_rows(summary.value.sections.trees) ?? 0) === 0) return null;
  return last_of(top_tree.value.value)?.data[0]?.root ?? null;
});

export const loaded_tree = computed<DiffTree | null>(() =>
  root.value === null ? null : last_of(tree.value.value),
);

/** How many names changed: within a boot the summary does not tell. */
export const names_found = computed<string>(() => {
  const loaded = names.value.value;
  if (loaded.state !== "ready") return "";
  const { data, next } = loaded.value;
  return next === null ? count(data.length) : `${count(data.length)}+`;
});

const hide = computed(() => view.value?.hide ?? 1);

const nodes = computed<TreeNodes | null>(
  () => loaded_tree.value && diff_nodes(loaded_tree.value, hide.value),
);

const look = computed(() => {
  const now = view.value;
  return now && root.value !== null ? { ...now, root: root.value } : null;
});

export const diff_window = make_tree_window<TreeNodes>({ look, model: nodes, adjust: adjust_diff });

/** What became of visible node `v`, and whether something did or lies below it. */
export function change_at(
  model: TreeNodes,
  shown: VisibleTree,
  v: number,
): { change: Change; below: number } {
  const fold = fold_at(shown, v);
  if (fold) return { change: fold.change ?? Change.Same, below: fold.below };
  const { diff } = model;
  return { change: (diff?.change[shown.source[v]] ?? Change.Same) as Change, below: 0 };
}

function is_change(model: TreeNodes, shown: VisibleTree, v: number): boolean {
  const { change, below } = change_at(model, shown, v);
  return change !== Change.Same || below > 0;
}

/** Visible nodes in the order of the list beside the picture, and the row of each or NONE. */
export const listing = computed(() => {
  const shown = diff_window.visible.value;
  const model = nodes.value;
  if (!shown || !model) return null;
  const { order } = row_order(shown);
  const listed = view.value?.all ? order : order.filter((v) => is_change(model, shown, v));
  const row_of = new Int32Array(shown.count).fill(NONE);
  listed.forEach((v, row) => (row_of[v] = row));
  return { order: listed, row_of };
});

/** Selects the next (+1) or previous (-1) change of that list. */
export function step_change(step: 1 | -1): void {
  const list = listing.peek();
  const model = nodes.peek();
  const shown = diff_window.visible.peek();
  if (!list || !model || !shown) return;
  const at = diff_window.selected.peek();
  const row = at === NONE ? NONE : list.row_of[at];
  let to = row === NONE && step < 0 ? list.order.length - 1 : row + step;
  while (list.order[to] !== undefined && !is_change(model, shown, list.order[to])) to += step;
  if (list.order[to] !== undefined) diff_window.select(list.order[to], true);
}

/** Selects a row of the section; the picture goes to the tree and node that it is about. */
export function select_row(row: DiffRow): void {
  const now = view.peek();
  if (!now) return;
  const place = row_place(section.peek(), row);
  const key = row_key(section.peek(), row);
  if (!place) return adjust_diff({ row: key });
  const other = place.root !== root.peek();
  adjust_diff({
    row: key,
    root: place.root,
    select: place.anon_vma === null ? null : { what: "anon_vma", id: place.anon_vma },
    ...(other ? { open: [], camera: null } : {}),
  });
  if (other || place.anon_vma === null) diff_window.camera.value = null;
  else diff_window.bring_into_view(diff_window.selected.peek());
}

/** Compares other ends; what is looked at stays, but for what only the old pair has. */
export function compare(from: SnapshotRef | null, to: SnapshotRef): void {
  const now = view.peek() ?? diff_view();
  diff_window.camera.value = null;
  go({ snapshot: to, view: { ...now, from, row: null, select: null, open: [], camera: null } });
}

/** Null: an end is not known yet. */
export function swapped(): { from: SnapshotRef; to: SnapshotRef } | null {
  const loaded = summary.peek();
  const now = view.peek();
  if (!loaded || !now) return null;
  const { snapshot } = route.peek();
  return { from: snapshot === "latest" ? loaded.to.id : snapshot, to: now.from ?? loaded.from.id };
}

export function swap(): void {
  const ends_now = swapped();
  if (ends_now) compare(ends_now.from, ends_now.to);
}

/** The one before may be on a later page of the snapshots. */
function find_before(): void {
  const { next, loading, error } = timeline.state.value;
  const now = view.value;
  if (!now || now.from !== null || snapshot_id.value === null || before_id.value !== null) return;
  if (next !== null && !loading && !error) void timeline.more();
}

function load_pair(): void {
  const from = from_ref.value;
  const to = snapshot_id.value;
  if (from !== null && to !== null) pair.load(`${from} ${to}`, (abort) => get_diff(from, to, abort));
}

function load_rows(): void {
  const loaded = pair.value.value;
  const now = view.value;
  if (!now || loaded.state !== "ready" || loaded.value.from.id === loaded.value.to.id) return;
  const { state, min } = now;
  const of = section.value;
  const from = loaded.value.from.id;
  const to = loaded.value.to.id;
  rows.reset(`${ends.value} ${of} ${state} ${min}`, (cursor, abort) =>
    get_diff_rows({ from, to, section: of, state, min_change: min, limit: ROW_PAGE, cursor }, abort),
  );
  if (loaded.value.same_boot)
    names.load(`${ends.value}`, (abort) =>
      get_diff_rows({ from, to, section: "names", state: null, min_change: null, limit: ROW_PAGE }, abort),
    );
}

function load_tree(): void {
  const loaded = pair.value.value;
  if (!view.value || loaded.state !== "ready" || !loaded.value.same_boot) return;
  const from = loaded.value.from.id;
  const to = loaded.value.to.id;
  if (view.value.root === null && (count_rows(loaded.value.sections.trees) ?? 0) > 0)
    top_tree.load(`${ends.value}`, (abort) =>
      get_diff_rows({ from, to, section: "trees", state: null, min_change: null, limit: 1 }, abort),
    );
  const id = root.value;
  if (id !== null && from !== to)
    tree.load(`${ends.value} ${id}`, async (abort) =>
      build_diff_tree(await get_diff_tree(id, from, to, abort)),
    );
}

/** Also what a retry button calls. */
export function load_diff(): void {
  load_pair();
  load_rows();
  load_tree();
}

export function start_diff(): void {
  effect(find_before);
  effect(load_pair);
  effect(load_rows);
  effect(load_tree);
  diff_window.start();
}
