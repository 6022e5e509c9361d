/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The forest as areas: executables with their largest trees inside, or trees
 * alone; what is too small or was not asked for is taken together. Pure.
 */
import type { Executable, TreeRow } from "../api/types";

/** What the areas are of. */
export const AREAS = ["tree_bytes", "avcs", "missed_reuse", "mms"] as const;
export type Area = (typeof AREAS)[number];

/** What an area is of, in the numbers that are shown of it. */
export interface Measures {
  trees: number;
  anon_vmas: number;
  avcs: number;
  tree_bytes: number;
  missed_reuse: number;
  mms: number;
}

export interface Patch extends Measures {
  kind: "executable" | "tree" | "rest";
  /** Of its area. */
  value: number;
  /** Names it in the URL; empty for a rest. */
  key: string;
  /** Last part of a path, or the owner of a tree. */
  name: string;
  executable: Executable | null;
  tree: TreeRow | null;
  /** Inside of an executable. */
  inner: Patch[];
}

/** Stands for "no executable is known" where others have a path. */
export const NO_EXECUTABLE = "none";

export function executable_key(exe: string | null): string {
  return exe ?? NO_EXECUTABLE;
}

/** `postgres` of `/usr/bin/postgres`; what the processes call themselves where no path is known. */
export function executable_name(exe: string | null, comm: string | null): string {
  if (exe !== null) return exe.slice(exe.lastIndexOf("/") + 1) || exe;
  return comm ?? "no executable known";
}

function measures_of(row: TreeRow | Executable): Measures {
  return {
    trees: "trees" in row ? row.trees : 1,
    anon_vmas: row.anon_vmas,
    avcs: row.avcs,
    tree_bytes: row.tree_bytes,
    missed_reuse: row.missed_reuse,
    mms: row.mms,
  };
}

function tree_patch(tree: TreeRow, area: Area): Patch {
  return {
    ...measures_of(tree),
    kind: "tree",
    value: tree[area],
    key: String(tree.root),
    name: tree.comm ?? "exited",
    executable: null,
    tree,
    inner: [],
  };
}

/** What a whole has beyond its parts; null: nothing. */
function rest_patch(whole: Measures, parts: Patch[], area: Area): Patch | null {
  const left = (key: keyof Measures) =>
    Math.max(
      0,
      parts.reduce((sum, part) => sum - part[key], whole[key]),
    );
  const rest: Measures = {
    trees: left("trees"),
    anon_vmas: left("anon_vmas"),
    avcs: left("avcs"),
    tree_bytes: left("tree_bytes"),
    missed_reuse: left("missed_reuse"),
    mms: left("mms"),
  };
  if (rest.trees === 0) return null;
  return {
    ...rest,
    kind: "rest",
    value: rest[area],
    key: "",
    name: "smaller trees",
    executable: null,
    tree: null,
    inner: [],
  };
}

function by_value(a: Patch, b: Patch): number {
  return b.value - a.value;
}

/** Trees alone, largest first; `whole`: all there are, null where that is not known. */
export function tree_patches(trees: TreeRow[], whole: Measures | null, area: Area): Patch[] {
  const patches = trees.map((tree) => tree_patch(tree, area)).sort(by_value);
  const rest = whole && rest_patch(whole, patches, area);
  return rest ? [...patches, rest].sort(by_value) : patches;
}

/** Executables, largest first, each with those of the trees that are its own. */
export function executable_patches(executables: Executable[], trees: TreeRow[], area: Area): Patch[] {
  const of = new Map<string, TreeRow[]>();
  for (const tree of trees) {
    const key = executable_key(tree.exe);
    const own = of.get(key);
    if (own) own.push(tree);
    else of.set(key, [tree]);
  }
  return executables
    .filter((executable) => executable.trees > 0)
    .map((executable): Patch => {
      const measures = measures_of(executable);
      const key = executable_key(executable.exe);
      return {
        ...measures,
        kind: "executable",
        value: executable[area],
        key,
        name: executable_name(executable.exe, executable.comm),
        executable,
        tree: null,
        inner: tree_patches(of.get(key) ?? [], measures, area),
      };
    })
    .sort(by_value);
}
