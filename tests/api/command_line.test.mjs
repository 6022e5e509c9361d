/* SPDX-License-Identifier: GPL-2.0-only */
/* Options, exit codes, signals. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { scratch } from "./sqlite.mjs";
import { run, Server } from "./server.mjs";

test("--help names every option, --version the version", async () => {
  const help = await run("--help");
  assert.equal(help.code, 0);
  assert.equal(help.stderr, "");
  for (const word of [
    "--db FILE",
    "--listen WHERE...",
    "--host NAME...",
    "--token-file FILE",
    "--socket PATH",
    "--web-root DIR",
    "--version",
    "--help",
    "Exit codes",
  ])
    assert.ok(help.stdout.includes(word), word);
  const version = await run("--version");
  assert.match(version.stdout, /^vmascope-server \d+\.\d+\.\d+\n$/);
  assert.equal(version.code, 0);
});

const usage = {
  "--nonsense": /--nonsense is not an option/,
  extra: /extra is not an option/,
  "--db": /--db needs a value/,
  "--help=yes": /--help takes no value/,
  "--listen=8080": /--listen takes an address and a port/,
  "--listen=127.0.0.1": /--listen takes/,
  "--listen=127.0.0.1:": /--listen takes/,
  "--listen=127.0.0.1:65536": /--listen takes/,
  "--listen=127.0.0.1:-1": /--listen takes/,
  "--listen=::1:80": /--listen takes/,
  "--listen=example.org:80": /--listen takes/,
  "--listen=0.0.0.0:8080": /can be reached from other machines/,
  "--listen=[::]:8080": /can be reached from other machines/,
  "--listen=192.0.2.1:0": /can be reached from other machines/,
  "--listen=[2001:db8::1]:0": /can be reached from other machines/,
};

test("wrong use is exit code 2 and one sentence", async () => {
  for (const [argument, sentence] of Object.entries(usage)) {
    const { code, stdout, stderr } = await run(argument);
    assert.equal(code, 2, argument);
    assert.equal(stdout, "");
    assert.match(stderr, sentence);
    assert.match(stderr, /^vmascope-server: [^\n]*\n$/);
  }
});

test("a name that no Host header can have is exit code 2", async (t) => {
  const db = join(scratch(t), "x.db");
  for (const host of ["", "a b", "a/b", "http://a", "a:80", "[::1]:80", "[]", "[x]", "é", "a\n"]) {
    const { code, stdout, stderr } = await run("--db", db, "--host", host);
    assert.equal(code, 2, JSON.stringify(host));
    assert.equal(stdout, "");
    assert.match(stderr, /^vmascope-server: --host takes a name without a port/);
  }
  const server = await Server.start("--db", db, "--host", "scope_1.example", "--host=[2001:db8::1]");
  await server.stop();
});

test("what is not there, or is something else, is exit code 3 and one sentence", async (t) => {
  const directory = scratch(t);
  const db = join(directory, "x.db");
  writeFileSync(join(directory, "file"), "");
  for (const [args, sentence] of [
    [["--db", directory], /is no file; give --db/],
    [["--db", "/dev/null"], /is no file; give --db/],
    [["--db", db, "--web-root", join(directory, "none")], /is no directory; give --web-root/],
    [["--db", db, "--web-root", join(directory, "file")], /is no directory; give --web-root/],
  ]) {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 3, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, sentence);
    assert.match(stderr, /^vmascope-server: [^\n]*\n$/);
  }
  const server = await Server.start("--db", db, "--web-root", directory);
  await server.stop();
});

test("a busy port is exit code 1 and one sentence that names the address", async (t) => {
  const other = net.createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const address = `127.0.0.1:${other.address().port}`;
  const { code, stdout, stderr } = await run("--db", join(scratch(t), "x.db"), "--listen", address);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr.trim().split("\n").at(-1), new RegExp(`^vmascope-server: ${address} is in use`));
});

/* When the server gives up a request that does not come; see server/http.c. */
const REQUEST_TIMEOUT_MS = 30_000;

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} ends it with exit code 0, also with clients connected`, async (t) => {
    const server = await Server.start("--db", join(scratch(t), "x.db"));
    const sockets = Array.from({ length: 3 }, () => net.connect(server.port, "127.0.0.1"));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    for (const socket of sockets) socket.on("error", () => {}); /* it is cut off */
    sockets[0].write("GET / HTTP/1.1\r\nHos");
    sockets[1].write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(sockets[1], "data");
    const started = Date.now();
    await server.stop(signal);
    assert.ok(Date.now() - started < REQUEST_TIMEOUT_MS / 2, "it does not wait for a client that stalls");
    for (const socket of sockets) socket.destroy();
  });
}

test("it can start again on the port it just left", async (t) => {
  const db = join(scratch(t), "x.db");
  const first = await Server.start("--db", db);
  await first.request("/healthz");
  await first.stop();
  const again = await Server.start("--db", db, "--listen", `127.0.0.1:${first.port}`);
  assert.equal(again.port, first.port);
  await again.stop();
});

test("it listens on IPv6 and under a name", async (t) => {
  const db = join(scratch(t), "x.db");
  for (const address of ["localhost:0", "[::1]:0", "127.0.0.5:0"]) {
    let server;
    try {
      server = await Server.start("--db", db, "--listen", address);
    } catch (error) {
      assert.match(String(error), /cannot listen/); /* no IPv6 here */
      continue;
    }
    assert.equal((await fetch(new URL("/healthz", server.url))).status, 200, address);
    await server.stop();
  }
});
