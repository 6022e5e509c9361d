/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests that are meant to harm, and the headers that protect the page. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";

import { small_server } from "./server.mjs";

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

test("every reply has the security headers", async (t) => {
  const server = await small_server(t);
  const requests = [
    ["/", {}],
    ["/index.html", { method: "HEAD" }],
    ["/api/v1/snapshots", {}],
    ["/api/v1/snapshots/2", {}],
    ["/api/v1/snapshots/latest", {}],
    ["/nothing", {}],
    ["/api/v1/snapshots?x", {}],
    ["/", { method: "POST", headers: { "Content-Length": "0" } }],
    ["/", { headers: { Host: "evil.example" } }],
    ["/", { headers: { "If-None-Match": "*" } }],
    ["/healthz", {}],
  ];
  for (const [path, options] of requests) {
    const { headers } = await server.request(path, options);
    assert.equal(headers["content-security-policy"], CSP, path);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(headers["cross-origin-resource-policy"], "same-origin");
    assert.equal(headers["access-control-allow-origin"], undefined);
    assert.equal(headers["set-cookie"], undefined);
  }
});

test("only names of this server are answered", async (t) => {
  const server = await small_server(t);
  for (const Host of [
    "localhost",
    "LOCALHOST:1",
    `127.0.0.1:${server.port}`,
    "[::1]:8080",
    "[::1]",
    "localhost:",
  ])
    assert.equal((await server.request("/healthz", { headers: { Host } })).status, 200, Host);
  for (const Host of [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1:80@evil",
    "localhost:8080x",
    "a",
    "::1",
    "127.0.0.2",
  ])
    for (const path of ["/", "/healthz", "/api/v1/snapshots", "/nothing"])
      await server.problem(421, path, { headers: { Host } });
});

/* Head of the one answer, whose connection was closed. */
async function refused(server, bytes) {
  const answer = await server.raw(bytes);
  assert.match(answer, /^HTTP\/1\.1 400 /, bytes);
  assert.match(answer, /\r\nConnection: close\r\n/i);
  assert.match(answer, /application\/problem\+json/);
  assert.equal(answer.split("HTTP/1.1 ").length, 2, "one answer, nothing smuggled");
}

test("a request that two readers could read in two ways is refused, and nothing after it is read", async (t) => {
  const server = await small_server(t);
  const after = "GET /api/v1/snapshots HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const get = "GET /healthz HTTP/1.1\r\n";
  await refused(server, `${get}\r\n${after}`);
  await refused(server, `${get}Host: localhost\r\nHost: localhost\r\n\r\n${after}`);
  await refused(server, `${get}Host: localhost\r\nhOST: evil.example\r\n\r\n${after}`);
  await refused(server, `${get}Host: localhost\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n${after}`);
  await refused(server, `${get}Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${after}`);
  await refused(
    server,
    `${get}Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${after}`,
  );
  await refused(
    server,
    `POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${after}`,
  );
  await refused(server, `${get}Host: localhost\r\nTransfer-Encoding: identity\r\n\r\n${after}`);
  await refused(server, `${get}Host: localhost\r\nContent-Length: ${after.length}\r\n\r\n${after}`);
  await refused(
    server,
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${after.length}\r\n\r\n${after}`,
  );
});

test("targets of other forms are refused", async (t) => {
  const server = await small_server(t);
  for (const target of [
    "http://localhost/healthz",
    "*",
    "localhost:80",
    "healthz",
    "/h\x01",
    "/\xff",
    "/\tx",
  ]) {
    const answer = await server.raw(
      Buffer.from(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, "latin1"),
    );
    assert.match(answer, /^HTTP\/1\.1 400 /, target);
  }
});

test("too much of anything ends in an error, not in memory", async (t) => {
  const server = await small_server(t);
  const long = await server.raw(`GET /${"a".repeat(1 << 20)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  assert.match(long, /^(HTTP\/1\.1 4(14|31|00) |$)/);
  const many = await server.raw(`GET / HTTP/1.1\r\nHost: localhost\r\n${"X: y\r\n".repeat(10000)}\r\n`);
  assert.match(many, /^(HTTP\/1\.1 4(14|31|00|13) |$)/);
  assert.equal((await server.request("/healthz")).status, 200);
});

test("garbage does not stop the server", async (t) => {
  const server = await small_server(t);
  const garbage = [
    "\r\n\r\n",
    "\0\0\0\0\r\n\r\n",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "GET / HTTP/1.1\r\nHost\r\n\r\n",
    "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01",
  ];
  for (const bytes of garbage) {
    const socket = net.connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    socket.end(bytes);
    await once(socket, "close");
  }
  assert.equal((await server.request("/healthz")).status, 200);
});

test("connections are kept and pipelined requests are answered in order", async (t) => {
  const server = await small_server(t);
  const get = (path, more = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  const answer = await server.raw(
    get("/healthz") + get("/nothing") + get("/api/v1/snapshots/2", "Connection: close\r\n"),
  );
  assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 200"]);
});

const STALLED = 200;
const slow_clients = {
  "say nothing": "",
  "never end their first line": "GET /",
  "never end their headers": "GET / HTTP/1.1\r\nHost: loc",
  "never end their body":
    "POST /api/v1/snapshots HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
  "keep their connection for nothing": "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "ask and do not listen": "GET /api/v1/snapshots/2/trees/3 HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(400),
};

for (const [what, bytes] of Object.entries(slow_clients))
  test(`${STALLED} clients that ${what} do not stop others`, async (t) => {
    const server = await small_server(t);
    const stalled = Array.from({ length: STALLED }, () => net.connect(server.port, "127.0.0.1"));
    t.after(() => stalled.forEach((socket) => socket.destroy()));
    for (const socket of stalled) socket.on("error", () => {}).pause();
    await Promise.all(stalled.map((socket) => once(socket, "connect")));
    for (const socket of stalled) socket.write(bytes);
    for (let i = 0; i < 60; i++)
      assert.equal((await server.request("/api/v1/snapshots/2/trees/3")).status, 200);
  });

test("who trickles its headers is cut off all the same", async (t) => {
  const server = await small_server(t);
  const socket = net.connect(server.port, "127.0.0.1").on("error", () => {});
  socket.resume();
  socket.write("GET / HTTP/1.1\r\n");
  const trickle = setInterval(() => socket.write("X: y\r\n"), 200);
  t.after(() => clearInterval(trickle));
  await once(socket, "close");
});

test("a client that leaves in the middle of an answer costs nothing", async (t) => {
  const server = await small_server(t);
  for (let i = 0; i < 20; i++) {
    const socket = net.connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write("GET /api/v1/snapshots/2/trees/3 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    socket.destroy();
  }
  assert.equal((await server.request("/healthz")).status, 200);
});
