/* SPDX-License-Identifier: GPL-2.0-only */
/* A database that is not there, comes, goes, is another's or is damaged. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { create_many } from "./many_rows.mjs";
import { create_database } from "./small_topology.mjs";
import { create_schema, scratch, sql } from "./sqlite.mjs";
import { run, run_as, Server, small_server } from "./server.mjs";

const api = "/api/v1/snapshots";

async function server_on(context, db) {
  const server = await Server.start("--db", db);
  context.after(() => server.stop());
  return server;
}

function remove(db) {
  for (const end of ["", "-wal", "-shm"]) rmSync(db + end, { force: true });
}

async function assert_empty(server) {
  assert.deepEqual(await server.json(api), { data: [], next: null });
  assert.deepEqual(await server.json("/healthz"), { status: "ok", snapshots: 0, latest: null });
  for (const path of [`${api}/latest`, `${api}/latest/trees`, `${api}/1`, `${api}/1/processes`])
    assert.equal((await server.request(path)).status, 404, path);
  assert.match(
    (await server.problem(404, `${api}/latest`)).detail,
    /No snapshot yet: start vmascope-collector/,
  );
  await server.problem(400, `${api}/latest?x=1`);
  assert.equal((await server.request("/")).status, 200);
}

test("no database yet is an empty state, and one that appears is used", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  const server = await Server.start("--db", db);
  await assert_empty(server);
  assert.ok(!existsSync(db), "the server creates nothing");
  create_schema(db);
  await assert_empty(server);
  remove(db);
  create_database(db);
  assert.equal((await server.json(api)).data.length, 2);
  assert.match(await server.stop(), /no database at .* yet/);
});

test("no directory yet is an empty state too", async (t) => {
  await assert_empty(await server_on(t, join(scratch(t), "missing", "vmascope.db")));
});

test("an empty file is a database that is being made", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  writeFileSync(db, "");
  const server = await server_on(t, db);
  await assert_empty(server);
  /* its first page comes before the transaction with the tables */
  sql(db, "PRAGMA journal_mode = WAL;\n");
  assert.ok(statSync(db).size > 0);
  await assert_empty(server);
  create_database(db);
  assert.equal((await server.json(api)).data.length, 2);
});

test("a new snapshot is seen at once", async (t) => {
  const server = await small_server(t);
  await server.json(`${api}/2`);
  sql(
    server.db,
    "CREATE TEMP TABLE next AS SELECT * FROM snapshot WHERE id = 2; UPDATE next SET id = 3;" +
      "INSERT INTO snapshot SELECT * FROM next;\n",
  );
  assert.equal((await server.request(`${api}/latest`)).headers.location, `${api}/3`);
  assert.equal((await server.json("/healthz")).snapshots, 3);
});

test("a database that was deleted is gone, and the next one is used", async (t) => {
  const server = await small_server(t);
  assert.equal((await server.json(api)).data.length, 2);
  remove(server.db);
  await assert_empty(server);
  create_many(server.db, 5);
  assert.equal((await server.json(api)).data.length, 5);
});

test("a database that was replaced by another is read anew", async (t) => {
  const server = await small_server(t);
  const other = `${server.db}.other`;
  const { headers } = await server.request(`${api}/1`);
  create_many(other, 7);
  remove(server.db);
  sql(other, "PRAGMA wal_checkpoint(TRUNCATE);\n");
  renameSync(other, server.db);
  assert.equal((await server.json(api)).data.length, 7);
  assert.notEqual((await server.request(`${api}/1`)).headers.etag, headers.etag);
});

const unusable = {
  "of another program": [
    (db) => sql(db, "PRAGMA application_id = 1; CREATE TABLE t (a);\n"),
    /database of another program/,
  ],
  "without any mark": [(db) => sql(db, "CREATE TABLE t (a);\n"), /database of another program/],
  "of a newer vmascope": [
    (db) => (create_schema(db), sql(db, "PRAGMA user_version = 99;\n")),
    /newer vmascope/,
  ],
  "that is none": [(db) => writeFileSync(db, "This is no database. ".repeat(100)), /not a vmascope database/],
};

for (const [what, [create, sentence]] of Object.entries(unusable)) {
  test(`a file ${what}: exit 3 at the start, 503 later`, async (t) => {
    const directory = scratch(t);
    const db = join(directory, "vmascope.db");
    const server = await server_on(t, db);
    create(db);
    const { code, stdout, stderr } = await run("--db", db, "--listen", "127.0.0.1:0");
    assert.equal(code, 3);
    assert.equal(stdout, "");
    assert.match(stderr, sentence);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    for (const path of [api, `${api}/latest`, `${api}/1/trees`, "/healthz"])
      assert.match((await server.problem(503, path)).detail, sentence);
    assert.equal((await server.request("/")).status, 200, "the page is served");
    remove(db);
    create_database(db);
    assert.equal((await server.json(api)).data.length, 2, "and the server recovers");
  });
}

/* The server needs no rights: where the tests are root they start it as nobody,
 * who may read the database but write neither it nor its directory. */
const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};

test("a reader without any right to write is enough", async (t) => {
  const directory = scratch(t);
  const db = join(directory, "vmascope.db");
  chmodSync(directory, 0o755);
  create_database(db);
  const server = await Server.start_as(nobody, "--db", db);
  t.after(() => server.stop());
  assert.equal((await server.json(`${api}/2/trees/3`)).anon_vmas.length, 5);
  sql(db, "UPDATE snapshot SET label = 'later' WHERE id = 2;\n");
  assert.equal((await server.json(`${api}/2`)).label, "later");
});

test("a file that may not be read: exit 3 at the start, 503 later", async (t) => {
  const directory = scratch(t);
  const db = join(directory, "vmascope.db");
  chmodSync(directory, 0o755);
  const server = await Server.start_as(nobody, "--db", db);
  t.after(() => server.stop());
  create_database(db);
  chmodSync(db, 0);
  const { code, stderr } = await run_as(nobody, "--db", db, "--listen", "127.0.0.1:0");
  assert.equal(code, 3);
  assert.match(stderr, /^vmascope-server: cannot read .*: Permission denied\n$/);
  assert.match((await server.problem(503, "/healthz")).detail, /Permission denied/);
});

test("a damaged database is a 503, not an end", async (t) => {
  const server = await small_server(t);
  sql(server.db, "PRAGMA wal_checkpoint(TRUNCATE);\n");
  const pages = readFileSync(server.db);
  pages.fill(0xa5, 4096); /* all but the first, by which it is known as ours */
  writeFileSync(server.db, pages);
  for (const path of [api, `${api}/latest`, `${api}/2/trees`, "/healthz"])
    assert.match((await server.problem(503, path)).detail, /damaged|malformed/, path);
  assert.equal((await server.request("/")).status, 200);
});

test("a writer at work does not hinder readers", async (t) => {
  const server = await small_server(t);
  const writer = spawn("sqlite3", ["-batch", "-bail", server.db], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(writer, "close");
  t.after(() => writer.kill());
  writer.stdin.write("BEGIN IMMEDIATE; DELETE FROM tree; SELECT 'at work';\n");
  const [said] = await once(writer.stdout.setEncoding("utf8"), "data");
  assert.equal(said, "at work\n");
  /* It stays at work until it has been answered. */
  assert.equal((await server.json(`${api}/2/trees`)).data.length, 2);
  writer.stdin.end("COMMIT;\n");
  assert.deepEqual(await ended, [0, null]);
  assert.equal((await server.json(`${api}/2/trees`)).data.length, 0, "it did write");
});
