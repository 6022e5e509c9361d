/* SPDX-License-Identifier: GPL-2.0-only */
/* Documents of one tree of two snapshots, as the server would send them, from a few words. */
import type {
  DiffEnd,
  DiffNode,
  DiffNodeSide,
  DiffTreeDocument,
  DiffTreeProcess,
  NodeState,
} from "../src/api/types";

/** linked VMAs, active VMAs, children, and whose it is. */
export type SideSpec = [linked: number, active: number, children: number, pid?: number];

export interface DiffSpec {
  id: number;
  parent?: number;
  before?: SideSpec;
  after?: SideSpec;
}

export function end(id: number): DiffEnd {
  return {
    id,
    taken_at: `2026-11-21T02:33:${String(id).padStart(2, "0")}Z`,
    label: null,
    pinned: false,
    tree_tgid: null,
    quality: { complete: true },
    boot: { id: 1, boot_id: "b0071d", host: "testhost", release: "6.18.44" },
  };
}

function side(spec: SideSpec | undefined): DiffNodeSide | null {
  if (!spec) return null;
  const [linked_vmas, num_active_vmas, num_children, pid] = spec;
  return { linked_vmas, num_active_vmas, num_children, refcount: 1, mm_id: pid ?? null };
}

/** By the server's rule (server/diff_tree_json.h). */
function state_of({ before, after }: DiffSpec): NodeState {
  if (!before || !after) return before ? "removed" : "added";
  const at = [0, 1, 2].find((i) => before[i] !== after[i]);
  if (at === undefined) return "same";
  return Number(after[at]) > Number(before[at]) ? "grown" : "shrunk";
}

/** Parents before children; the first is the root. */
export function diff_document(specs: DiffSpec[], names: Record<number, string> = {}): DiffTreeDocument {
  const depth = new Map<number, number>();
  const anon_vmas = specs.map((spec): DiffNode => {
    depth.set(spec.id, spec.parent === undefined ? 0 : (depth.get(spec.parent) ?? 0) + 1);
    return {
      id: spec.id,
      parent: spec.parent ?? null,
      depth: depth.get(spec.id) ?? 0,
      state: state_of(spec),
      before: side(spec.before),
      after: side(spec.after),
    };
  });
  const pids = [...new Set(specs.flatMap(({ before, after }) => [before?.[3], after?.[3]]))];
  const has = (pid: number, which: "before" | "after") =>
    specs.some((spec) => spec[which]?.[3] === pid) ? { mm_id: pid } : null;
  const counts: Record<NodeState, number> = { added: 0, removed: 0, grown: 0, shrunk: 0, same: 0 };
  for (const { state } of anon_vmas) counts[state]++;
  return {
    from: end(1),
    to: end(2),
    same_boot: true,
    reason: null,
    root: specs[0].id,
    counts,
    anon_vmas,
    processes: pids.flatMap((pid): DiffTreeProcess[] => {
      if (pid === undefined) return [];
      const before = has(pid, "before");
      const after = has(pid, "after");
      const state = before && after ? "same" : before ? "removed" : "added";
      return [
        { pid, ppid: 1, comm: names[pid] ?? "postgres", exe: null, process_id: pid, state, before, after },
      ];
    }),
  };
}

/** One of each: a child came, one went, one grew, one shrank to idle, one is as it was. */
export function five_states(): DiffTreeDocument {
  return diff_document([
    { id: 3, before: [6, 2, 4, 100], after: [12, 2, 4, 100] },
    { id: 10, parent: 3, before: [1, 1, 0, 101], after: [1, 1, 0, 101] },
    { id: 11, parent: 3, before: [2, 2, 0, 102], after: [40, 40, 0, 102] },
    { id: 12, parent: 3, before: [4, 3, 1, 103], after: [1, 0, 1] },
    { id: 13, parent: 3, before: [3, 3, 0, 104] },
    { id: 20, parent: 3, after: [5, 5, 0, 105] },
    { id: 14, parent: 12, before: [1, 1, 0, 106], after: [1, 1, 0, 106] },
  ]);
}
