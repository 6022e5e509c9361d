/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A history of many snapshots in the real schema, for what is read over time, and
 * questions to sqlite3 that know nothing of the server.
 */
import { execFileSync } from "node:child_process";

import { copy_rows } from "./rows.mjs";
import { create_database } from "./small_topology.mjs";
import { sql } from "./sqlite.mjs";

/* Rows of a query, by the sqlite3 program. */
export function query(db, text) {
  const out = execFileSync("sqlite3", ["-batch", "-bail", "-json", "-readonly", db, text], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return out ? JSON.parse(out) : [];
}

const copy = (table, where, set) =>
  copy_rows("next", table, where) +
  `UPDATE next SET ${set}; ` +
  `INSERT INTO ${table} SELECT * FROM next; DROP TABLE next;\n`;

/* Another snapshot, `id`, that is like the last but for what `set` says. */
export const add_snapshot = (db, id, set = "") =>
  sql(
    db,
    "BEGIN;" +
      copy(
        "snapshot",
        "id = (SELECT max(id) FROM snapshot)",
        `id = ${id}, taken_ns = taken_ns + 1000000000, label = NULL, pinned = 0${set}`,
      ) +
      "COMMIT;\n",
  );

const SECOND = 1000000000n;
export const START_NS = 1795300000000000000n;

/*
 * The small database, and behind it snapshots 3 to n, ten seconds apart, of which
 * the last third belongs to a second boot. Their numbers rise and fall; one has a
 * peak of missed reuse. Process 2 (pid 100) changes now and then and calls exec()
 * once, which gives it the mm 77; tree 3 grows. A process that dies and another
 * that gets its pid are there too.
 */
export function create_history(db, n) {
  create_database(db);
  const second_boot = Math.floor((2 * n) / 3);
  const exec_at = Math.floor(n / 2);
  const parts = ["BEGIN;\n", copy("boot", "id = 1", "id = 2, boot_id = 'b0072d', host = 'testhost'")];
  for (let id = 3; id <= n; id++)
    parts.push(
      copy(
        "snapshot",
        "id = 2",
        `id = ${id}, boot = ${id < second_boot ? 1 : 2}, label = NULL, pinned = 0, ` +
          `taken_ns = ${START_NS + BigInt(id) * 10n * SECOND + 7n}, vmas = ${1000 + ((id * 37) % 101)}, ` +
          `missed_reuse = ${id === exec_at + 3 ? 5000 : id % 7}, max_chain = ${3 + (id % 5)}`,
      ),
    );
  const version = (table, where, from, to, born, died, set = "") => {
    parts.push(`UPDATE ${table} SET died = ${born} WHERE ${where} AND died > ${born} AND born < ${born};\n`);
    parts.push(
      copy(
        table,
        `row = (SELECT max(row) FROM ${table} WHERE ${from})`,
        `row = NULL, born = ${born}, died = ${died}${set}`,
      ),
    );
  };
  const open = "9223372036854775807";
  const mm = query(db, "SELECT mm FROM process WHERE id = 2 ORDER BY row DESC LIMIT 1")[0].mm;
  for (let id = 3; id < exec_at; id += 5) {
    version("mm", `id = ${mm}`, `id = ${mm}`, 0, id, open, `, vmas = ${id}, fork_vmas = ${id * 2}`);
    version("tree", "id = 3", "id = 3", 0, id + 1, open, `, anon_vmas = ${id * 3}`);
  }
  for (let id = 4; id < n; id += 3)
    version("mm_usage", `mm = ${mm}`, `mm = ${mm}`, 0, id, open, `, anon_rss_pages = ${id * 11}`);
  /* exec(): the old mm is gone, the process has another */
  version("process", "id = 2", "id = 2", 0, exec_at, open, ", mm = 77, exec_id = 2, comm = 'worker'");
  parts.push(`UPDATE mm SET died = ${exec_at} WHERE id = ${mm} AND died > ${exec_at};\n`);
  parts.push(
    copy(
      "mm",
      `row = (SELECT max(row) FROM mm WHERE id = ${mm})`,
      `row = NULL, id = 77, born = ${exec_at}, died = ${second_boot}, vmas = 70`,
    ),
  );
  parts.push(`UPDATE process SET died = ${second_boot} WHERE died > ${second_boot};\n`);
  /* the next that has the pid */
  parts.push(
    copy(
      "process",
      "row = (SELECT max(row) FROM process WHERE id = 2)",
      `row = NULL, id = 50, born = ${second_boot}, died = ${open}, mm = 78, comm = 'later'`,
    ),
  );
  parts.push(
    copy(
      "mm",
      "id = 77",
      `row = NULL, id = 78, process = 50, born = ${second_boot}, died = ${open}, vmas = 7`,
    ),
  );
  parts.push("COMMIT;\n");
  sql(db, parts.join(""));
  return { second_boot, exec_at };
}
