/* SPDX-License-Identifier: GPL-2.0-only */
/* A query that takes too long is given up, and nothing else is disturbed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { create_many } from "./many_rows.mjs";
import { scratch, sql } from "./sqlite.mjs";
import { run, Server } from "./server.mjs";

/* Trees, findings and VMAs enough that a look at all of them takes much longer
 * than the shortest time there is. */
const MANY = 300000;

function create_large(db) {
  create_many(db, 3);
  const copies = (table, set) =>
    `CREATE TEMP TABLE one AS SELECT * FROM ${table} WHERE row = 1;` +
    `WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n LIMIT ${MANY}) ` +
    `INSERT INTO ${table} SELECT ${set} FROM n, one; DROP TABLE one;\n`;
  const columns = {
    tree: "NULL, i, born, died, process, i % 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, i % 7777, 0, 0, 0, 0, 0",
    anon_vma: "NULL, i, born, died, 1, 1, 0, 0, 1",
  };
  sql(
    db,
    "BEGIN; INSERT INTO anon_vma (id, born, died, root, parent, num_children, num_active_vmas, described) " +
      "VALUES (1, 1, 9223372036854775807, 1, 1, 1, 0, 1);" +
      Object.entries(columns)
        .map(([table, set]) => copies(table, set))
        .join("") +
      "COMMIT;\n",
  );
}

test("a query over its deadline is a 503 that says what to do; the next is answered", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_large(db);
  const server = await Server.start("--db", db, "--query-timeout", "0.001");
  const patient = await Server.start("--db", db);
  t.after(() => patient.stop());
  /* a list that sorts, one that counts what it goes over, a load that builds a model */
  const long = ["/api/v1/snapshots/3/trees?sort=-anon_vmas&limit=10", "/api/v1/snapshots/3/trees/1"];
  for (const path of long) {
    assert.equal((await patient.request(path)).status, 200, path);
    /* more often than there are connections in the pool */
    for (let i = 0; i < 12; i++) {
      const answer = await server.request(path);
      assert.equal(answer.status, 503, path);
      assert.match(answer.json.detail, /longer than the server allows.*--query-timeout.*narrower filter/);
      assert.ok(Number(answer.headers["retry-after"]) >= 1);
      assert.equal(answer.headers.etag, undefined);
      /* the connection that was interrupted is the next that is leased */
      const next = await server.request("/api/v1/snapshots/3");
      assert.equal(next.status, 200, next.body.toString());
      assert.equal((await server.request("/api/v1/snapshots/3/processes/3/vmas")).status, 200);
    }
  }
  sql(db, "UPDATE snapshot SET label = 'seen' WHERE id = 3;\n");
  assert.equal(
    (await server.json("/api/v1/snapshots/3")).label,
    "seen",
    "no connection is stuck in the past",
  );
  assert.match(await server.stop(), /trees\/1: .*interrupted/);
});

test("--query-timeout takes seconds", async () => {
  for (const bad of ["0", "x", "-1", "1e9", ""]) {
    const { code, stderr } = await run(`--query-timeout=${bad}`);
    assert.equal(code, 2, bad);
    assert.match(stderr, /^vmascope-server: --query-timeout takes seconds from 0.001 to 86400, not /);
  }
});
