/* SPDX-License-Identifier: GPL-2.0-only */
/* What is asked wrongly is answered with what would be right. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { small_server } from "./server.mjs";

const api = "/api/v1/snapshots";

const bad = [
  ["?limt=5", /no parameter "limt".*takes limit, cursor/],
  ["?sort=root", /sort is one of id, with - before it/],
  ["?pid=1", /no parameter "pid"/],
  ["?limit=0", /limit is an integer from 1 to 10000/],
  ["?limit=10001", /limit is an integer/],
  ["?limit=", /limit is an integer/],
  ["?limit", /limit is an integer/],
  ["?limit=+5", /limit is an integer/],
  ["?limit=5x", /limit is an integer/],
  ["?limit=0x10", /limit is an integer/],
  ["?limit=1e2", /limit is an integer/],
  ["?limit=99999999999999999999999", /limit is an integer/],
  ["?limit=5&limit=5", /parameter limit once/],
  ["?cursor=", /cursor has 1 to 64 bytes/],
  [`?cursor=${"A".repeat(65)}`, /cursor has 1 to 64 bytes/],
  ["?cursor=hello", /none of ours/],
  [`?cursor=${"!".repeat(32)}`, /none of ours/],
  [`?cursor=${"A".repeat(32)}`, /another list/],
  ["?%00=1", /not percent-encoded UTF-8/],
  ["?limit=%00", /not percent-encoded UTF-8/],
  ["?limit=%ff", /not percent-encoded UTF-8/],
  ["?limit=%ed%a0%80", /not percent-encoded UTF-8/],
  ["?limit=%4", /not percent-encoded UTF-8/],
  ["?limit=%zz", /not percent-encoded UTF-8/],
  ["?limit=%", /not percent-encoded UTF-8/],
  [`?${"a=1&".repeat(33)}`, /more than 32 parameters/],
  ["?%3Cscript%3E=1", /no parameter "<script>"/],
  ["/0", /snapshot is an integer from 1 to 9223372036854775807, or latest/],
  ["/-1", /snapshot is an integer/],
  ["/9223372036854775808", /snapshot is an integer/],
  ["/1.5", /snapshot is an integer/],
  ["/newest", /snapshot is an integer/],
  ["/%31x", /snapshot is an integer/],
  ["/2?limit=1", /no parameter "limit"; this resource takes none/],
  ["/2/processes/0", /pid is an integer from 1 to 2147483647/],
  ["/2/processes/-1", /pid is an integer/],
  ["/2/processes/2147483648", /pid is an integer/],
  ["/2/processes?pid=x", /pid is an integer/],
  ["/2/processes?comm=", /comm has 1 to 15 bytes/],
  ["/2/processes?comm=0123456789abcdef", /comm has 1 to 15 bytes/],
  ["/2/processes?comm=%ff", /not percent-encoded UTF-8/],
  ["/2/trees?sort=size", /sort is one of missed_reuse, anon_vmas,.* root, with -/],
  ["/2/trees?sort=--root", /sort is one of/],
  ["/2/trees?sort=", /sort is one of/],
  ["/2/trees/0", /root is an integer from 1 to 4294967295/],
  ["/2/trees/4294967296", /root is an integer/],
  ["/2/findings?kind=fork", /kind is one of fork_split, merge_blocked,.* wide_lock, invariant[.]$/],
  ["/2/findings?kind=-fork_split", /kind is one of/],
  ["/2/findings?kind=", /kind is one of/],
  ["/2/findings?kind=Fork_split", /kind is one of/],
  ["/2/findings?kind=fork_split&kind=deep_chain", /parameter kind once/],
  ["/2/findings?sort=kind", /sort is one of bytes, size, id, with - before it/],
  ["/2/findings?sort=--bytes", /sort is one of/],
  ["/2/findings?sort=object_bytes", /sort is one of/],
  ["/2/findings?min_bytes=-1", /min_bytes is an integer from 0 to 9223372036854775807/],
  ["/2/findings?min_bytes=1k", /min_bytes is an integer/],
  ["/2/findings?min_bytes=9223372036854775808", /min_bytes is an integer/],
  ["/2/findings?pid=0", /pid is an integer from 1/],
  ["/2/findings?pid=latest", /pid is an integer/],
  ["/2/findings?root=0", /root is an integer from 1/],
  ["/2/findings?uid=1", /no parameter "uid"; this resource takes limit, cursor, format, fields, kind, pid,/],
  ["/2/findings?policy=chain", /no parameter "policy"/],
  [
    "/2/processes/101/fork?policy=counter",
    /policy is one of shared, chain, degree,.* counters, reversed[.]$/,
  ],
  ["/2/processes/101/fork?policy=-chain", /policy is one of/],
  ["/2/processes/101/fork?policy=", /policy is one of/],
  ["/2/processes/101/fork?limit=1", /no parameter "limit"; this resource takes policy/],
  ["/2/processes/x/fork", /pid is an integer/],
  ["/latest?x=1", /no parameter "x"/],
];

test("400 for what no value can be", async (t) => {
  const server = await small_server(t);
  for (const [path, detail] of bad)
    assert.match((await server.problem(400, api + path)).detail, detail, path);
});

const absent = [
  ["/3", /no snapshot 3/],
  ["/9223372036854775807", /no snapshot/],
  ["/3/processes", /no snapshot 3/],
  ["/3/trees/3", /no snapshot 3/],
  ["/2/processes/99", /no process 99/],
  ["/2/processes/99/vmas", /no process 99/],
  ["/1/processes/101", /no process 101/],
  ["/2/trees/17", /no tree 17/],
  ["/2/trees/4294967295", /no tree/],
  ["/3/findings", /no snapshot 3/],
  ["/2/findings?pid=99", /no process 99/],
  ["/1/findings?pid=101", /no process 101/],
  ["/2/findings?root=17", /no tree 17/],
  ["/2/findings?pid=101&root=99", /no tree 99/],
  ["/2/processes/99/fork", /no process 99/],
  ["/1/processes/101/fork", /no process 101/],
  ["/3/processes/101/fork", /no snapshot 3/],
];

test("404 for what could be but is not", async (t) => {
  const server = await small_server(t);
  for (const [path, detail] of absent)
    assert.match((await server.problem(404, api + path)).detail, detail, path);
});

test("404 for paths that no resource has", async (t) => {
  const server = await small_server(t);
  const paths = [
    "/api/v2/snapshots",
    "//",
    "/api/v1/snapshots/2/anon-vmas",
    "/api/v1/snapshots/2/fork",
    "/api/v1/snapshots/2/findings/1",
    "/api/v1/snapshots/2/processes/101/findings",
    "/api/v1/snapshots/2/trees/3/x",
    "/index.htm",
    "/../etc/passwd",
    "/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/app.js/",
    "/index.html/x",
    "/" + "a/".repeat(40),
    "/api/v1/snapshots%2f2",
  ];
  for (const path of paths) await server.problem(404, path);
});

test("a slash too few or too many leads to the resource", async (t) => {
  const server = await small_server(t);
  for (const [path, location] of [
    ["/api/", "/api"],
    ["/api/v1", "/api/v1/"],
    ["/healthz/", "/healthz"],
    ["/api/v1/snapshots/?limit=1", "/api/v1/snapshots?limit=1"],
    ["/api/v1/snapshots/2/", "/api/v1/snapshots/2"],
  ]) {
    const answer = await server.request(path);
    assert.equal(answer.status, 308, path);
    assert.equal(answer.headers.location, location);
    assert.equal((await server.request(location)).status, 200);
  }
});

test("an encoded path is the same path", async (t) => {
  const server = await small_server(t);
  assert.equal((await server.json("/api/v1/%73napshots/%32")).id, 2);
  assert.equal((await server.json("/api/v1/snapshots/2/processes?comm=%70ostgres&")).data.length, 2);
});

test("405 with Allow for other methods", async (t) => {
  const server = await small_server(t);
  const other = { [api]: "POST", [`${api}/2`]: "PATCH", [`${api}/latest`]: "PATCH" };
  for (const path of [...Object.keys(other), `${api}/2/trees/3`, "/healthz", "/", "/index.html"])
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"]) {
      if (method === other[path]) continue;
      const answer = await server.request(path, { method, headers: { "Content-Length": "0" } });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.headers.allow, ["GET, HEAD", other[path], "OPTIONS"].filter(Boolean).join(", "));
      assert.equal(answer.json.status, 405);
    }
  await server.problem(404, "/nothing", { method: "POST", headers: { "Content-Length": "0" } });
});
