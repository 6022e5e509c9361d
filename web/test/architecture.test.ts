/* SPDX-License-Identifier: GPL-2.0-only */
/* Which folder of the page may import which: data goes one way, from the server to the screen. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";

declare const SOURCE_DIR: string;

/** Each imports from itself and from those before it. */
const FOLDERS = ["api", "model", "text", "layout", "draw", "state", "views"];

/** Paths from the source folder, without their endings, of what a file there imports of our own. */
function imports_of(file: string, text: string): string[] {
  const named = text.matchAll(/^(?:import|export|\}) (?:[^;"]* )?(?:from )?"(\.[^"]+)"/gm);
  return [...named].map(([, path]) => posix.join(posix.dirname(file), path));
}

/** What is wrong with an import, or null. Files beside the folders begin the page: they may import all. */
function complaint(file: string, imported: string): string | null {
  if (!file.includes("/")) return null;
  const from = FOLDERS.indexOf(file.split("/")[0]);
  const to = FOLDERS.indexOf(imported.split("/")[0]);
  return from >= 0 && to >= 0 && to <= from ? null : `${file} imports ${imported}`;
}

/** Files that import one another, first and last the same; null: none do. */
function cycle_in(graph: Map<string, string[]>): string[] | null {
  const done = new Set<string>();
  const walk = (file: string, path: string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of graph.get(file) ?? []) {
      const cycle = walk(next, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const cycle = walk(file, []);
    if (cycle) return cycle;
  }
  return null;
}

const graph = new Map<string, string[]>();
for (const file of readdirSync(SOURCE_DIR, { recursive: true, encoding: "utf8" }))
  if (/\.tsx?$/.test(file))
    graph.set(file.replace(/\.tsx?$/, ""), imports_of(file, readFileSync(join(SOURCE_DIR, file), "utf8")));

test("every import points to a folder before its own", () => {
  assert.ok(FOLDERS.every((folder) => [...graph.keys()].some((file) => file.startsWith(`${folder}/`))));
  const wrong = [...graph].flatMap(([file, imports]) => imports.map((imported) => complaint(file, imported)));
  assert.deepEqual(
    wrong.filter((said) => said !== null),
    [],
  );
});

test("no files import one another", () => {
  assert.deepEqual(cycle_in(graph), null);
});

test("the checks see what they are for", () => {
  const text = `import type { Row } from "../model/columns";
import {
  go,
  type View,
} from "../state/location";
import "./plain.css";
import { signal } from "@preact/signals";
export { draw } from "./scene";
`;
  assert.deepEqual(imports_of("draw/hit.ts", text), [
    "model/columns",
    "state/location",
    "draw/plain.css",
    "draw/scene",
  ]);
  assert.equal(complaint("draw/hit", "model/columns"), null);
  assert.equal(complaint("main", "state/location"), null);
  assert.equal(complaint("draw/hit", "state/location"), "draw/hit imports state/location");
  assert.equal(complaint("api/types", "model/columns"), "api/types imports model/columns");
  assert.equal(complaint("draw/hit", "util/all"), "draw/hit imports util/all");
  assert.equal(complaint("draw/hit", "main"), "draw/hit imports main");
  const around = new Map([
    ["a", ["b"]],
    ["b", ["c", "d"]],
    ["d", ["b"]],
  ]);
  assert.deepEqual(cycle_in(around), ["b", "d", "b"]);
});
