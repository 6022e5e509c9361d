/* SPDX-License-Identifier: GPL-2.0-only */
/* Tokens, and where the server listens with and without them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { add_snapshot } from "./series.mjs";
import { run, Server } from "./server.mjs";
import { create_database } from "./small_topology.mjs";
import { scratch } from "./sqlite.mjs";
import { Events } from "./sse.mjs";

const api = "/api/v1/snapshots";
const READER = "reader-0123456789abcdef";
const WRITER = "writer-0123456789abcdef";
const bearer = (token) => ({ Authorization: `Bearer ${token}` });

function token_file(directory, text = `# all of us\nread ${READER}\nwrite ${WRITER}\n`) {
  const path = join(directory, "tokens");
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

async function guarded_server(context, ...args) {
  const directory = scratch(context);
  const db = join(directory, "vmascope.db");
  create_database(db);
  const tokens = token_file(directory);
  const server = await Server.start("--db", db, "--token-file", tokens, ...args);
  server.db = db;
  context.after(() => server.stop());
  return { server, tokens, directory };
}

test("every resource wants a token, the page and the health do not", async (t) => {
  const { server } = await guarded_server(t);
  for (const path of ["/", "/index.html", "/healthz"])
    assert.equal((await server.request(path)).status, 200, path);
  for (const path of [api, `${api}/2`, `${api}/latest`, `${api}/2/trees/3`]) {
    const answer = await server.request(path);
    assert.equal(answer.status, 401, path);
    assert.match(answer.headers["www-authenticate"], /^Bearer /);
    assert.match(answer.json.detail, /Authorization: Bearer TOKEN/);
    await server.problem(401, path, { headers: bearer("x".repeat(20)) });
    for (const token of [READER, WRITER])
      assert.ok((await server.request(path, { headers: bearer(token) })).status < 400, path);
  }
  await server.problem(404, "/nothing");
});

test("to change something takes a token that may write", async (t) => {
  const { server } = await guarded_server(t);
  for (const [method, path, body] of [
    ["POST", api, {}],
    ["PATCH", `${api}/2`, { pinned: true }],
  ]) {
    assert.equal((await server.send(method, path, body)).status, 401);
    assert.equal((await server.send(method, path, body, bearer(READER))).status, 403);
    assert.equal((await server.send(method, path, body, bearer(WRITER))).status, 503);
  }
});

test("SIGHUP ends the streams of a token that is gone, and no others", async (t) => {
  const { server, directory } = await guarded_server(t);
  const events = await Events.open(server, "/api/v1/events", bearer(READER));
  const other = await Events.open(server, "/api/v1/events", bearer(WRITER));
  t.after(() => other.close());
  assert.deepEqual([events.status, other.status], [200, 200]);
  await Promise.all([events.next("collector"), other.next("collector")]);
  token_file(directory, `write ${WRITER}\n`);
  const begin = Date.now();
  server.child.kill("SIGHUP");
  await events.closed;
  assert.ok(Date.now() - begin < 10000, "it does not wait for its next comment");
  /* the first look of the server only learns which snapshots there are */
  for (let id = 3; id < 103 && !other.list.length; id++) {
    add_snapshot(server.db, id);
    await other.news(200);
  }
  await other.next("snapshot");
});

test("SIGHUP reads the file again, and a bad one changes nothing", async (t) => {
  const { server, directory } = await guarded_server(t);
  const reload = async (text) => {
    token_file(directory, text);
    server.hold(true);
    server.child.kill("SIGHUP");
    await once(server.child.stderr, "data");
    server.hold(false);
  };
  await reload(`read ${READER.toUpperCase()}\n`);
  await server.problem(401, api, { headers: bearer(READER) });
  assert.equal((await server.request(api, { headers: bearer(READER.toUpperCase()) })).status, 200);
  await reload("nonsense\n");
  assert.equal((await server.request(api, { headers: bearer(READER.toUpperCase()) })).status, 200);
  assert.match(server.stderr, /line 1 of .*tokens.*stay as they were/);
  assert.ok(!server.stderr.toLowerCase().includes(READER), "no token is logged");
});

test("a token file that is wrong or open to others is refused", async (t) => {
  const directory = scratch(t);
  const refuse = async (pattern) => {
    const { code, stderr } = await run(
      "--db",
      join(directory, "x.db"),
      "--token-file",
      join(directory, "tokens"),
    );
    assert.equal(code, 3, stderr);
    assert.match(stderr, pattern);
    assert.match(stderr, /^vmascope-server: [^\n]*\n$/);
  };
  await refuse(/cannot read .*tokens: No such file/);
  chmodSync(token_file(directory), 0o644);
  await refuse(/others can get at it; chmod 600/);
  chmodSync(token_file(directory, "read short\n"), 0o600);
  await refuse(/line 1 of .* 16 to 256/);
});

test("with tokens it may be reached from other machines", async (t) => {
  const { server } = await guarded_server(t, "--listen", "0.0.0.0:0", "--host", "scope.example");
  const Host = `scope.example:${server.port}`;
  assert.equal((await server.request("/healthz", { headers: { Host } })).status, 200);
  assert.equal((await server.request(api, { headers: { Host, ...bearer(READER) } })).status, 200);
  await server.problem(421, api, { headers: { Host: "evil.example", ...bearer(READER) } });
});

test("it listens on a Unix socket and on several addresses at once", async (t) => {
  const directory = scratch(t);
  const path = join(directory, "server.socket");
  const db = join(directory, "vmascope.db");
  create_database(db);
  const args = ["--db", db, "--listen", `unix:${path}`, "--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0"];
  const server = await Server.start(...args);
  assert.equal(server.listening.length, 3);
  assert.equal(server.listening[0], `unix:${path}`);
  assert.equal(statSync(path).mode & 0o777, 0o660);
  for (const Host of ["localhost", "127.0.0.2"]) {
    const answer = await server.request(`${api}/2`, { socketPath: path, headers: { Host } });
    assert.equal(answer.status, 200);
    assert.equal(answer.json.id, 2);
  }
  await server.problem(421, api, { socketPath: path, headers: { Host: "evil.example" } });
  assert.equal((await fetch(new URL("/healthz", server.listening[2]))).status, 200);
  const second = await run(...args.slice(0, 4));
  assert.equal(second.code, 1);
  assert.match(second.stderr, /server\.socket is in use by another program; give another path/);
  assert.equal((await server.request("/healthz", { socketPath: path })).status, 200);
  await server.stop();
  assert.ok(!existsSync(path), "it removes its socket");
});

test("a Unix socket that a killed server left is replaced, anything else is not", async (t) => {
  const directory = scratch(t);
  const path = join(directory, "server.socket");
  const args = ["--db", join(directory, "x.db"), "--listen", `unix:${path}`];
  const killed = await Server.start(...args);
  killed.hold(true);
  killed.child.kill("SIGKILL");
  await killed.ended;
  assert.ok(existsSync(path));
  const server = await Server.start(...args);
  assert.equal((await server.request("/healthz", { socketPath: path })).status, 200);
  await server.stop();
  writeFileSync(path, "precious");
  const { code, stderr } = await run(...args);
  assert.equal(code, 1);
  assert.match(stderr.trim().split("\n").at(-1), /is not a socket/);
});

test("many clients of a Unix socket are served", async (t) => {
  const directory = scratch(t);
  const path = join(directory, "server.socket");
  const server = await Server.start("--db", join(directory, "x.db"), "--listen", `unix:${path}`);
  t.after(() => server.stop());
  const stalled = Array.from({ length: 300 }, () => net.connect(path).on("error", () => {}));
  t.after(() => stalled.forEach((socket) => socket.destroy()));
  for (let i = 0; i < 20; i++)
    assert.equal((await server.request("/healthz", { socketPath: path })).status, 200);
});
