/* SPDX-License-Identifier: GPL-2.0-only */
/* The simulated child, exactly, under every policy. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { hostile_comm, hostile_path, postgres } from "./expected.mjs";
import { sql } from "./sqlite.mjs";
import { small_server } from "./server.mjs";

const api = "/api/v1/snapshots";
const POLICIES = [
  "shared",
  "chain",
  "degree",
  "yang",
  "yang_intended",
  "khlebnikov_v1",
  "khlebnikov_v2",
  "counters",
  "reversed",
];
const bytes = (vmas, anon_vmas, avcs) => vmas * 192 + anon_vmas * 104 + avcs * 64;
const counter = (before, after) => ({ before, after });

test("the child of a process whose VMAs reuse, share and split nothing alike", async (t) => {
  const server = await small_server(t);
  const { policies, kernels, description, ...fork } = await server.json(`${api}/2/processes/101/fork`);
  assert.match(kernels, /6[.]18/);
  assert.ok(description.length > 20);
  assert.equal(policies.length, POLICIES.length);
  assert.deepEqual(fork, {
    policy: "counters",
    policy_observed: true,
    kernel_policy: "counters",
    kernel_policy_observed: true,
    process: { pid: 101, comm: hostile_comm },
    allocates: { vmas: 3, anon_vmas: 2, avcs: 9, bytes: bytes(3, 2, 9) },
    violations: [],
    vmas: [
      {
        vm_start: "0x500000",
        vm_end: "0x501000",
        permissions: "rw-p",
        path: null,
        name: null,
        anon_vma: -1,
        chain: [-1, 17, 3],
        reused: false,
        shared: false,
      },
      {
        vm_start: "0x501000",
        vm_end: "0x502000",
        permissions: "rw-p",
        path: null,
        name: "arena",
        anon_vma: -2,
        chain: [-2, 18, 3],
        reused: false,
        shared: false,
      },
      {
        vm_start: "0x502000",
        vm_end: "0x503000",
        permissions: "r-xp",
        path: null,
        name: null,
        anon_vma: 300,
        chain: [301, 300, 3],
        reused: true,
        shared: false,
      },
    ],
    new_anon_vmas: [
      { id: -1, parent: 17, root: 3, num_children: 0, num_active_vmas: 1 },
      { id: -2, parent: 18, root: 3, num_children: 0, num_active_vmas: 1 },
    ],
    changes: [
      { anon_vma: 17, num_children: counter(0, 1), num_active_vmas: counter(1, 1) },
      { anon_vma: 18, num_children: counter(0, 1), num_active_vmas: counter(1, 1) },
      { anon_vma: 300, num_children: counter(1, 1), num_active_vmas: counter(0, 1) },
    ],
  });
});

test("a process of a shared mm is named itself", async (t) => {
  const server = await small_server(t);
  const [first, second] = await Promise.all(
    [101, 102].map((pid) => server.json(`${api}/2/processes/${pid}/fork`)),
  );
  assert.deepEqual(second.process, { pid: 102, comm: "postgres" });
  assert.deepEqual({ ...second, process: first.process }, first);
});

test("files and VMAs without an anon_vma are copied as they are", async (t) => {
  const server = await small_server(t);
  const { vmas } = await server.json(`${api}/2/processes/100/fork`);
  const plain = { anon_vma: null, chain: [], reused: false, shared: false, name: null };
  assert.deepEqual(vmas[0], {
    vm_start: "0x400000",
    vm_end: "0x401000",
    permissions: "r-xp",
    path: postgres,
    ...plain,
  });
  assert.deepEqual(vmas[4], {
    vm_start: "0x7fff00000000",
    vm_end: "0x7fff00001000",
    permissions: "rw-s",
    path: hostile_path,
    ...plain,
  });
});

/* Three VMAs that share one root, worked out by hand: [anon_vmas, AVCs, what is
 * wrong with the child, active ones of the three, how many of them are shared,
 * longest chain] */
const broken = ["active_not_linked", "sets_differ"];
const three = {
  shared: [0, 0, [], [3, 3, 3], 3, 1],
  chain: [3, 6, [], [-1, -2, -3], 0, 2],
  degree: [3, 6, [], [-1, -2, -3], 0, 2],
  yang: [1, 4, [], [-1, 3, 3], 2, 2],
  yang_intended: [1, 4, broken, [-1, -1, -1], 2, 2],
  khlebnikov_v1: [1, 4, broken, [-1, -1, -1], 2, 2],
  khlebnikov_v2: [1, 6, [], [-1, -1, -1], 2, 2],
  counters: [3, 6, [], [-1, -2, -3], 0, 2],
  reversed: [3, 6, [], [-1, -2, -3], 0, 2],
};

test("under each policy, and all of them side by side", async (t) => {
  const server = await small_server(t);
  const expected = POLICIES.map((policy) => {
    const [anon_vmas, avcs, violations, , shared_vmas, max_chain] = three[policy];
    const reused_vmas = 0;
    const counts = { reused_vmas, shared_vmas, max_chain };
    return { policy, anon_vmas, avcs, bytes: bytes(5, anon_vmas, avcs), ...counts, violations };
  });
  for (const policy of POLICIES) {
    const fork = await server.json(`${api}/2/processes/100/fork?policy=${policy}`);
    const [anon_vmas, avcs, violations, active] = three[policy];
    assert.equal(fork.policy, policy);
    assert.equal(fork.policy_observed, policy === "counters");
    assert.deepEqual(fork.allocates, { vmas: 5, anon_vmas, avcs, bytes: bytes(5, anon_vmas, avcs) });
    assert.deepEqual(fork.violations, violations, policy);
    assert.deepEqual(
      fork.vmas.slice(1, 4).map((vma) => vma.anon_vma),
      active,
      policy,
    );
    assert.equal(fork.new_anon_vmas.length, anon_vmas);
    const counted = fork.policies.map(({ kernels, description, ...rest }) => rest);
    assert.deepEqual(counted, expected);
    const { kernels, description } = fork.policies.find((each) => each.policy === policy);
    assert.deepEqual([kernels, description], [fork.kernels, fork.description]);
  }
});

test("from 7.0 on the chain is turned round", async (t) => {
  const server = await small_server(t);
  const { vmas } = await server.json(`${api}/2/processes/101/fork?policy=reversed`);
  assert.deepEqual(
    vmas.map((vma) => vma.chain),
    [
      [-1, 3, 17],
      [-2, 3, 18],
      [3, 300, 301],
    ],
  );
});

test("without a policy: the one that was seen, else what the counters suggest", async (t) => {
  const server = await small_server(t);
  const policy = async (snapshot, query = "") => {
    const fork = await server.json(`${api}/${snapshot}/processes/100/fork${query}`);
    assert.ok(fork.policies.some((each) => each.policy === fork.kernel_policy));
    if (!query) assert.equal(fork.kernel_policy, fork.policy);
    if (!query) assert.equal(fork.kernel_policy_observed, fork.policy_observed);
    return [fork.policy, fork.policy_observed];
  };
  assert.deepEqual(await policy(2), ["counters", true]);
  const other = await server.json(`${api}/2/processes/100/fork?policy=chain`);
  assert.deepEqual([other.kernel_policy, other.kernel_policy_observed], ["counters", true]);
  assert.deepEqual(await policy(1), ["counters", false]);
  assert.deepEqual(await policy(1, "?policy=counters"), ["counters", false]);
  sql(server.db, "UPDATE snapshot SET fork_policy = 'reversed' WHERE id = 2;\n");
  assert.deepEqual(await policy(2), ["reversed", true]);
  assert.deepEqual(await policy(2, "?policy=counters"), ["counters", false]);
  sql(server.db, "UPDATE snapshot SET fork_policy = 'of another life';\n");
  assert.deepEqual(await policy(2), ["counters", false]);
  sql(server.db, "UPDATE boot SET split_counters = 0;\n");
  assert.deepEqual(await policy(2), ["degree", false]);
});

test("what was never described is not reused", async (t) => {
  const server = await small_server(t);
  sql(server.db, "UPDATE anon_vma SET described = 0 WHERE id = 300;\n");
  const { vmas, allocates } = await server.json(`${api}/2/processes/101/fork`);
  assert.deepEqual(vmas[2].chain, [-3, 301, 300, 3]);
  assert.equal(allocates.anon_vmas, 3);
  sql(server.db, "DELETE FROM anon_vma WHERE id = 300;\n");
  assert.deepEqual((await server.json(`${api}/2/processes/101/fork`)).vmas[2].chain, [-3, 301, 300, 3]);
});

test("a process that is too large to show is told apart", async (t) => {
  const server = await small_server(t);
  for (const change of ["avcs = 4194305", "avcs = 1, vmas = 262145"]) {
    sql(server.db, `UPDATE mm SET ${change} WHERE id = 6;\n`);
    assert.match((await server.problem(422, `${api}/2/processes/101/fork`)).detail, /too many VMAs/);
  }
  sql(server.db, "UPDATE mm SET avcs = 4194304, vmas = 262144 WHERE id = 6;\n");
  await server.json(`${api}/2/processes/101/fork`);
  assert.equal((await server.json(`${api}/2/processes/101`)).fork.avcs, 9);
});

test("chains of thousands are answered, and looked at once", async (t) => {
  const server = await small_server(t);
  const ids = Array.from({ length: 5000 }, (_, i) => 1000 + i);
  const leb = Buffer.from([...ids.flatMap((id) => [(id & 127) | 128, id >> 7]), 3]).toString("hex");
  sql(
    server.db,
    "BEGIN;\n" +
      "INSERT INTO anon_vma (id, born, died, root, parent, num_children, num_active_vmas, described) " +
      `SELECT value, 2, 9223372036854775807, 3, 3, 2, 1, 1 FROM json_each('[${ids}]');\n` +
      `UPDATE vma SET chain = x'${leb}', chain_length = 5001, anon_vma = 1000 WHERE mm = 6;\nCOMMIT;\n`,
  );
  const fork = await server.json(`${api}/2/processes/101/fork?policy=khlebnikov_v2`);
  assert.deepEqual(fork.violations, []);
  for (const vma of fork.vmas) assert.deepEqual(vma.chain, [-1, ...ids, 3]);
  assert.deepEqual(
    fork.vmas.map((vma) => vma.shared),
    [false, true, true],
  );
});

test("a page of no bytes is a damaged row, not an end", async (t) => {
  const server = await small_server(t);
  sql(server.db, "UPDATE boot SET page_size = 0;\n");
  for (const path of ["processes/101/fork", "trees/3"])
    assert.match((await server.problem(503, `${api}/2/${path}`)).detail, /not as vmascope writes it/);
});
