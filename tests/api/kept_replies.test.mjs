/* SPDX-License-Identifier: GPL-2.0-only */
/* The server keeps replies; nobody may ever see one that is not true any more. */
import assert from "node:assert/strict";
import { renameSync, rmSync } from "node:fs";
import { test } from "node:test";

import { create_many } from "./many_rows.mjs";
import { create_database } from "./small_topology.mjs";
import { sql } from "./sqlite.mjs";
import { small_server } from "./server.mjs";

const api = "/api/v1/snapshots";
const paths = [`${api}/1`, `${api}/1/trees`, `${api}/1/processes?limit=1`, `${api}/1/findings`, `${api}/2`];

/* Asked twice: the second answer is a kept one. */
async function warm(server) {
  for (const path of paths) {
    const first = await server.request(path);
    const second = await server.request(path);
    for (const answer of [first, second]) delete answer.headers.date;
    assert.deepEqual(second, first);
    assert.equal(second.status, 200, path);
    const none = { headers: { "If-None-Match": first.headers.etag } };
    for (let i = 0; i < 2; i++) {
      const { status, headers, body } = await server.request(path, none);
      assert.equal(status, 304);
      assert.equal(headers.etag, first.headers.etag);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(body.length, 0);
    }
  }
}

function remove(db) {
  for (const end of ["", "-wal", "-shm"]) rmSync(db + end, { force: true });
}

test("a snapshot that was deleted is gone at once", async (t) => {
  const server = await small_server(t);
  await warm(server);
  const { headers } = await server.request(paths[0]);
  sql(server.db, "DELETE FROM snapshot WHERE id = 1;\n");
  for (const path of paths.slice(0, -1))
    for (const asked of [{}, { headers: { "If-None-Match": headers.etag } }])
      assert.ok([404, 410].includes((await server.request(path, asked)).status), path);
  assert.equal((await server.request(paths.at(-1))).status, 200);
});

test("a label is seen at once, with others asking all the time", async (t) => {
  const server = await small_server(t);
  let done = false;
  const others = Array.from({ length: 8 }, async () => {
    while (!done) await server.json(`${api}/2`);
  });
  for (let i = 0; i < 50; i++) {
    sql(server.db, `UPDATE snapshot SET label = 'label ${i}' WHERE id = 2;\n`);
    assert.equal((await server.json(`${api}/2`)).label, `label ${i}`);
  }
  done = true;
  await Promise.all(others);
});

test("a change that was undone is never seen", async (t) => {
  const server = await small_server(t);
  await warm(server);
  const before = await server.json(`${api}/2`);
  sql(server.db, "BEGIN; UPDATE snapshot SET label = 'no' WHERE id = 2; ROLLBACK;\n");
  assert.deepEqual(await server.json(`${api}/2`), before);
});

test("the newest is the newest", async (t) => {
  const server = await small_server(t);
  await warm(server);
  for (let id = 3; id < 8; id++) {
    assert.equal((await server.request(`${api}/latest`)).headers.location, `${api}/${id - 1}`);
    assert.ok((await server.request(`${api}/${id}`)).status >= 400);
    sql(
      server.db,
      `CREATE TEMP TABLE next AS SELECT * FROM snapshot WHERE id = 2; UPDATE next SET id = ${id};` +
        "INSERT INTO snapshot SELECT * FROM next;\n",
    );
    assert.equal((await server.request(`${api}/latest`)).headers.location, `${api}/${id}`);
    assert.equal((await server.json(`${api}/${id}`)).id, id);
  }
});

test("another database of that name has other answers", async (t) => {
  const server = await small_server(t);
  const other = `${server.db}.other`;
  await warm(server);
  const before = await server.json(`${api}/1`);
  create_many(other, 7);
  sql(other, "PRAGMA wal_checkpoint(TRUNCATE);\n");
  remove(server.db);
  renameSync(other, server.db);
  assert.notDeepEqual(await server.json(`${api}/1`), before);
  assert.equal((await server.json(`${api}/1/trees`)).data.length, 7);
  remove(server.db);
  for (const path of paths) assert.equal((await server.request(path)).status, 404, path);
  create_database(server.db);
  assert.deepEqual(await server.json(`${api}/1`), before);
});
