/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings: each kind exactly, filters, orders. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { findings, hostile_comm, snapshots } from "./expected.mjs";
import { bytes, KINDS } from "./rows.mjs";
import { HOSTILE_COMM } from "./small_topology.mjs";
import { sql } from "./sqlite.mjs";
import { small_server } from "./server.mjs";

const api = "/api/v1/snapshots";
const by_id = new Map(findings.map((finding) => [finding.id, finding]));

async function ids(server, query, snapshot = 2) {
  const { data, next } = await server.json(`${api}/${snapshot}/findings?${query}`);
  assert.equal(next, null);
  return data.map((finding) => finding.id);
}

test("a finding of each kind, largest first", async (t) => {
  const server = await small_server(t);
  const { data, next } = await server.json(`${api}/2/findings`);
  assert.equal(next, null);
  assert.deepEqual(
    data.map((finding) => finding.id),
    [6, 2, 3, 1, 5, 4, 7],
  );
  for (const { sentence, ...rest } of data) {
    assert.deepEqual(rest, by_id.get(rest.id));
    assert.match(sentence, /[.]$/);
    assert.ok(sentence.length > 40, sentence);
  }
});

test("the sentence has the figures", async (t) => {
  const server = await small_server(t);
  const { data } = await server.json(`${api}/2/findings?sort=id`);
  const parts = [
    [/allocated 2 sibling anon_vmas .* anon_vma #3 .* so 1 anon_vma \(104 bytes\)/],
    [/0x500000 to 0x502000 .* 1 VMA and 2 AVCs fewer \(320 bytes\)/],
    [/anon_vma #300 active; 1 VMA in 1 address space/, /may reuse it[.]$/],
    [/0x502000 links to 3 anon_vmas; 1 VMA .* root #3 exceeds 2, by 1 AVC \(64 bytes\)/],
    [/anon_vma #4 visits up to 1 VMA, 1[.]0 on average/],
    [/root #3 .* 2 address spaces: 5 anon_vmas, 10 AVCs and 6 VMAs in 3 generations/],
    [/num_children is the number of its children.* Expected 3, observed 4/],
  ];
  for (const [i, patterns] of parts.entries())
    for (const pattern of patterns) assert.match(data[i].sentence, pattern);
});

test("findings as of the snapshot before", async (t) => {
  const server = await small_server(t);
  const { data } = await server.json(`${api}/1/findings`);
  assert.deepEqual(
    data.map(({ id, bytes, since }) => ({ id, bytes, since })),
    [{ id: 5, bytes: 32, since: { snapshot: 1, taken_at: snapshots[1].taken_at } }],
  );
});

test("since is the first snapshot that is still there", async (t) => {
  const server = await small_server(t);
  sql(server.db, "DELETE FROM snapshot WHERE id = 1; DELETE FROM finding WHERE died = 2;\n");
  const since = async () => (await server.json(`${api}/2/findings?kind=wide_rmap`)).data[0].since;
  assert.deepEqual(await since(), { snapshot: 2, taken_at: snapshots[0].taken_at });
  sql(server.db, "UPDATE finding SET born = 1 WHERE id = 5;\n");
  assert.deepEqual(await since(), { snapshot: 2, taken_at: snapshots[0].taken_at });
});

test("filters, alone and together", async (t) => {
  const server = await small_server(t);
  for (const [i, kind] of KINDS.entries())
    assert.deepEqual(
      await ids(server, `kind=${kind}`),
      findings.filter((finding) => finding.kind === KINDS[i]).map((finding) => finding.id),
    );
  assert.deepEqual(await ids(server, "sort=id&root=3"), [1, 2, 3, 4, 6, 7]);
  assert.deepEqual(await ids(server, "root=4"), [5]);
  assert.deepEqual(await ids(server, "min_bytes=104"), [6, 2, 3, 1]);
  assert.deepEqual(await ids(server, "min_bytes=105"), [6, 2, 3]);
  assert.deepEqual(await ids(server, "min_bytes=0&kind=invariant"), [7]);
  assert.deepEqual(await ids(server, "min_bytes=9223372036854775807"), []);
  assert.deepEqual(await ids(server, "sort=id&root=3&kind=deep_chain"), [4]);
  assert.deepEqual(await ids(server, "root=4&kind=deep_chain"), []);
  assert.deepEqual(await ids(server, "kind=fork_split", 1), []);
});

test("by pid: those of its address space, and of trees that are shown under it", async (t) => {
  const server = await small_server(t);
  assert.deepEqual(await ids(server, "sort=id&pid=101"), [1, 2, 4]);
  assert.deepEqual(await ids(server, "sort=id&pid=102"), [1, 2, 4], "the same mm");
  assert.deepEqual(await ids(server, "sort=id&pid=100"), [3, 6, 7]);
  assert.deepEqual(await ids(server, "sort=id&pid=1"), [5]);
  assert.deepEqual(await ids(server, "pid=101&kind=fork_split&root=3"), [1]);
  assert.deepEqual(await ids(server, "pid=101&root=4"), []);
});

test("every order, in both directions, ties by id", async (t) => {
  const server = await small_server(t);
  for (const sort of ["bytes", "size", "id"]) {
    const expected = [...findings]
      .sort((left, right) => left[sort] - right[sort] || left.id - right.id)
      .map((finding) => finding.id);
    assert.deepEqual(await ids(server, `sort=${sort}`), expected, sort);
    assert.deepEqual(await ids(server, `sort=-${sort}`), expected.reverse(), sort);
  }
});

test("the parent of a missed group is the oldest process that has its anon_vma", async (t) => {
  const server = await small_server(t);
  const parent = async () => (await server.json(`${api}/2/findings?kind=fork_split`)).data[0].parent_process;
  /* another process has it active too, further down, but is younger */
  sql(server.db, "UPDATE vma SET anon_vma = 3, vm_start = 0x4ff000 WHERE anon_vma = 17;\n");
  assert.deepEqual(await parent(), findings[0].parent_process);
  /* the parent is gone: the younger one is what is left */
  sql(server.db, "UPDATE vma SET anon_vma = NULL WHERE mm = 5;\n");
  assert.deepEqual(await parent(), { pid: 101, comm: hostile_comm, vmas: ["0x4ff000"] });
  sql(server.db, "UPDATE vma SET anon_vma = 17 WHERE mm = 6 AND anon_vma = 3;\n");
  assert.equal(await parent(), null);
});

test("at most 64 VMAs of a parent", async (t) => {
  const server = await small_server(t);
  sql(
    server.db,
    "INSERT INTO vma (born, died, mm, vm_start, vm_end, vm_pgoff, vm_flags, policy, anon_vma, root, reused, " +
      "chain_length, chain) SELECT born, died, mm, value * 4096, value * 4096 + 4096, value, vm_flags, policy, 3, 3, " +
      "0, 1, chain FROM vma, json_each('[" +
      Array.from({ length: 100 }, (_, i) => 0x600 + i) +
      "]') WHERE vma.mm = 5 AND vm_start = 0x500000;\n",
  );
  const { vmas } = (await server.json(`${api}/2/findings?kind=fork_split`)).data[0].parent_process;
  assert.equal(vmas.length, 64);
  assert.deepEqual(vmas.slice(0, 4), ["0x500000", "0x501000", "0x502000", "0x600000"]);
});

test("a finding of what has no process left", async (t) => {
  const server = await small_server(t);
  sql(server.db, "DELETE FROM process WHERE tgid IN (1, 101, 102);\n");
  const { data } = await server.json(`${api}/2/findings?sort=id`);
  assert.deepEqual(
    data.map((finding) => finding.process?.pid ?? null),
    [null, null, 100, null, null, 100, 100],
  );
});

test("a name of any bytes in a parent", async (t) => {
  const server = await small_server(t);
  sql(server.db, `UPDATE process SET comm = ${bytes(HOSTILE_COMM)} WHERE tgid = 100;\n`);
  const answer = await server.request(`${api}/2/findings?kind=fork_split`);
  assert.doesNotMatch(answer.body.toString(), /[\x00-\x1f\x7f-\x9f]/);
  assert.equal(answer.json.data[0].parent_process.comm, hostile_comm);
});

test("a kind or rule that nobody knows is a damaged row, not an end", async (t) => {
  const server = await small_server(t);
  for (const value of ["7", "-1", "9223372036854775807"]) {
    sql(server.db, `UPDATE finding SET kind = ${value} WHERE id = 4;\n`);
    for (const path of [`${api}/2/findings`, `${api}/2`])
      assert.match((await server.problem(503, path)).detail, /not as vmascope writes it/);
    sql(server.db, "UPDATE finding SET kind = 3 WHERE id = 4;\n");
    sql(server.db, `UPDATE invariant SET rule = ${value === "7" ? 12 : value} WHERE checked = 4;\n`);
    assert.match((await server.problem(503, `${api}/2`)).detail, /not as vmascope writes it/);
    sql(server.db, "UPDATE invariant SET rule = 1 WHERE checked = 4;\n");
    await server.json(`${api}/2`);
  }
  sql(server.db, "UPDATE finding SET rule = 99 WHERE id = 7;\n");
  assert.match(
    (await server.json(`${api}/2/findings?kind=invariant`)).data[0].sentence,
    /An unknown rule does not hold/,
  );
});
