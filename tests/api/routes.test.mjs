/* SPDX-License-Identifier: GPL-2.0-only */
/* Every resource, exactly. */
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  findings,
  snapshots,
  hostile_comm,
  hostile_path,
  postgres,
  processes,
  tree_3,
  tree_3_before,
  tree_4,
  anon_vmas_3,
  anon_vma_3_before,
  anonymous,
} from "./expected.mjs";
import { KINDS } from "./rows.mjs";
import { HOSTILE_COMM_JSON, HOSTILE_PATH_JSON } from "./small_topology.mjs";
import { small_server } from "./server.mjs";

const api = "/api/v1/snapshots";

test("snapshots, newest first", async (t) => {
  const server = await small_server(t);
  assert.deepEqual(await server.json(api), { data: snapshots, next: null });
});

test("one snapshot", async (t) => {
  const server = await small_server(t);
  for (const snapshot of snapshots) {
    const { findings, invariants, ...rest } = await server.json(`${api}/${snapshot.id}`);
    assert.deepEqual(rest, snapshot);
    assert.equal(findings.length, KINDS.length);
    assert.equal(invariants.length, 11);
  }
});

test("findings of a snapshot in numbers: every kind, by kind", async (t) => {
  const server = await small_server(t);
  const numbers = async (id) =>
    (await server.json(`${api}/${id}`)).findings.map(({ title, description, ...rest }) => {
      assert.ok(title.length > 3);
      assert.match(description, /[.]$/, "a sentence");
      return rest;
    });
  const none = KINDS.map((kind) => ({ kind, count: 0, bytes: 0 }));
  assert.deepEqual(
    await numbers(2),
    KINDS.map((kind) => ({
      kind,
      count: 1,
      bytes: findings.find((finding) => finding.kind === kind).bytes,
    })),
  );
  assert.deepEqual(
    await numbers(1),
    none.map((row) => (row.kind === "wide_rmap" ? { kind: "wide_rmap", count: 1, bytes: 32 } : row)),
  );
});

test("invariants of a snapshot: every rule, by number", async (t) => {
  const server = await small_server(t);
  const excuses = ["torn", "moved", "not_shown", "pinned", "in_flight", "first_fault", "seen_once"];
  const { invariants } = await server.json(`${api}/2`);
  for (const [i, result] of invariants.entries()) {
    assert.equal(result.number, i + 1);
    assert.match(result.rule, /^[a-z_]+$/);
    assert.match(result.statement, /[.]$/);
    assert.deepEqual(Object.keys(result.excused), excuses);
  }
  assert.equal(new Set(invariants.map((result) => result.rule)).size, 11);
  const { statement, ...result } = invariants[6];
  assert.match(statement, /num_children/);
  assert.deepEqual(result, {
    number: 7,
    rule: "child_count",
    checked: 37,
    held: 1,
    violated: 1,
    excused: { torn: 2, moved: 3, not_shown: 4, pinned: 5, in_flight: 6, first_fault: 7, seen_once: 8 },
  });
  assert.equal(invariants[0].checked, 4);
  assert.equal(invariants[1].checked, 0, "without a row");
  assert.equal((await server.json(`${api}/1`)).invariants[6].checked, 2, "as it was before");
});

test("processes as of each snapshot, by pid", async (t) => {
  const server = await small_server(t);
  assert.deepEqual(await server.json(`${api}/2/processes`), { data: Object.values(processes), next: null });
  const before = {
    ...processes[100],
    anon_rss_bytes: 81920,
    file_rss_bytes: 40960,
    shmem_rss_bytes: 122880,
    swap_bytes: 163840,
  };
  assert.deepEqual(await server.json(`${api}/1/processes`), { data: [processes[1], before], next: null });
});

test("processes by pid and by comm", async (t) => {
  const server = await small_server(t);
  const pids = async (query) => (await server.json(`${api}/2/processes?${query}`)).data.map((row) => row.pid);
  assert.deepEqual(await pids("pid=101"), [101]);
  assert.deepEqual(await pids("pid=99"), []);
  assert.deepEqual(await pids("comm=postgres"), [100, 102]);
  assert.deepEqual(await pids("comm=postgre"), []);
  assert.deepEqual(await pids("comm=postgres&pid=102"), [102]);
  assert.deepEqual(await pids("comm=postgres&pid=1"), []);
});

test("one process", async (t) => {
  const server = await small_server(t);
  for (const [pid, process] of Object.entries(processes))
    assert.deepEqual(await server.json(`${api}/2/processes/${pid}`), process);
});

test("VMAs of a process, by address", async (t) => {
  const server = await small_server(t);
  const of_3 = {
    vm_flags: "0x100073",
    permissions: "rw-p",
    ...anonymous,
    anon_vma: 3,
    root: 3,
    chain: [3],
    reused: false,
  };
  assert.deepEqual(await server.json(`${api}/2/processes/100/vmas`), {
    data: [
      {
        vm_start: "0x400000",
        vm_end: "0x401000",
        vm_pgoff: "0x0",
        vm_flags: "0x75",
        permissions: "r-xp",
        dev: "fe:00",
        ino: "123",
        path: postgres,
        name: null,
        anon_vma: null,
        root: null,
        chain: [],
        reused: false,
        anon_pgoff: null,
        numa_policy: false,
      },
      { vm_start: "0x500000", vm_end: "0x501000", vm_pgoff: "0x500", ...of_3, numa_policy: true },
      { vm_start: "0x501000", vm_end: "0x502000", vm_pgoff: "0x501", ...of_3, name: "arena" },
      {
        vm_start: "0x502000",
        vm_end: "0x503000",
        vm_pgoff: "0x502",
        ...of_3,
        vm_flags: "0x75",
        permissions: "r-xp",
      },
      {
        vm_start: "0x7fff00000000",
        vm_end: "0x7fff00001000",
        vm_pgoff: "0x0",
        vm_flags: "0xfb",
        permissions: "rw-s",
        dev: "08:01",
        ino: "18446744073709551615",
        path: hostile_path,
        name: null,
        anon_vma: null,
        root: null,
        chain: [],
        reused: false,
        anon_pgoff: "0x7f",
        numa_policy: false,
      },
    ],
    next: null,
  });
  const first = (await server.json(`${api}/1/processes/100/vmas`)).data;
  assert.equal(first[3].permissions, "rw-p", "as it was in the snapshot before");
});

test("a chain in list order, for each process of a shared mm", async (t) => {
  const server = await small_server(t);
  for (const pid of [101, 102]) {
    const { data } = await server.json(`${api}/2/processes/${pid}/vmas`);
    assert.deepEqual(
      data.map((vma) => vma.chain),
      [
        [17, 3],
        [18, 3],
        [301, 300, 3],
      ],
    );
    assert.deepEqual(
      data.map((vma) => vma.anon_vma),
      [17, 18, 301],
    );
    assert.deepEqual(
      data.map((vma) => vma.reused),
      [false, false, true],
    );
  }
});

test("trees, largest first", async (t) => {
  const server = await small_server(t);
  assert.deepEqual(await server.json(`${api}/2/trees`), { data: [tree_3, tree_4], next: null });
  assert.deepEqual(await server.json(`${api}/1/trees`), { data: [tree_3_before, tree_4], next: null });
});

test("trees in every order", async (t) => {
  const server = await small_server(t);
  const sorts = [
    "missed_reuse",
    "anon_vmas",
    "avcs",
    "vmas",
    "mms",
    "depth",
    "max_chain",
    "tree_bytes",
    "rmap.max_visits",
  ];
  for (const sort of sorts) {
    assert.deepEqual(
      await server.json(`${api}/2/trees?sort=${sort}`),
      { data: [tree_4, tree_3], next: null },
      sort,
    );
    assert.deepEqual(
      await server.json(`${api}/2/trees?sort=-${sort}`),
      { data: [tree_3, tree_4], next: null },
      sort,
    );
  }
  assert.deepEqual(await server.json(`${api}/2/trees?sort=root`), { data: [tree_3, tree_4], next: null });
  assert.deepEqual(await server.json(`${api}/2/trees?sort=-root`), { data: [tree_4, tree_3], next: null });
});

test("a whole tree", async (t) => {
  const server = await small_server(t);
  const tree = await server.json(`${api}/2/trees/3`);
  assert.deepEqual(Object.keys(tree), [
    "snapshot",
    "root",
    "summary",
    "anon_vmas",
    "vmas",
    "processes",
    "missed_groups",
  ]);
  assert.deepEqual([tree.snapshot, tree.root, tree.summary], [2, 3, tree_3]);
  assert.deepEqual(tree.anon_vmas, anon_vmas_3);
  assert.deepEqual(tree.vmas, [
    {
      mm_id: 5,
      vm_start: "0x500000",
      vm_end: "0x501000",
      vm_pgoff: "0x500",
      permissions: "rw-p",
      path: null,
      anon_vma: 3,
      chain: [3],
      reused: false,
    },
    {
      mm_id: 5,
      vm_start: "0x501000",
      vm_end: "0x502000",
      vm_pgoff: "0x501",
      permissions: "rw-p",
      path: null,
      anon_vma: 3,
      chain: [3],
      reused: false,
    },
    {
      mm_id: 5,
      vm_start: "0x502000",
      vm_end: "0x503000",
      vm_pgoff: "0x502",
      permissions: "r-xp",
      path: null,
      anon_vma: 3,
      chain: [3],
      reused: false,
    },
    {
      mm_id: 6,
      vm_start: "0x500000",
      vm_end: "0x501000",
      vm_pgoff: "0x500",
      permissions: "rw-p",
      path: null,
      anon_vma: 17,
      chain: [17, 3],
      reused: false,
    },
    {
      mm_id: 6,
      vm_start: "0x501000",
      vm_end: "0x502000",
      vm_pgoff: "0x501",
      permissions: "rw-p",
      path: null,
      anon_vma: 18,
      chain: [18, 3],
      reused: false,
    },
    {
      mm_id: 6,
      vm_start: "0x502000",
      vm_end: "0x503000",
      vm_pgoff: "0x502",
      permissions: "r-xp",
      path: null,
      anon_vma: 301,
      chain: [301, 300, 3],
      reused: true,
    },
  ]);
  assert.deepEqual(tree.processes, [
    { pid: 100, ppid: 1, comm: "postgres", exe: postgres, process_id: 2, mm_id: 5 },
    { pid: 101, ppid: 100, comm: hostile_comm, exe: postgres, process_id: 3, mm_id: 6 },
    { pid: 102, ppid: 101, comm: "postgres", exe: postgres, process_id: 4, mm_id: 6 },
  ]);
  assert.deepEqual(tree.missed_groups, [{ mm_id: 6, parent: 3, anon_vmas: [17, 18], missed_reuse: 1 }]);
});

test("a whole tree as of the snapshot before", async (t) => {
  const server = await small_server(t);
  const tree = await server.json(`${api}/1/trees/3`);
  assert.deepEqual(tree.summary, tree_3_before);
  assert.deepEqual(tree.anon_vmas, [anon_vma_3_before]);
  assert.deepEqual([tree.vmas.length, tree.processes.length, tree.missed_groups], [3, 1, []]);
});

test("healthz", async (t) => {
  const server = await small_server(t);
  const { latest, ...rest } = await server.json("/healthz");
  assert.deepEqual(rest, { status: "ok", snapshots: 2 });
  assert.equal(latest.id, 2);
  assert.ok(Number.isInteger(latest.age_s) && latest.age_s >= 0);
});

test("bytes that a process chose are escaped as they should be", async (t) => {
  const server = await small_server(t);
  const one = (await server.request(`${api}/2/processes/101`)).body.toString();
  assert.ok(one.includes(`"comm":${HOSTILE_COMM_JSON},`), one);
  for (const resource of [
    "processes/100/vmas",
    "processes/100/fork",
    "trees/3",
    "findings",
    "vmas",
    "anon-vmas/3",
  ]) {
    const { body } = await server.request(`${api}/2/${resource}`);
    assert.doesNotThrow(() => new TextDecoder("utf-8", { fatal: true }).decode(body));
    assert.doesNotMatch(body.toString(), /[\x00-\x1f\x7f-\x9f]/);
  }
  const vmas = (await server.request(`${api}/2/processes/100/vmas`)).body.toString();
  assert.ok(vmas.includes(`"path":${HOSTILE_PATH_JSON},`), vmas);
  const fork = (await server.request(`${api}/2/processes/101/fork`)).body.toString();
  assert.ok(fork.includes(`"comm":${HOSTILE_COMM_JSON}}`), fork);
  const found = (await server.request(`${api}/2/findings`)).body.toString();
  assert.ok(found.includes(`"process":{"pid":101,"comm":${HOSTILE_COMM_JSON}}`), found);
});
