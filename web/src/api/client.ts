/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every request the page makes. Paths are relative to the page's own origin;
 * nothing else is ever asked.
 */
import { take_early } from "./early";
import { EventReader, read_events, type ServerEvent } from "./events";
import { ApiError, NO_ANSWER, NO_TOKEN, problem_sentence } from "./problem";
import { times_declined, token, want_token } from "./token";
import { tree_path } from "./tree_path";
import type {
  DiffRow,
  DiffSection,
  DiffState,
  DiffSummary,
  DiffTreeDocument,
  Executable,
  Finding,
  ForkDocument,
  Health,
  List,
  Process,
  ProcessAnonVmas,
  Snapshot,
  SnapshotDocument,
  Stats,
  TreeDocument,
  TreeRow,
  Vma,
} from "./types";

const BASE = "/api/v1";

function query(parameters: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  const text = search.toString();
  return text ? `?${text}` : "";
}

interface Asked {
  accept: string;
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
}

function send(path: string, asked: Asked, used: string | null, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: asked.accept, ...asked.headers };
  if (used !== null) headers.authorization = `Bearer ${used}`;
  if (asked.body) headers["content-type"] = "application/json";
  const body = asked.body ? JSON.stringify(asked.body) : null;
  return fetch(path, { method: asked.method ?? "GET", headers, body, signal: signal ?? null });
}

/** The reply to a request that went well; a token is asked for on the way. */
async function ask(path: string, asked: Asked, signal?: AbortSignal): Promise<Response> {
  const declined = times_declined;
  for (;;) {
    const used = token.peek();
    let reply: Response;
    try {
      reply = (await take_early(path, used)) ?? (await send(path, asked, used, signal));
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(0, NO_ANSWER);
    }
    if (reply.ok) return reply;
    if (reply.status !== 401)
      throw new ApiError(reply.status, problem_sentence(reply.status, await reply.text()));
    if (!(await want_token(used, declined))) throw new ApiError(401, NO_TOKEN);
  }
}

const JSON_TYPE = "application/json";

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return json_of(await ask(path, { accept: JSON_TYPE }, signal), signal);
}

async function json_of<T>(reply: Response, signal?: AbortSignal): Promise<T> {
  try {
    return (await reply.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(
      reply.status,
      "The server's reply was cut short. Retry; if it stays so, look at the server's log.",
    );
  }
}

/** How the server lets a snapshot be named: its id, latest, latest~1, label:NAME, a time. */
export type Revision = number | string;

export interface Page {
  limit?: number;
  cursor?: string | null;
}

export function get_snapshots(page: Page, signal?: AbortSignal): Promise<List<Snapshot>> {
  return get(`${BASE}/snapshots${query({ ...page })}`, signal);
}

export function get_snapshot(id: number, signal?: AbortSignal): Promise<SnapshotDocument> {
  return get(`${BASE}/snapshots/${id}`, signal);
}

/** Totals over time; from: RFC 3339, null: from the first snapshot on. */
export function get_stats(
  options: { from: string | null; points: number },
  signal?: AbortSignal,
): Promise<Stats> {
  return get(`${BASE}/stats${query({ ...options })}`, signal);
}

export interface FindingFilter {
  kind: string | null;
  exe?: string | null;
  pid: number | null;
  root: number | null;
  min_bytes?: number | null;
}

export function get_findings(
  snapshot: number,
  options: Page & FindingFilter & { sort: string },
  signal?: AbortSignal,
): Promise<List<Finding>> {
  return get(`${BASE}/snapshots/${snapshot}/findings${query({ ...options })}`, signal);
}

export interface TreeFilter {
  search: string | null;
  exe: string | null;
  /** Only trees that hold a VMA of this process. */
  pid: number | null;
}

export function get_executables(
  snapshot: number,
  options: Page & { sort?: string; search?: string },
  signal?: AbortSignal,
): Promise<List<Executable>> {
  return get(`${BASE}/snapshots/${snapshot}/executables${query({ ...options })}`, signal);
}

export function get_trees(
  snapshot: number,
  options: Page & Partial<TreeFilter> & { sort: string },
  signal?: AbortSignal,
): Promise<List<TreeRow>> {
  return get(`${BASE}/snapshots/${snapshot}/trees${query({ ...options })}`, signal);
}

export function get_tree(snapshot: number, root: number, signal?: AbortSignal): Promise<TreeDocument> {
  return get(tree_path(snapshot, root), signal);
}

/** The same tree as a Graphviz graph. */
export function tree_dot_path(snapshot: number, root: number): string {
  return `${BASE}/snapshots/${snapshot}/trees/${root}.dot`;
}

export function get_processes(
  snapshot: number,
  options: Page & { sort?: string; pid?: number },
  signal?: AbortSignal,
): Promise<List<Process>> {
  return get(`${BASE}/snapshots/${snapshot}/processes${query({ ...options })}`, signal);
}

export function get_process(snapshot: number, pid: number, signal?: AbortSignal): Promise<Process> {
  return get(`${BASE}/snapshots/${snapshot}/processes/${pid}`, signal);
}

export function get_vmas(
  snapshot: number,
  pid: number,
  page: Page,
  signal?: AbortSignal,
): Promise<List<Vma>> {
  return get(`${BASE}/snapshots/${snapshot}/processes/${pid}/vmas${query({ ...page })}`, signal);
}

export function get_process_anon_vmas(
  snapshot: number,
  pid: number,
  signal?: AbortSignal,
): Promise<ProcessAnonVmas> {
  return get(`${BASE}/snapshots/${snapshot}/processes/${pid}/anon-vmas`, signal);
}

/** The child that fork() would make; policy null: by the rule the kernel was seen to follow. */
export function get_fork(
  snapshot: number,
  pid: number,
  policy: string | null,
  signal?: AbortSignal,
): Promise<ForkDocument> {
  return get(`${BASE}/snapshots/${snapshot}/processes/${pid}/fork${query({ policy })}`, signal);
}

/** What is different between two snapshots: ids, `label:NAME` or times. */
export function get_diff(from: Revision, to: Revision, signal?: AbortSignal): Promise<DiffSummary> {
  return get(`${BASE}/diff${query({ from, to })}`, signal);
}

export function get_diff_rows(
  options: Page & {
    from: number;
    to: number;
    section: DiffSection;
    state: DiffState | null;
    /** In what the section measures; null: all. */
    min_change: number | null;
  },
  signal?: AbortSignal,
): Promise<List<DiffRow>> {
  return get(`${BASE}/diff${query({ ...options })}`, signal);
}

export function get_diff_tree(
  root: number,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<DiffTreeDocument> {
  return get(`${BASE}/diff/trees/${root}${query({ from, to })}`, signal);
}

/** What a link cannot get where a token is wanted. */
export async function get_file(path: string): Promise<Blob> {
  return (await ask(path, { accept: "*/*" })).blob();
}

/** Has the collector take one now. */
export async function take_snapshot(label: string | null): Promise<SnapshotDocument> {
  const asked = { accept: JSON_TYPE, method: "POST", body: { label } };
  return json_of(await ask(`${BASE}/snapshots`, asked));
}

export async function change_snapshot(
  id: number,
  change: { label?: string | null; pinned?: boolean },
): Promise<SnapshotDocument> {
  const asked = { accept: JSON_TYPE, method: "PATCH", body: change };
  return json_of(await ask(`${BASE}/snapshots/${id}`, asked));
}

/** Follows what happens after the snapshot `after`, until the server ends it. */
export async function follow_events(
  after: number,
  reader: EventReader,
  opened: () => void,
  take: (event: ServerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const headers = { "last-event-id": String(after) };
  const reply = await ask(`${BASE}/events`, { accept: "text/event-stream", headers }, signal);
  opened();
  if (reply.body) await read_events(reply.body, reader, take);
}

export function get_health(signal?: AbortSignal): Promise<Health> {
  return get("/healthz", signal);
}

/** What the database takes on disk, with its write-ahead log; null: the server does not say. */
export async function get_database_bytes(signal?: AbortSignal): Promise<number | null> {
  const reply = await ask("/metrics", { accept: "text/plain" }, signal);
  const found = /^vmascope_database_bytes ([0-9]+)$/m.exec(await reply.text());
  return found ? Number(found[1]) : null;
}
