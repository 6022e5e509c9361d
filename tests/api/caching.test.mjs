/* SPDX-License-Identifier: GPL-2.0-only */
/* What a client may keep, HEAD, and the way to the newest snapshot. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { small_server } from "./server.mjs";

const tagged = [
  "/api/v1/snapshots/2",
  "/api/v1/snapshots/1",
  "/api/v1/snapshots/2/processes",
  "/api/v1/snapshots/2/processes?limit=1",
  "/api/v1/snapshots/2/processes/101",
  "/api/v1/snapshots/2/processes/101/vmas",
  "/api/v1/snapshots/2/trees",
  "/api/v1/snapshots/2/trees/3",
  "/api/v1/snapshots/2/trees/3/columns",
  "/api/v1/snapshots/2/findings",
  "/api/v1/snapshots/2/findings?kind=idle_anon_vma",
  "/api/v1/snapshots/2/processes/101/anon-vmas",
  "/api/v1/snapshots/2/processes/101/fork",
  "/api/v1/snapshots/2/processes/101/fork?policy=chain",
  "/api/v1/snapshots/2/processes?fields=pid",
  "/api/v1/snapshots/2/processes?format=csv",
  "/api/v1/snapshots/2/executables",
  "/api/v1/snapshots/2/vmas",
  "/api/v1/snapshots/2/vmas?format=ndjson",
  "/api/v1/snapshots/2/trees/3.dot",
  "/api/v1/snapshots/2/anon-vmas/3",
];

test("below a snapshot everything has a tag of its own and is asked for again", async (t) => {
  const server = await small_server(t);
  const tags = new Set();
  for (const path of tagged) {
    const { headers } = await server.request(path);
    assert.equal(headers["cache-control"], "private, no-cache", path);
    assert.match(headers.etag, /^"[0-9a-f]{16}"$/);
    tags.add(headers.etag);
  }
  assert.equal(tags.size, tagged.length);
});

test("304 for a client that has it", async (t) => {
  const server = await small_server(t);
  for (const path of [...tagged, "/"]) {
    const { headers } = await server.request(path);
    const lists = [
      headers.etag,
      `W/${headers.etag}`,
      `"a", ${headers.etag}`,
      `"a",W/${headers.etag} , "b"`,
      "*",
    ];
    for (const list of lists)
      for (const method of ["GET", "HEAD"]) {
        const answer = await server.request(path, { method, headers: { "If-None-Match": list } });
        assert.equal(answer.status, 304, `${path} ${list}`);
        assert.equal(answer.body.length, 0);
        assert.equal(answer.headers.etag, headers.etag);
        assert.equal(answer.headers["cache-control"], headers["cache-control"]);
      }
    const lines = { "If-None-Match": ['"a"', '"b"', headers.etag] };
    assert.equal((await server.request(path, { headers: lines })).status, 304, "a list on several lines");
    for (const list of [
      "W/*",
      '"a", *',
      '"0000000000000000"',
      headers.etag.slice(1, -1),
      "",
      ",,",
      headers.etag.slice(0, -1),
    ])
      assert.equal((await server.request(path, { headers: { "If-None-Match": list } })).status, 200, list);
  }
});

test("a problem has no tag and is not kept", async (t) => {
  const server = await small_server(t);
  for (const path of ["/api/v1/snapshots/2/trees/99", "/api/v1/snapshots/9"]) {
    const { headers } = await server.request(path);
    assert.equal(headers.etag, undefined);
    assert.equal(headers["cache-control"], "no-store");
  }
});

test("what changes is asked for again", async (t) => {
  const server = await small_server(t);
  assert.equal((await server.request("/api/v1/snapshots")).headers["cache-control"], "no-cache");
  assert.equal((await server.request("/healthz")).headers["cache-control"], "no-store");
});

test("HEAD is GET without the body", async (t) => {
  const server = await small_server(t);
  for (const path of [
    ...tagged,
    "/api/v1/snapshots",
    "/",
    "/api/v1/snapshots/9",
    "/api/v1/snapshots/latest",
    "/api/v1/snapshots?x=1",
  ]) {
    const get = await server.request(path);
    const head = await server.request(path, { method: "HEAD" });
    assert.equal(head.status, get.status, path);
    assert.equal(head.body.length, 0);
    delete get.headers.date;
    delete head.headers.date;
    assert.deepEqual(head.headers, get.headers, path);
  }
});

test("latest redirects to the newest, with the rest of the path and the query", async (t) => {
  const server = await small_server(t);
  const moves = {
    "": "",
    "/processes": "/processes",
    "/processes/101/vmas?limit=5": "/processes/101/vmas?limit=5",
    "/trees?sort=-root&limit=1": "/trees?sort=-root&limit=1",
    "/trees/3": "/trees/3",
    "/trees?sort=%2Droot": "/trees?sort=%2Droot",
    "/processes?comm=%0d%0aX:%20y": "/processes?comm=%0d%0aX:%20y",
  };
  for (const [from, to] of Object.entries(moves)) {
    const { status, headers, body } = await server.request(`/api/v1/snapshots/latest${from}`);
    assert.equal(status, 307, from);
    assert.equal(headers.location, `/api/v1/snapshots/2${to}`);
    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers.etag, undefined);
    assert.equal(body.length, 0);
  }
});
