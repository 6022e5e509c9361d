/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists in pages: every row once, in order, and no cursor where it does not belong. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { create_many } from "./many_rows.mjs";
import { KINDS } from "./rows.mjs";
import { scratch } from "./sqlite.mjs";
import { Server } from "./server.mjs";

const COUNT = 250;
const ids = Array.from({ length: COUNT }, (_, i) => i + 1);

async function many_server(context) {
  const db = join(scratch(context), "vmascope.db");
  create_many(db, COUNT);
  const server = await Server.start("--db", db);
  context.after(() => server.stop());
  return server;
}

/* Follows Link from page to page; asserts that next and Link say the same. */
async function walk(server, path, limit) {
  const rows = [];
  for (let at = path, pages = 0; at; pages++) {
    assert.ok(pages <= COUNT, "the list ends");
    const { json, headers } = await server.request(at);
    rows.push(...json.data);
    const link = /^<(.*)>; rel="next"$/.exec(headers.link ?? "")?.[1];
    assert.equal(link === undefined, json.next === null);
    if (link) {
      assert.equal(json.data.length, limit);
      assert.equal(new URL(link, server.url).searchParams.get("cursor"), json.next);
    }
    at = link;
  }
  return rows;
}

test("every row once, whatever the limit", async (t) => {
  const server = await many_server(t);
  const lists = {
    "/api/v1/snapshots?": [(row) => row.id, ids.toReversed?.() ?? [...ids].reverse()],
    "/api/v1/snapshots/1/processes?": [(row) => row.pid, ids.map((id) => id * 3)],
    "/api/v1/snapshots/1/processes/3/vmas?": [(row) => Number(row.vm_start), ids.map((id) => id * 4096)],
    "/api/v1/snapshots/1/trees?": [(row) => row.root, ids],
    "/api/v1/snapshots/1/trees?sort=tree_bytes&": [(row) => row.root, [...ids].reverse()],
    "/api/v1/snapshots/1/findings?": [(row) => row.id, ids],
    "/api/v1/snapshots/1/findings?sort=bytes&": [(row) => row.id, [...ids].reverse()],
    "/api/v1/snapshots/1/findings?sort=-id&": [(row) => row.id, [...ids].reverse()],
  };
  for (const [path, [key, expected]] of Object.entries(lists))
    for (const limit of [7, COUNT - 1, COUNT, COUNT + 1, 10000])
      assert.deepEqual(
        (await walk(server, `${path}limit=${limit}`, limit)).map(key),
        expected,
        `${path} ${limit}`,
      );
});

test("100 rows unless asked otherwise", async (t) => {
  const server = await many_server(t);
  assert.equal((await server.json("/api/v1/snapshots")).data.length, 100);
  assert.equal((await server.json("/api/v1/snapshots/1/trees")).data.length, 100);
  assert.equal((await server.json("/api/v1/snapshots/1/findings")).data.length, 100);
});

test("equal keys are told apart by the root", async (t) => {
  const server = await many_server(t);
  for (const [sort, sign] of [
    ["anon_vmas", 1],
    ["-anon_vmas", -1],
  ]) {
    const rows = await walk(server, `/api/v1/snapshots/1/trees?sort=${sort}&limit=10`, 10);
    const expected = [...ids].sort((a, b) => sign * ((a % 3) - (b % 3) || a - b));
    assert.deepEqual(
      rows.map((row) => row.root),
      expected,
      sort,
    );
  }
});

test("equal keys of findings are told apart by the id", async (t) => {
  const server = await many_server(t);
  for (const [sort, sign] of [
    ["size", 1],
    ["-size", -1],
  ]) {
    const rows = await walk(server, `/api/v1/snapshots/1/findings?sort=${sort}&limit=10`, 10);
    const expected = [...ids].sort((a, b) => sign * ((a % 5) - (b % 5) || a - b));
    assert.deepEqual(
      rows.map((row) => row.id),
      expected,
      sort,
    );
  }
});

test("filters of findings hold over all pages", async (t) => {
  const server = await many_server(t);
  const path = "/api/v1/snapshots/1/findings?limit=4&sort=id&kind=deep_chain&min_bytes=9850";
  assert.deepEqual(
    (await walk(server, path, 4)).map((row) => row.id),
    ids.filter((id) => id % KINDS.length === KINDS.indexOf("deep_chain") && id <= 150),
  );
});

test("a filter holds over all pages, and Link keeps it", async (t) => {
  const server = await many_server(t);
  for (const comm of ["worker+1", "worker%201"]) {
    const rows = await walk(server, `/api/v1/snapshots/1/processes?limit=9&comm=${comm}`, 9);
    assert.deepEqual(
      rows.map((row) => row.pid),
      ids.filter((id) => id % 2).map((id) => id * 3),
    );
  }
});

test("a cursor goes with another limit, but with no other list", async (t) => {
  const server = await many_server(t);
  const trees = "/api/v1/snapshots/1/trees";
  const { next } = await server.json(`${trees}?limit=5`);
  assert.equal((await server.json(`${trees}?limit=2&cursor=${next}`)).data[0].root, 6);
  assert.equal((await server.json(`${trees}?sort=-tree_bytes&cursor=${next}`)).data[0].root, 6);
  const others = [
    `/api/v1/snapshots/2/trees?cursor=${next}`,
    `${trees}?sort=root&cursor=${next}`,
    `${trees}?sort=tree_bytes&cursor=${next}`,
    `/api/v1/snapshots?cursor=${next}`,
    `/api/v1/snapshots/1/processes?cursor=${next}`,
    `/api/v1/snapshots/1/processes/3/vmas?cursor=${next}`,
    `/api/v1/snapshots/1/findings?cursor=${next}`,
  ];
  for (const path of others) assert.match((await server.problem(400, path)).detail, /another list/, path);
  const filtered = (await server.json("/api/v1/snapshots/1/processes?limit=5&comm=worker+1")).next;
  await server.problem(400, `/api/v1/snapshots/1/processes?cursor=${filtered}`);
  await server.problem(400, `/api/v1/snapshots/1/processes?comm=worker+0&cursor=${filtered}`);
});

test("a cursor of findings goes with no other order or filter", async (t) => {
  const server = await many_server(t);
  const list = "/api/v1/snapshots/1/findings";
  const { next } = await server.json(`${list}?limit=5&kind=fork_split`);
  assert.equal((await server.json(`${list}?kind=fork_split&limit=2&cursor=${next}`)).data[0].id, 6 * 7);
  for (const query of [
    "",
    "kind=deep_chain",
    "kind=fork_split&sort=bytes",
    "kind=fork_split&min_bytes=0",
    "kind=fork_split&pid=3",
    "kind=fork_split&root=1",
  ])
    assert.match(
      (await server.problem(400, `${list}?${query}&cursor=${next}`)).detail,
      /another list/,
      query,
    );
  assert.equal(
    (await server.json(`${list}?sort=-bytes&kind=fork_split&cursor=${next}`)).data[0].id,
    6 * 7,
    "the order of itself",
  );
});

test("a page that is asked for twice is the same page", async (t) => {
  const server = await many_server(t);
  const first = await server.request("/api/v1/snapshots/1/processes?limit=50");
  const path = `/api/v1/snapshots/1/processes?limit=50&cursor=${first.json.next}`;
  assert.deepEqual((await server.request(path)).json, (await server.request(path)).json);
});
