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
async function refused(server, bytes, status = 400) {
  const answer = await server.raw(Buffer.from(bytes, "latin1"));
  assert.equal(Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1]), status, JSON.stringify(bytes));
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
    405,
  );
  await refused(
    server,
    `POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${after.length}\r\n\r\n${after}`,
    404,
  );
});

const AFTER = "GET /api/v1/snapshots HTTP/1.1\r\nHost: localhost\r\n\r\n";

/* Lines that one reader skips and another understands. */
const ODD_LINES = [
  "Content-Length : 52\r\n",
  "Content-Length\t: 52\r\n",
  "Transfer-Encoding : chunked\r\n",
  "Transfer-Encoding:\r\n chunked\r\n",
  "Transfer-Encoding:\r\n\tchunked\r\n",
  "Content-Length:\r\n 52\r\n",
  "X: a\r\n b\r\n c\r\n",
  "X: a\r\n \r\n",
  "Content-Length: 0\x0050\r\n",
  "Content-Length: 0\0\x0050\r\n",
  "X: a\0b\r\n",
  "X: \0a\r\n",
  "\0X: a\r\n",
  "X: a\rTransfer-Encoding: chunked\r\n",
  "X: a\r\r\n",
  "X: a\nTransfer-Encoding: identity\r\n",
  "X: a\n",
  "X: \x01\r\n",
  "X: \x7f\r\n",
  "X Y: z\r\n",
  "X\xe9: z\r\n",
  ": x\r\n",
];

test("a line that two readers could read in two ways is refused, wherever it is", async (t) => {
  const server = await small_server(t);
  for (const start of ["GET /healthz HTTP/1.1\r\n", "POST /api/v1/snapshots HTTP/1.1\r\n"])
    for (const line of ODD_LINES) {
      await refused(server, `${start}Host: localhost\r\nY: z\r\n${line}\r\n${AFTER}`);
      await refused(server, `${start}Host: localhost\r\n${line}Y: z\r\n\r\n${AFTER}`);
      if (!/^[ \t]/.test(line)) await refused(server, `${start}${line}Host: localhost\r\n\r\n${AFTER}`);
    }
  await refused(server, `GET /healthz HTTP/1.1\r\nX: a\0\r\nHost: localhost\r\n\r\n${AFTER}`);
  await refused(server, `GET /healthz HTTP/1.1\nHost: localhost\n\n${AFTER}`);
  await refused(server, `GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n${AFTER}`);
  await refused(server, `GET /healthz\0 HTTP/1.1\r\nHost: localhost\r\n\r\n${AFTER}`);
});

test("what cannot be told from an ordinary line is the end of its connection", async (t) => {
  const server = await small_server(t);
  for (const [start, line] of [
    ["GET /healthz HTTP/1.1\r\n", "Content-Length: 0\0\0\0\0" + "50\r\n"],
    ["GET /healthz HTTP/1.1\r\n", "Content-Length: 0\r\n"],
    ["POST /api/v1/snapshots HTTP/1.1\r\nContent-Type: application/json\r\n", "Content-Length: 0\0\0\r\n"],
    ["POST /api/v1/snapshots HTTP/1.1\r\nContent-Type: application/json\r\n", "Content-Length: 2\0\0\r\n"],
  ]) {
    const answer = await server.raw(`${start}Host: localhost\r\n${line}\r\n{}${AFTER}`);
    assert.ok(answer.split("HTTP/1.1 ").length <= 2, JSON.stringify(line));
  }
});

test("a Content-Length that is no number of bytes ends the connection", async (t) => {
  const server = await small_server(t);
  for (const start of ["GET /healthz", "POST /api/v1/snapshots"])
    for (const length of [
      "-1",
      "+2",
      "2, 2",
      "0x2",
      "2 ",
      "2;",
      "",
      "18446744073709551616",
      "9".repeat(40),
    ]) {
      const answer = await server.raw(
        `${start} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n${AFTER}`,
      );
      assert.match(answer, /^HTTP\/1\.1 4(00|13) [^]*\r\nConnection: close\r\n/, length);
      assert.doesNotMatch(answer, /"data"/, "nothing that follows is run");
    }
});

test("ordinary lines are none of those", async (t) => {
  const server = await small_server(t);
  const lines = ["X:", "X: ", "X:a", "X: \t a", "X: a \t", "X: \xe9", "Cookie: a=b; c=d", "X-!~: a:b"];
  for (const line of lines)
    for (const head of [`Host: localhost\r\n${line}\r\n`, `${line}\r\nHost: localhost\r\n`]) {
      const bytes = `GET /healthz HTTP/1.1\r\n${head}\r\nGET / HTTP/1.1\r\nConnection: close\r\n${head}\r\n`;
      const answer = await server.raw(Buffer.from(`\r\n${bytes}`, "latin1"));
      assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 200", "HTTP/1.1 200"], line);
    }
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
