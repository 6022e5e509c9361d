/* SPDX-License-Identifier: GPL-2.0-only */
/* The anon_vmas that a process's VMAs are linked to. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { hostile_comm } from "./expected.mjs";
import { sql } from "./sqlite.mjs";
import { small_server } from "./server.mjs";

const api = "/api/v1/snapshots";
const path = `${api}/2/processes/101/anon-vmas`;

const by_id = (rows) => [...rows].sort((a, b) => a.id - b.id);

test("of a child: its own, idle and inherited ones, who has them, and what was missed", async (t) => {
  const server = await small_server(t);
  const { mm_id, anon_vmas, missed_groups } = await server.json(path);
  assert.equal(mm_id, 6);
  const below = { root: 3, parent: 3, described: true, reusable: false };
  const own = { own_vmas: 1, active_mms: 1, process: { pid: 101, comm: hostile_comm } };
  const nobody = { own_vmas: 0, active_mms: 0, process: null };
  const [root, ...rest] = by_id(anon_vmas);
  assert.deepEqual(root, {
    id: 3,
    root: 3,
    parent: null,
    num_children: root.num_children,
    num_active_vmas: 3,
    described: true,
    reusable: false,
    own_vmas: 0,
    active_mms: 1,
    process: { pid: 100, comm: "postgres" },
  });
  assert.deepEqual(
    rest.map(({ id }) => id),
    [17, 18, 300, 301],
  );
  assert.deepEqual(rest[0], { id: 17, ...below, num_children: 0, num_active_vmas: 1, ...own });
  assert.deepEqual(rest[1], { id: 18, ...below, num_children: 0, num_active_vmas: 1, ...own });
  assert.deepEqual(rest[2], {
    id: 300,
    ...below,
    num_children: 1,
    num_active_vmas: 0,
    reusable: true,
    ...nobody,
  });
  assert.deepEqual(
    missed_groups.map(({ parent, missed_reuse }) => [parent, missed_reuse]),
    [[3, 1]],
  );
  assert.deepEqual(missed_groups[0].anon_vmas, [17, 18]);
});

test("counters, parents and owners are those of the trees", async (t) => {
  const server = await small_server(t);
  for (const pid of [1, 100, 101, 102])
    for (const anon_vma of (await server.json(`${api}/2/processes/${pid}/anon-vmas`)).anon_vmas) {
      const tree = await server.json(`${api}/2/trees/${anon_vma.root}`);
      const node = tree.anon_vmas.find(({ id }) => id === anon_vma.id);
      for (const name of ["parent", "num_children", "num_active_vmas", "reusable"])
        assert.equal(anon_vma[name], node[name], `${pid}: ${name} of ${anon_vma.id}`);
      const mms = new Set(tree.vmas.filter((vma) => vma.anon_vma === node.id).map((vma) => vma.mm_id));
      assert.equal(anon_vma.active_mms, mms.size);
      if (mms.size)
        assert.ok(tree.processes.some((each) => mms.has(each.mm_id) && each.pid === anon_vma.process.pid));
    }
});

test("what was never described says so", async (t) => {
  const server = await small_server(t);
  sql(server.db, "DELETE FROM anon_vma WHERE id = 300;\n");
  const { anon_vmas } = await server.json(path);
  assert.equal(anon_vmas.find(({ id }) => id === 300).described, false);
});

test("no process, no parameters, and one too large", async (t) => {
  const server = await small_server(t);
  assert.match(
    (await server.problem(404, `${api}/2/processes/4000000/anon-vmas`)).detail,
    /no process 4000000/,
  );
  await server.problem(400, `${path}?limit=3`);
  sql(server.db, "UPDATE mm SET avcs = 4194305 WHERE id = 6;\n");
  assert.match((await server.problem(422, path)).detail, /too many AVCs/);
});
