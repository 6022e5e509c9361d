/* SPDX-License-Identifier: GPL-2.0-only */
/* The page's files: compiled in, or from a directory under the same names. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { scratch } from "./sqlite.mjs";
import { small_server } from "./server.mjs";

test("the page is at / and under its name", async (t) => {
  const server = await small_server(t);
  const page = await server.request("/");
  assert.equal(page.status, 200);
  assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
  assert.equal(page.headers["cache-control"], "no-cache");
  assert.match(page.headers.etag, /^"[0-9a-f]{16}"$/);
  assert.match(page.body.toString(), /^<!doctype html>/i);
  assert.deepEqual((await server.request("/index.html")).body, page.body);
  assert.deepEqual(
    (await server.request("/?snapshot=2&view=forest&x=%ff".replace("%ff", "y"))).body,
    page.body,
  );
});

test("what the page refers to is there, with its type", async (t) => {
  const server = await small_server(t);
  const page = (await server.request("/")).body.toString();
  const types = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" };
  for (const [, name, ending] of page.matchAll(/(?:src|href)="\/?([\w.-]+\.(js|css))"/g)) {
    const file = await server.request(`/${name}`);
    assert.equal(file.status, 200, name);
    assert.equal(file.headers["content-type"], types[ending]);
    assert.ok(file.body.length > 0);
  }
});

test("--web-root serves the same names from a directory, as they are now", async (t) => {
  const root = scratch(t);
  const server = await small_server(t, "--web-root", root);
  await server.problem(404, "/");
  for (const bytes of [
    Buffer.from("one"),
    Buffer.from([0, 255, 10, 13, 0]),
    Buffer.alloc(200000, "x"),
    Buffer.alloc(0),
  ]) {
    writeFileSync(join(root, "index.html"), bytes);
    const page = await server.request("/");
    assert.equal(page.status, 200);
    assert.deepEqual(page.body, bytes);
    assert.equal(page.headers["cache-control"], "no-store");
    assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
  }
  writeFileSync(join(root, "secret.txt"), "x");
  for (const path of ["/secret.txt", "/./index.html", "/..%2findex.html", "/%2e/index.html"])
    await server.problem(404, path);
});
