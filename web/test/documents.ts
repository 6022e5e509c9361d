/* SPDX-License-Identifier: GPL-2.0-only */
/* Tree documents for tests, as the server would send them, from a few words. */
import type { MissedGroup, Rmap, TreeAnonVma, TreeDocument, TreeProcess, TreeVma } from "../src/api/types";
import { columns_of } from "../src/model/columns";
import * as tree from "../src/model/tree";

type Node = TreeAnonVma & { rmap: Rmap };

/** Easier to write and to change than columns. */
export interface TreeRows extends Omit<TreeDocument, "anon_vmas" | "vmas"> {
  anon_vmas: Node[];
  vmas: TreeVma[];
}

/** As the server sends it. */
function by_column(rows: TreeRows): TreeDocument {
  const nodes: (keyof TreeAnonVma)[] = [
    ...(["id", "parent", "depth", "num_children", "num_active_vmas", "refcount"] as const),
    ...(["linked_vmas", "reusable", "mm_id", "missed_group"] as const),
  ];
  const visits = Object.keys(rmap_of(0)) as (keyof Rmap)[];
  const vmas: (keyof TreeVma)[] = [
    ...(["mm_id", "vm_start", "vm_end", "vm_pgoff", "permissions", "path"] as const),
    ...(["anon_vma", "reused", "chain"] as const),
  ];
  const rmap = columns_of(
    rows.anon_vmas.map((node) => node.rmap),
    visits,
  );
  return {
    ...rows,
    anon_vmas: { ...columns_of<TreeAnonVma>(rows.anon_vmas, nodes), rmap },
    vmas: columns_of(rows.vmas, vmas),
  };
}

export function build_tree(rows: TreeRows): tree.TreeModel {
  return tree.build_tree(by_column(rows));
}

export interface Spec {
  id: number;
  parent?: number;
  /** pid of the owner; none: idle. */
  pid?: number;
  /** Its VMA got it because fork() found it idle. */
  reused?: boolean;
}

function rmap_of(visits: number): Rmap {
  return {
    max_visits: visits,
    covered_pages: 4,
    covered_mean_visits: visits,
    written_pages: 4,
    written_mean_visits: visits,
  };
}

/** Each active anon_vma gets one VMA of its owner, with the chain up to the root. */
export function make_document(specs: Spec[], names: Record<number, string> = {}): TreeRows {
  const by_id = new Map(specs.map((s) => [s.id, s]));
  const chain_of = (id: number): number[] => {
    const chain: number[] = [];
    for (let at: number | undefined = id; at !== undefined; at = by_id.get(at)?.parent) chain.push(at);
    return chain;
  };
  const pids = [...new Set(specs.flatMap((s) => (s.pid === undefined ? [] : [s.pid])))];
  const processes: TreeProcess[] = pids.map((pid) => ({
    pid,
    ppid: 1,
    comm: names[pid] ?? "postgres",
    exe: null,
    process_id: pid,
    mm_id: pid + 1000,
  }));
  const vmas: TreeVma[] = specs
    .filter((s) => s.pid !== undefined)
    .map((s, i) => ({
      mm_id: (s.pid as number) + 1000,
      vm_start: `0x${(0x7f0000000000 + i * 0x10000).toString(16)}`,
      vm_end: `0x${(0x7f0000000000 + i * 0x10000 + 0x4000).toString(16)}`,
      vm_pgoff: "0x0",
      permissions: "rw-p",
      path: i === 0 ? "/usr/lib/libc.so.6" : null,
      anon_vma: s.id,
      reused: s.reused ?? false,
      chain: chain_of(s.id),
    }));
  const groups = new Map<string, MissedGroup>();
  for (const s of specs) {
    if (s.pid === undefined || s.parent === undefined) continue;
    const key = `${s.pid} ${s.parent}`;
    const group = groups.get(key) ?? {
      mm_id: s.pid + 1000,
      parent: s.parent,
      anon_vmas: [],
      missed_reuse: -1,
    };
    group.anon_vmas.push(s.id);
    group.missed_reuse++;
    groups.set(key, group);
  }
  const missed_groups = [...groups.values()].filter((g) => g.missed_reuse > 0);
  const anon_vmas: Node[] = specs.map((s) => {
    const children = specs.filter((c) => c.parent === s.id).length;
    const group = missed_groups.findIndex((g) => g.anon_vmas.includes(s.id));
    const linked = vmas.filter((v) => v.chain.includes(s.id)).length;
    return {
      id: s.id,
      parent: s.parent ?? null,
      depth: chain_of(s.id).length - 1,
      num_children: children + (s.parent === undefined ? 1 : 0),
      num_active_vmas: s.pid === undefined ? 0 : 1,
      refcount: s.parent === undefined ? specs.length : 1,
      linked_vmas: linked,
      rmap: rmap_of(linked),
      reusable: s.pid === undefined && s.parent !== undefined && children < 2,
      mm_id: s.pid === undefined ? null : s.pid + 1000,
      missed_group: group < 0 ? null : group,
    };
  });
  const root = specs[0];
  return {
    snapshot: 1,
    root: root.id,
    summary: {
      root: root.id,
      pid: root.pid ?? null,
      comm: root.pid === undefined ? null : (names[root.pid] ?? "postgres"),
      exe: null,
      anon_vmas: specs.length,
      idle_anon_vmas: specs.filter((s) => s.pid === undefined).length,
      reusable_anon_vmas: anon_vmas.filter((a) => a.reusable).length,
      reused_vmas: vmas.filter((v) => v.reused).length,
      torn: false,
      rmap: { ...rmap_of(vmas.length), before_2010_mean_visits: vmas.length },
      rwsem: { state: "idle", readers: 0, waiters: false, count: "0x0" },
      vmas: vmas.length,
      avcs: vmas.reduce((sum, v) => sum + v.chain.length, 0),
      mms: pids.length,
      depth: 1,
      max_chain: 2,
      missed_groups: missed_groups.length,
      missed_reuse: missed_groups.reduce((sum, g) => sum + g.missed_reuse, 0),
      tree_bytes: 0,
    },
    anon_vmas,
    vmas,
    processes,
    missed_groups,
  };
}

/** A parent with three VMAs on one anon_vma and two children, each with three: 2 × 2 missed. */
export function fork_split(): TreeRows {
  return make_document([
    { id: 3, pid: 100 },
    { id: 10, parent: 3, pid: 101 },
    { id: 20, parent: 3, pid: 102 },
    { id: 11, parent: 3, pid: 101 },
    { id: 21, parent: 3, pid: 102 },
    { id: 12, parent: 3, pid: 101 },
    { id: 22, parent: 3, pid: 102 },
    { id: 30, parent: 3 },
    { id: 31, parent: 30, pid: 103 },
  ]);
}

/** A repeatable random number in [0, 1). */
export function random_from(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
