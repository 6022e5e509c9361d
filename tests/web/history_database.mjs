/* SPDX-License-Identifier: GPL-2.0-only */
/* A history of the forking server over two boots. */
import { TAKEN_NS } from "../api/rows.mjs";
import { sql } from "../api/sqlite.mjs";
import { create_server_database } from "./forking_server.mjs";

/* Of each snapshot of the history: seconds after the first, boot, VMAs. */
export const HISTORY = [
  [0, 1, 1000],
  [600, 1, 1200],
  [1200, 1, 1100],
  [7200, 1, 2000],
  [7800, 1, 2100],
  [12000, 2, 300],
  [12600, 2, 340],
  [13200, 2, 420],
];

/* Snapshots 1 to 8 over two boots; 5 is pinned, labelled and incomplete. */
export function create_history_database(path) {
  const facts = create_server_database(path, 10, 3);
  const rows = HISTORY.map(([seconds, boot, vmas], i) => {
    const values = { id: i + 1, boot, taken_ns: TAKEN_NS[0] + BigInt(seconds) * 1000000000n, vmas };
    const more = i === 4 ? ", pinned = 1, label = '<b>release</b>', torn_mms = 2" : "";
    const set = Object.entries(values).map(([name, value]) => `${name} = ${value}`);
    return `UPDATE one SET ${set.join(", ")}${more};\nINSERT INTO snapshot SELECT * FROM one;\n${
      more && "UPDATE one SET pinned = 0, label = NULL, torn_mms = 0;\n"
    }`;
  });
  sql(
    path,
    "BEGIN;\n" +
      "CREATE TEMP TABLE one AS SELECT * FROM snapshot WHERE id = 3;\n" +
      "CREATE TEMP TABLE two AS SELECT * FROM boot;\n" +
      "UPDATE two SET id = 2, boot_id = 'b0072d';\nINSERT INTO boot SELECT * FROM two;\n" +
      "DELETE FROM snapshot;\n" +
      rows.join("") +
      "COMMIT;\n",
  );
  return facts;
}
