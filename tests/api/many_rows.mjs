/* SPDX-License-Identifier: GPL-2.0-only */
/* Databases of as many rows as a test wants, all alike. */
import {
  a_boot,
  a_finding,
  a_process,
  a_snapshot,
  a_tree,
  a_vma,
  an_mm,
  insert,
  KINDS,
  open_since,
  page,
  TAKEN_NS,
} from "./rows.mjs";
import { create_schema, sql } from "./sqlite.mjs";

/* n processes of one mm each, n trees of one anon_vma, n findings, for paging. */
export function create_many(path, n) {
  create_schema(path);
  const each = (table, defaults, row) =>
    insert(table, defaults, ...Array.from({ length: n }, (_, i) => row(i + 1)));
  sql(
    path,
    "BEGIN;\n" +
      insert("boot", a_boot, {}) +
      each("snapshot", a_snapshot, (id) => ({ id, taken_ns: TAKEN_NS[0] + BigInt(id) })) +
      each("process", a_process, (id) => ({
        ...open_since(1),
        id,
        tgid: id * 3,
        start_ns: id,
        comm: `'worker ${id % 2}'`,
        mm: id,
      })) +
      each("mm", an_mm, (id) => ({ ...open_since(1), id, process: id })) +
      each("vma", a_vma, (id) => ({ ...open_since(1), ...page(id * 4096), vm_pgoff: 0, mm: 1 })) +
      each("tree", a_tree, (id) => ({
        ...open_since(1),
        id,
        process: id,
        anon_vmas: id % 3,
        object_bytes: 1000 - id,
      })) +
      each("finding", a_finding, (id) => ({
        ...open_since(1),
        id,
        kind: id % KINDS.length,
        mm: id % 2 ? id : "NULL",
        root: id,
        size: id % 5,
        bytes: 10000 - id,
      })) +
      "COMMIT;\n",
  );
}

/* One process with n VMAs, for lists that do not fit into the buffers on their way. */
export function create_vmas(path, n) {
  create_schema(path);
  const row = { ...a_vma, ...open_since(1), mm: 1 };
  const names = Object.keys(row);
  sql(
    path,
    "BEGIN;\n" +
      insert("boot", a_boot, {}) +
      insert("snapshot", a_snapshot, { id: 1, taken_ns: TAKEN_NS[0] }) +
      insert("process", a_process, { ...open_since(1), id: 1, tgid: 1, start_ns: 1, comm: "'one'", mm: 1 }) +
      insert("mm", an_mm, { ...open_since(1), id: 1, process: 1 }) +
      `INSERT INTO vma (${names}, vm_start, vm_end) SELECT ${Object.values(row)}, i * 4096, i * 4096 + 4096 ` +
      `FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n}) SELECT i FROM n);\n` +
      "COMMIT;\n",
  );
}
