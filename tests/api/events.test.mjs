/* SPDX-License-Identifier: GPL-2.0-only */
/* Server-sent events: told once, in order, to everybody, and again to who was away. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, renameSync, rmSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { create_many } from "./many_rows.mjs";
import { create_database, HOSTILE_COMM_JSON } from "./small_topology.mjs";
import { scratch, sql } from "./sqlite.mjs";
import { add_snapshot, create_history, query } from "./series.mjs";
import { Server, small_server } from "./server.mjs";
import { Events } from "./sse.mjs";

const path = "/api/v1/events";

/* A stream, closed after the test. */
async function follow(t, server, ...args) {
  const events = await Events.open(server, ...args);
  t.after(() => events.close());
  return events;
}

/* Adds snapshots until one is told: the first look of the server only learns what
 * there is. Returns the id of the next. */
async function until_told(events, db, first) {
  for (let id = first; ; id++) {
    add_snapshot(db, id);
    for (let i = 0; i < 20 && !events.list.some(({ event }) => event === "snapshot"); i++)
      await events.news(50);
    if (!events.list.some(({ event }) => event === "snapshot")) continue;
    const last = events.list.filter(({ event }) => event === "snapshot").at(-1);
    if (last.id !== id) continue;
    events.list = events.list.filter(({ event }) => event !== "snapshot");
    return id + 1;
  }
}

test("a stream of events says so, and how long to wait before the next try", async (t) => {
  const server = await small_server(t);
  const events = await follow(t, server);
  assert.equal(events.status, 200);
  assert.equal(events.headers["content-type"], "text/event-stream");
  assert.equal(events.headers["cache-control"], "no-store");
  assert.equal(events.headers["x-content-type-options"], "nosniff");
  assert.deepEqual((await events.next("collector")).data, { state: "gone" });
  assert.ok(events.retry >= 1000);
  const head = await server.request(path, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
  const raw = await server.raw(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  assert.match(raw, /\r\n\r\n$/);
  assert.equal(raw.indexOf("\r\n\r\n"), raw.length - 4, "nothing behind the headers");
});

test("a new snapshot is told to all, once, as its document has it", async (t) => {
  const server = await small_server(t);
  const all = [await follow(t, server), await follow(t, server)];
  const id = await until_told(all[0], server.db, 3);
  add_snapshot(server.db, id, ", label = 'a \"label\"' || char(10) || 'of two lines', vmas = 4711");
  for (const events of all) {
    let told = await events.next("snapshot");
    while (told.id < id) told = await events.next("snapshot");
    const { findings, totals, ...rest } = told.data;
    const snapshot = await server.json(`/api/v1/snapshots/${id}`);
    const { boot } = snapshot;
    assert.equal(told.id, id);
    assert.deepEqual(rest, {
      id,
      taken_at: snapshot.taken_at,
      label: snapshot.label,
      pinned: snapshot.pinned,
      tree_tgid: snapshot.tree_tgid,
      boot: { id: boot.id, boot_id: boot.boot_id, host: boot.host, release: boot.release },
      quality: { complete: snapshot.quality.complete },
    });
    assert.equal(totals.vmas, 4711);
    for (const [name, value] of Object.entries(totals)) assert.equal(value, snapshot.totals[name], name);
    const none = { count: 0, bytes: 0, largest: [] };
    assert.deepEqual(findings, { new: none, resolved: none });
  }
  add_snapshot(server.db, id + 1);
  for (const events of all) assert.equal((await events.next("snapshot")).id, id + 1, "and no other twice");
});

test("findings: new ones and those that are gone, the largest by name", async (t) => {
  const server = await small_server(t);
  const events = await follow(t, server, `${path}?last_event_id=1`);
  const { id, data } = await events.next("snapshot");
  assert.equal(id, 2);
  const rows = query(
    server.db,
    `SELECT count(*) AS count, sum(bytes) AS bytes FROM finding WHERE born <= 2 AND died > 2
     AND id NOT IN (SELECT id FROM finding WHERE born <= 1 AND died > 1)`,
  );
  assert.deepEqual({ count: data.findings.new.count, bytes: data.findings.new.bytes }, rows[0]);
  assert.equal(data.findings.new.count, 6);
  assert.deepEqual(
    data.findings.new.largest.map(({ id, kind, bytes }) => ({ id, kind, bytes })),
    [
      { id: 6, kind: "wide_lock", bytes: 2312 },
      { id: 2, kind: "merge_blocked", bytes: 320 },
      { id: 3, kind: "idle_anon_vma", bytes: 168 },
    ],
  );
  const documents = (await server.json("/api/v1/snapshots/2/findings")).data;
  for (const told of data.findings.new.largest) {
    const finding = documents.find((row) => row.id === told.id);
    assert.deepEqual(told, {
      id: finding.id,
      kind: finding.kind,
      title: finding.title,
      bytes: finding.bytes,
      pid: finding.process.pid,
      comm: finding.process.comm,
      anon_vma: finding.anon_vma,
      root: finding.root,
    });
  }
  /* snapshot 3 has lost two of them */
  sql(server.db, "UPDATE finding SET died = 3 WHERE id IN (1, 6);\n");
  add_snapshot(server.db, 3);
  const { findings } = (await events.next("snapshot")).data;
  assert.equal(findings.new.count, 0);
  assert.deepEqual([findings.resolved.count, findings.resolved.bytes], [2, 2312 + 104]);
  assert.deepEqual(
    findings.resolved.largest.map(({ id, pid }) => [id, pid]),
    [
      [6, 100],
      [1, 101],
    ],
  );
});

test("a hostile name is data on one line", async (t) => {
  const server = await small_server(t);
  sql(server.db, "UPDATE finding SET bytes = 99999 WHERE mm = 6;\n");
  const events = await follow(t, server, `${path}?last_event_id=1`);
  const { largest } = (await events.next("snapshot")).data.findings.new;
  assert.equal(largest[0].comm, JSON.parse(HOSTILE_COMM_JSON));
});

test("who was away gets what it missed, by header or by parameter", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_history(db, 60);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const ids = async (events, last) => {
    const seen = [];
    do seen.push((await events.next("snapshot")).id);
    while (seen.at(-1) !== last);
    return seen;
  };
  const expected = Array.from({ length: 10 }, (_, i) => 51 + i);
  assert.deepEqual(await ids(await follow(t, server, `${path}?last_event_id=50`), 60), expected);
  assert.deepEqual(await ids(await follow(t, server, path, { "Last-Event-ID": "50" }), 60), expected);
  const both = await follow(t, server, `${path}?last_event_id=10`, { "Last-Event-ID": "58" });
  assert.deepEqual(await ids(both, 60), [59, 60], "the header is newer");
  add_snapshot(db, 61);
  assert.deepEqual(await ids(both, 61), [61], "and then what is new");
  const odd = await follow(t, server, path, { "Last-Event-ID": "x'; DROP" });
  assert.equal(odd.status, 200);
  await server.problem(400, `${path}?last_event_id=x`);
  await server.problem(400, `${path}?last_event_id=-1`);
});

test("too much to be told one by one is a gap", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_many(db, 150);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const events = await follow(t, server, `${path}?last_event_id=20`);
  assert.deepEqual(await events.next("gap", "snapshot"), {
    event: "gap",
    id: 150,
    data: { first: 21, last: 150 },
  });
  assert.ok(!events.list.some(({ event }) => event === "snapshot"));
  const fewer = await follow(t, server, `${path}?last_event_id=50`);
  assert.equal((await fewer.next("gap", "snapshot")).id, 51);
});

test("a database that goes, comes and is replaced", async (t) => {
  const directory = scratch(t);
  const db = join(directory, "vmascope.db");
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const events = await follow(t, server);
  await events.next("collector"); /* the first look is near */
  await new Promise((resolve) => setTimeout(resolve, 600));
  create_database(db);
  assert.deepEqual([(await events.next("snapshot")).id, (await events.next("snapshot")).id], [1, 2]);
  for (const end of ["", "-wal", "-shm"]) rmSync(db + end, { force: true });
  assert.deepEqual((await events.next("reset")).data, { snapshot: null });
  create_many(db, 3);
  const seen = [];
  while (!seen.includes(3)) seen.push((await events.next("snapshot")).id);
  const other = join(directory, "other.db");
  create_many(other, 7);
  sql(other, "PRAGMA wal_checkpoint(TRUNCATE);\n");
  for (const end of ["-wal", "-shm"]) rmSync(db + end, { force: true });
  renameSync(other, db);
  /* in one look, or with one in between where the file was not there */
  const reset = await events.next("reset");
  assert.equal(reset.data.snapshot, reset.id || null);
  const later = await follow(t, server, path, { "Last-Event-ID": "8" });
  assert.deepEqual((await later.next("reset")).data, { snapshot: 7 }, "an id of another database");
});

test("one too many is told to come later", async (t) => {
  const server = await small_server(t);
  const all = [];
  for (let i = 0; i < 32; i++) all.push(await follow(t, server));
  const refused = await server.request(path);
  assert.equal(refused.status, 503);
  assert.match(refused.json.detail, /32 clients follow/);
  assert.ok(Number(refused.headers["retry-after"]) >= 1);
  assert.match((await server.request("/metrics")).body.toString(), /^vmascope_event_followers 32$/m);
  assert.equal((await server.request("/healthz")).status, 200);
  /* told a snapshot the server notices who is gone */
  for (const events of all) events.close();
  let status = 503;
  for (let id = 3; status === 503 && id < 60; id++) {
    add_snapshot(server.db, id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const again = await follow(t, server);
    status = again.status;
  }
  assert.equal(status, 200);
});

test("clients that are gone keep nobody out", async (t) => {
  const server = await small_server(t);
  for (let i = 0; i < 70; i++) {
    const events = await Events.open(server);
    assert.equal(events.status, 200, `the ${i + 1}th`);
    events.close();
    /* its end is on the way before the next one asks */
    await events.closed;
  }
});

test("a client that does not read costs nobody anything", async (t) => {
  const server = await small_server(t);
  const socket = net.connect(server.port, "127.0.0.1").on("error", () => {});
  t.after(() => socket.destroy());
  socket.pause();
  socket.write(`GET ${path}?last_event_id=0 HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const events = await follow(t, server);
  const id = await until_told(events, server.db, 3);
  for (let i = 0; i < 5; i++) {
    add_snapshot(server.db, id + i);
    assert.equal((await events.next("snapshot")).id, id + i);
  }
});

test("a server that ends ends its streams at once", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_database(db);
  const server = await Server.start("--db", db);
  const all = [];
  for (let i = 0; i < 5; i++) all.push(await Events.open(server));
  const begin = Date.now();
  await server.stop();
  await Promise.all(all.map((events) => events.closed));
  assert.ok(Date.now() - begin < 5000, "no stream waits for its next comment");
});

/* Why the real collector cannot walk here, or false. */
function no_walk() {
  if (process.getuid() !== 0) return "not root";
  try {
    accessSync("/sys/kernel/btf/vmlinux", constants.R_OK);
    accessSync(process.env.VMASCOPE_COLLECTOR ?? "", constants.X_OK);
  } catch (error) {
    return error.message;
  }
  return false;
}

test("a collector that comes, takes snapshots and goes", { skip: no_walk() }, async (t) => {
  const db = join(scratch(t), "vmascope.db");
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const events = await follow(t, server);
  assert.deepEqual((await events.next("collector")).data, { state: "gone" });
  const collector = spawn(process.env.VMASCOPE_COLLECTOR, ["--db", db, "--interval", "1s"], {
    stdio: "ignore",
  });
  const ended = once(collector, "exit");
  t.after(() => collector.kill("SIGKILL"));
  assert.deepEqual((await events.next("collector")).data, { state: "back" });
  const told = await events.next("snapshot");
  const next = await events.next("snapshot");
  assert.equal(next.id, told.id + 1);
  const document = await server.json(`/api/v1/snapshots/${next.id}`);
  assert.deepEqual(
    [next.data.taken_at, next.data.totals.vmas, next.data.totals.avcs],
    [document.taken_at, document.totals.vmas, document.totals.avcs],
  );
  assert.match((await server.request("/metrics")).body.toString(), /^vmascope_collector_up 1$/m);
  collector.kill("SIGTERM");
  await ended;
  assert.deepEqual((await events.next("collector")).data, { state: "gone" });
});
