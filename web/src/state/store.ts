/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the page has loaded of the snapshot shown, and the effects that load what
 * the route asks for.
 */
import { computed, effect } from "@preact/signals";
import {
  get_database_bytes,
  get_executables,
  get_findings,
  get_fork,
  get_process,
  get_process_anon_vmas,
  get_processes,
  get_stats,
  get_tree,
  get_trees,
  get_vmas,
  type FindingFilter,
} from "../api/client";
import { Newest } from "../api/newest";
import { Paged } from "../api/paged";
import { token } from "../api/token";
import type {
  Executable,
  Finding,
  ForkDocument,
  List,
  Process,
  ProcessAnonVmas,
  Stats,
  TreeDocument,
  TreeRow,
  Vma,
} from "../api/types";
import { build_tree, type TreeModel } from "../model/tree";
import { route } from "./location";
import { DEFAULT_FINDING_SORT, DEFAULT_SORT, is_grouped, searched_number, type ViewOf } from "./route";
import { is_empty, load_oldest, newest, snapshot_id, timeline } from "./snapshots";

const FOREST_PAGE = 200;
/** Distinct executables are few: one page has them all. */
const EXECUTABLE_PAGE = 2000;
/** Trees that the forest's picture shows one by one; the rest is one area. */
const PICTURE_TREES = 1000;
/** The kernel's PID_MAX_LIMIT. */
const MAX_PID = 4_194_304;
const PROCESS_PAGE = 1000;
const VMA_PAGE = 10_000;
const FINDING_PAGE = 200;
/** More are typed, not chosen. */
const EXECUTABLES = 1000;
/** A tree's findings are looked up by what is selected: most trees have all of them here. */
const TREE_FINDING_PAGE = 2000;
/** More of the overview's lists than it shows: what is level with the last is counted. */
const TOP = 30;
/** More than the charts have pixels for is not asked for. */
const STATS_POINTS = 1000;

export const forest = new Paged<TreeRow>();
/** In the order of the table; the forest's picture orders them for itself. */
export const executable_rows = new Paged<Executable>();
/** The largest by what the picture's areas are. */
export const picture_trees = new Newest<List<TreeRow>>();
export const processes = new Paged<Process>();
export const vmas = new Paged<Vma>();
export const process = new Newest<Process>();
/** That of the process shown; null: the snapshot has it no more. */
const parent = new Newest<Process | null>();
export const parent_process = computed(() => {
  const loaded = parent.value.value;
  return loaded.state === "ready" ? loaded.value : null;
});
export const process_anon_vmas = new Newest<ProcessAnonVmas>();
export const fork = new Newest<ForkDocument>();
export const tree = new Newest<TreeModel>();
export const stats = new Newest<Stats>();
/** The overview's: the snapshot's largest findings, and those processes and trees that lead a list. */
export const top_findings = new Newest<List<Finding>>();
export const top_processes = new Newest<List<Process>>();
export const top_locks = new Newest<List<TreeRow>>();
export const top_trees = new Newest<List<TreeRow>>();
/** As of the newest snapshot. */
export const database_bytes = new Newest<number | null>();
/** Those of the findings view. */
export const findings = new Paged<Finding>();
/** To choose from; asked for when someone is about to. */
export const executables = new Newest<Executable[]>();
/** Those of the tree or process shown. */
export const subject_findings = new Paged<Finding>();
async function load_tree(id: number, root: number, abort: AbortSignal): Promise<TreeModel> {
  const document: TreeDocument = await get_tree(id, root, abort);
  const start = performance.now();
  const model = build_tree(document);
  performance.clearMeasures("vmascope:model");
  performance.measure("vmascope:model", { start, end: performance.now() });
  return model;
}

function load_subject_findings(id: number, filter: FindingFilter, limit: number): void {
  subject_findings.reset(`${id} ${filter.pid} ${filter.root}`, (cursor, abort) =>
    get_findings(id, { ...filter, sort: DEFAULT_FINDING_SORT, limit, cursor }, abort),
  );
}

function load_findings(id: number, view: ViewOf<"findings">): void {
  const { kind, exe, pid, root, min_bytes, sort } = view;
  const asked = { kind, exe, pid, root, min_bytes, sort };
  findings.reset(`${id} ${Object.values(asked).join(" ")}`, (cursor, abort) =>
    get_findings(id, { ...asked, limit: FINDING_PAGE, cursor }, abort),
  );
}

export function load_executables(): void {
  const id = snapshot_id.peek();
  if (id === null) return;
  executables.load(
    String(id),
    async (abort) => (await get_executables(id, { limit: EXECUTABLES }, abort)).data,
  );
}

/**
 * Trees whose owner, path or root is searched for; a plain number is a pid where
 * a process has it, else a root or part of a name.
 */
async function search_trees(
  id: number,
  view: ViewOf<"forest">,
  page: { sort: string; limit: number; cursor?: string | null },
  abort: AbortSignal,
): Promise<List<TreeRow>> {
  const { exe } = view;
  const text = view.search.trim();
  const number = text.startsWith("#") ? null : searched_number(text);
  const pid =
    number !== null && number > 0 && number <= MAX_PID
      ? ((await get_processes(id, { pid: number, limit: 1 }, abort)).data[0]?.pid ?? null)
      : null;
  const what = pid === null ? { search: text.replace(/^#/, "") } : { pid };
  return get_trees(id, { exe, ...what, ...page }, abort);
}

function load_forest(id: number, view: ViewOf<"forest">): void {
  const { sort, search, exe, area } = view;
  const text = search.trim();
  const grouped = is_grouped(view);
  picture_trees.load(`${id} ${exe} ${area} ${text}`, (abort) =>
    search_trees(id, view, { sort: `-${area}`, limit: PICTURE_TREES }, abort),
  );
  /* Of a single executable's trees, its row tells how many there are. */
  const wanted = grouped ? { sort, search: text } : { sort: DEFAULT_SORT, search: "" };
  if (grouped || exe !== null)
    executable_rows.reset(`${id} ${wanted.sort} ${wanted.search}`, (cursor, abort) =>
      get_executables(id, { ...wanted, limit: EXECUTABLE_PAGE, cursor }, abort),
    );
  if (!grouped)
    forest.reset(`${id} ${sort} ${exe} ${text}`, (cursor, abort) =>
      search_trees(id, view, { sort, limit: FOREST_PAGE, cursor }, abort),
    );
}

function load_stats(last_s: number | null): void {
  const last = newest.value;
  if (!last) return;
  database_bytes.load(`${last.id}`, get_database_bytes);
  const end = Date.parse(last.taken_at);
  const from = last_s === null ? null : new Date(end - last_s * 1000).toISOString();
  stats.load(`${last.id} ${last_s}`, (abort) => get_stats({ from, points: STATS_POINTS }, abort));
}

function load_overview(id: number): void {
  const most = (sort: string) => ({ sort, limit: TOP });
  top_findings.load(`${id}`, (abort) =>
    get_findings(id, { kind: null, pid: null, root: null, ...most(DEFAULT_FINDING_SORT) }, abort),
  );
  top_processes.load(`${id}`, (abort) => get_processes(id, most("-missed_reuse"), abort));
  top_locks.load(`${id}`, (abort) => get_trees(id, most("-mms"), abort));
  top_trees.load(`${id}`, (abort) => get_trees(id, most("-tree_bytes"), abort));
}

/**
 * Loads what the route shows; also what a retry button calls. As it asks again for
 * what failed, it must not follow the state of another request, whose failure for
 * want of a token would then have the reader asked once more right after the no.
 */
export function load_view(): void {
  const id = snapshot_id.value;
  if (id === null || is_empty.value) return;
  const { view } = route.value;
  switch (view.name) {
    case "overview":
      load_stats(view.last);
      load_overview(id);
      break;
    case "diff":
      /* diff_state.ts loads the rest. */
      break;
    case "forest":
      load_forest(id, view);
      break;
    case "tree":
      tree.load(`${id} ${view.root}`, (abort) => load_tree(id, view.root, abort));
      break;
    case "processes":
      processes.reset(`${id} ${view.sort}`, (cursor, abort) =>
        get_processes(id, { sort: view.sort, limit: PROCESS_PAGE, cursor }, abort),
      );
      break;
    case "process":
      process.load(`${id} ${view.pid}`, (abort) => get_process(id, view.pid, abort));
      vmas.reset(`${id} ${view.pid}`, (cursor, abort) =>
        get_vmas(id, view.pid, { limit: VMA_PAGE, cursor }, abort),
      );
      process_anon_vmas.load(`${id} ${view.pid}`, (abort) => get_process_anon_vmas(id, view.pid, abort));
      fork.load(`${id} ${view.pid} ${view.policy}`, (abort) => get_fork(id, view.pid, view.policy, abort));
      load_subject_findings(id, { kind: null, pid: view.pid, root: null }, FINDING_PAGE);
      break;
    case "findings":
      load_findings(id, view);
      break;
  }
}

/** Not before the tree itself: its picture is what is waited for, and both would be slower together. */
function load_tree_findings(): void {
  const { view } = route.value;
  const loaded = tree.value.value;
  const id = snapshot_id.value;
  if (view.name !== "tree" || id === null || loaded.state !== "ready") return;
  if (loaded.value.snapshot !== id || loaded.value.root_id !== view.root) return;
  load_subject_findings(id, { kind: null, pid: null, root: view.root }, TREE_FINDING_PAGE);
}

function load_parent(): void {
  const loaded = process.value.value;
  const id = snapshot_id.value;
  if (route.value.view.name !== "process" || id === null || loaded.state !== "ready") return;
  const { ppid } = loaded.value;
  parent.load(`${id} ${ppid}`, async (abort) =>
    ppid > 0 ? ((await get_processes(id, { pid: ppid, limit: 1 }, abort)).data[0] ?? null) : null,
  );
}

/** Asks for the snapshots again, and for what failed along with them. */
export function retry_snapshots(): void {
  void timeline.more();
  load_view();
}

export function start(): void {
  effect(() => {
    /* What failed for want of one is asked for again. */
    void token.value;
    load_view();
  });
  /* Not before the view, which is waited for. */
  effect(load_oldest);
  effect(load_tree_findings);
  effect(load_parent);
}
