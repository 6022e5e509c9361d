/* SPDX-License-Identifier: GPL-2.0-only */
/* A tree by columns is the tree by rows. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { replay } from "./collector.mjs";
import { Server, small_server } from "./server.mjs";

const snapshots = "/api/v1/snapshots";

/* The arrays of a table, those of groups among them. */
const arrays = (table) =>
  Object.values(table).flatMap((column) => (Array.isArray(column) ? [column] : arrays(column)));

const row_of = (table, i) =>
  Object.fromEntries(
    Object.entries(table).map(([name, column]) => [name, Array.isArray(column) ? column[i] : row_of(column, i)]),
  );

function rows_of(table) {
  const [length, ...others] = new Set(arrays(table).map((column) => column.length));
  assert.deepEqual(others, [], "all columns are as long");
  return Array.from({ length }, (_, i) => row_of(table, i));
}

/* Holds each tree of a snapshot; how many there are. */
async function hold_trees(server, id) {
  const { data } = await server.json(`${snapshots}/${id}/trees?limit=10000`);
  for (const { root } of data) {
    const path = `${snapshots}/${id}/trees/${root}`;
    const rows = await server.request(path);
    const { anon_vmas, vmas, ...others } = await server.json(`${path}/columns`);
    const { snapshot, root: same_root, summary, ...more } = others;
    const back = { snapshot, root: same_root, summary, anon_vmas: rows_of(anon_vmas), vmas: rows_of(vmas), ...more };
    assert.deepEqual(back, JSON.parse(rows.body), path);
    /* numbers as they were written, and members in their order */
    assert.equal(JSON.stringify(back), JSON.stringify(JSON.parse(rows.body)), path);
  }
  return data.length;
}

test("of the small database, of which every figure is another one", async (t) => {
  const server = await small_server(t);
  for (const id of [1, 2]) assert.ok((await hold_trees(server, id)) > 0);
});

test("of a recorded system", async (t) => {
  const server = await Server.start("--db", replay(t));
  t.after(() => server.stop());
  const { data } = await server.json(snapshots);
  for (const { id } of data) assert.ok((await hold_trees(server, id)) > 1);
});

test("parents come before children", async (t) => {
  const server = await Server.start("--db", replay(t));
  t.after(() => server.stop());
  const { data } = await server.json(`${snapshots}/1/trees?sort=-anon_vmas&limit=1`);
  const { anon_vmas } = await server.json(`${snapshots}/1/trees/${data[0].root}/columns`);
  assert.ok(anon_vmas.id.length > 3);
  assert.equal(anon_vmas.parent[0], null);
  for (let i = 1; i < anon_vmas.id.length; i++)
    assert.ok(anon_vmas.id.indexOf(anon_vmas.parent[i]) < i, `anon_vma ${anon_vmas.id[i]}`);
});

test("what there is not is refused as it is of the tree", async (t) => {
  const server = await small_server(t);
  for (const [status, path] of [
    [404, `${snapshots}/2/trees/4000000`],
    [404, `${snapshots}/99/trees/3`],
    [400, `${snapshots}/2/trees/x`],
  ]) {
    const of_rows = await server.problem(status, path);
    assert.deepEqual(await server.problem(status, `${path}/columns`), of_rows, path);
  }
});
