/* SPDX-License-Identifier: GPL-2.0-only */
/* A forest: as many trees as wanted, of executables that differ in size. */
import { a_process, a_tree, an_mm, insert_all, open_since } from "../api/rows.mjs";
import { sql } from "../api/sqlite.mjs";
import { create_server_database, mm_row, process_row } from "./forking_server.mjs";

/* Executables of the big forest: the k-th has about twice the trees of the next. */
export const FOREST_EXECUTABLES = [
  "postgres",
  "nginx",
  "php-fpm",
  "bash",
  "sshd",
  "chronyd",
  "cron",
  "agetty",
];

/* Which of them the tree of a root belongs to: 1 of 2, 1 of 4, ... */
export function forest_executable(root) {
  const k = Math.min(31 - Math.clz32(root & -root), FOREST_EXECUTABLES.length - 1);
  return FOREST_EXECUTABLES[k];
}

function forest_tree(root) {
  const anon_vmas = 1 + (root % 97 === 0 ? 400 : root % 7);
  const avcs = anon_vmas * 3;
  return {
    id: root,
    ...open_since(1),
    process: root,
    anon_vmas,
    avcs,
    vmas: anon_vmas,
    mms: 1,
    depth: 1,
    max_chain: 2,
    missed_groups: root % 11 === 0 ? 1 : 0,
    missed_reuse: root % 11 === 0 ? Math.floor(anon_vmas / 2) : 0,
    object_bytes: anon_vmas * 104 + avcs * 64,
    rmap_max_visits: 2,
  };
}

/* A snapshot of that many trees, each of a process of its own: roots and pids from 1. */
export function create_forest_database(path, count) {
  const trees = Array.from({ length: count }, (_, i) => forest_tree(i + 1));
  const sum = (name) => trees.reduce((total, tree) => total + tree[name], 0);
  const facts = create_server_database(path, 2, 2);
  const dead = ["process", "mm", "vma", "anon_vma", "anon_vma_state", "tree", "finding", "invariant"];
  sql(
    path,
    "BEGIN;\n" +
      dead.map((table) => `DELETE FROM ${table};\n`).join("") +
      insert_all(
        "file",
        { ...open_since(1), dev: 1 },
        FOREST_EXECUTABLES.map((name, k) => ({ id: k + 1, ino: k + 1, path: `'/usr/sbin/${name}'` })),
      ) +
      insert_all(
        "process",
        a_process,
        trees.map(({ id }) => {
          const name = forest_executable(id);
          return { ...process_row(id, 1, name), exe: FOREST_EXECUTABLES.indexOf(name) + 1 };
        }),
      ) +
      insert_all(
        "mm",
        an_mm,
        trees.map((tree) => mm_row(tree.id, tree.vmas, tree.anon_vmas, tree.avcs, tree.missed_reuse, 2)),
      ) +
      insert_all("tree", a_tree, trees) +
      `UPDATE snapshot SET processes = ${count}, mms = ${count}, trees = ${count}, ` +
      ["vmas", "anon_vmas", "avcs", "missed_groups", "missed_reuse"]
        .map((name) => `${name} = ${sum(name)}`)
        .join(", ") +
      `, object_bytes = ${sum("object_bytes") + sum("vmas") * 192};\nCOMMIT;\n`,
  );
  return { ...facts, trees, sum };
}
