/* SPDX-License-Identifier: GPL-2.0-only */
/* What a script or the page leaves to the server: filters, orders, groups. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { hostile_comm, postgres } from "./expected.mjs";
import { create_many } from "./many_rows.mjs";
import { create_database } from "./small_topology.mjs";
import { scratch, sql } from "./sqlite.mjs";
import { Server, small_server } from "./server.mjs";

const api = "/api/v1/snapshots";
const quoted = encodeURIComponent;

/* Asserts what each query leaves of a list, by one field of its rows. */
async function check(server, path, field, expected) {
  for (const [query, values] of Object.entries(expected))
    assert.deepEqual(
      (await server.json(`${path}?${query}`)).data.map((row) => row[field]),
      values,
      `${path}?${query}`,
    );
}

test("processes", async (t) => {
  const server = await small_server(t);
  await check(server, `${api}/2/processes`, "pid", {
    "exe=%2Fusr%2Flib%2Fpostgres": [100, 101, 102],
    "exe=%2Fusr%2Flib%2Fpostgre": [],
    "exe=postgres": [],
    "cgroup=%2Fdb.slice": [100, 101, 102],
    "cgroup=%2Fdb": [],
    "uid=0": [1],
    "uid=26": [100, 101, 102],
    "min_missed_reuse=1": [101, 102],
    "min_missed_reuse=2": [],
    "search=POST": [100, 101, 102],
    "search=DB.sl": [100, 101, 102],
    "search=INI": [1],
    "search=1": [1],
    "search=10": [],
    "search=100": [100],
    "search=0100": [100],
    "search=%25": [],
    "search=_": [],
    [`search=${quoted("<s>")}`]: [101],
    [`comm=postgres&search=102`]: [102],
    "sort=-pid": [102, 101, 100, 1],
    "sort=vmas": [1, 101, 102, 100],
    "sort=-vmas": [100, 102, 101, 1],
    "sort=-anon_vmas&uid=26": [102, 101, 100],
    "sort=-avcs": [102, 101, 100, 1],
    "sort=-missed_reuse": [102, 101, 100, 1],
    "sort=max_chain": [1, 100, 101, 102],
    "sort=-fork.bytes": [100, 102, 101, 1],
    "sort=-anon_rss_bytes": [100, 1, 102, 101],
  });
  assert.match(
    (await server.problem(400, `${api}/2/processes?sort=comm`)).detail,
    /sort is one of pid, vmas,/,
  );
  await server.problem(400, `${api}/2/processes?uid=-1`);
});

test("processes of equal keys, over pages, in both directions", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_many(db, 30);
  sql(db, "UPDATE mm SET vmas = id % 4;\n");
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  for (const sort of ["vmas", "-vmas", "-pid", "anon_rss_bytes"]) {
    const whole = (await server.json(`${api}/1/processes?sort=${sort}`)).data.map((row) => row.pid);
    const pages = [];
    let next = "";
    do {
      const page = await server.json(`${api}/1/processes?sort=${sort}&limit=7${next && `&cursor=${next}`}`);
      pages.push(...page.data.map((row) => row.pid));
      next = page.next;
    } while (next);
    assert.equal(new Set(pages).size, 30, sort);
    assert.deepEqual(pages, whole, sort);
  }
});

test("trees", async (t) => {
  const server = await small_server(t);
  await check(server, `${api}/2/trees`, "root", {
    "comm=postgres": [3],
    "comm=init": [4],
    "comm=x": [],
    "exe=%2Fusr%2Flib%2Fpostgres": [3],
    "exe=%2F": [],
    "search=lib": [3],
    "search=Init": [4],
    "search=4": [4],
    "search=34": [],
    "pid=1": [4],
    "pid=101": [3],
    "pid=102": [3],
    "min_missed_reuse=1": [3],
    "min_missed_reuse=2": [],
    "min_anon_vmas=2": [3],
    "min_anon_vmas=1": [3, 4],
    "pid=101&comm=init": [],
    "sort=root&min_anon_vmas=1": [3, 4],
  });
  assert.match((await server.problem(404, `${api}/2/trees?pid=99`)).detail, /no process 99/);
  await check(server, `${api}/1/trees`, "root", { "min_missed_reuse=1": [], "pid=100": [3] });
});

test("VMAs of a process, and of all", async (t) => {
  const server = await small_server(t);
  const path = quoted(postgres);
  await check(server, `${api}/2/processes/101/vmas`, "vm_start", {
    "anon_vma=18": ["0x501000"],
    "anon_vma=3": [],
    "root=3": ["0x500000", "0x501000", "0x502000"],
    "root=4": [],
    "path=x": [],
  });
  await check(server, `${api}/2/processes/100/vmas`, "vm_start", { [`path=${path}`]: ["0x400000"] });
  await check(server, `${api}/2/vmas`, "vm_start", {
    [`path=${path}`]: ["0x400000"],
    "pid=1": ["0x1000"],
    "pid=102&anon_vma=301": ["0x502000"],
    "pid=102&root=4": [],
    "root=4": ["0x1000"],
    "anon_vma=17": ["0x500000"],
    "root=3&anon_vma=3": ["0x500000", "0x501000", "0x502000"],
  });
  await server.problem(404, `${api}/2/vmas?pid=99`);
  const { data } = await server.json(`${api}/2/vmas?root=3`);
  assert.deepEqual(
    data.map((row) => [row.pid, row.comm, row.mm_id]),
    [...Array(3).fill([100, "postgres", 5]), ...Array(3).fill([101, hostile_comm, 6])],
  );
});

test("a VMA of the list of all is that of its process", async (t) => {
  const server = await small_server(t);
  for (const snapshot of [1, 2])
    for (const { pid, comm, mm_id, ...vma } of (await server.json(`${api}/${snapshot}/vmas`)).data) {
      const { data } = await server.json(`${api}/${snapshot}/processes/${pid}/vmas`);
      assert.deepEqual(
        data.find((row) => row.vm_start === vma.vm_start),
        vma,
      );
      const process = await server.json(`${api}/${snapshot}/processes/${pid}`);
      assert.deepEqual([process.comm, process.mm_id], [comm, mm_id]);
    }
  assert.equal((await server.json(`${api}/1/vmas`)).data.length, 6);
  assert.equal((await server.json(`${api}/2/vmas`)).data.length, 9);
});

test("findings", async (t) => {
  const server = await small_server(t);
  await check(server, `${api}/2/findings`, "id", {
    "comm=init": [5],
    "comm=postgres&sort=id": [3, 6, 7],
    [`exe=${quoted(postgres)}&sort=id`]: [1, 2, 3, 4, 6, 7],
    [`exe=${quoted(postgres)}&comm=init`]: [],
    "exe=x": [],
    "anon_vma=3&sort=id": [1, 6, 7],
    "anon_vma=300": [3],
    "anon_vma=17": [],
    "anon_vma=3&kind=wide_lock": [6],
  });
});

test("snapshots", async (t) => {
  const server = await small_server(t);
  await check(server, api, "id", {
    "label=after+the+fork": [2],
    "label=after": [],
    "pinned=true": [2],
    "pinned=false": [1],
    "sort=id": [1, 2],
    "sort=-id": [2, 1],
    "since=2026-11-21T02:33:18.123456789Z": [2, 1],
    "since=2026-11-21T02:33:18.12345679Z": [2],
    "until=2026-11-21T02:33:18.123456789Z": [1],
    "until=2026-11-21T02:33:18Z": [],
    "since=2026-11-21T03:33:28%2B01:00": [2],
    "since=2026-11-21T03:33:28+01:00": [2],
    "since=2026-11-21T00:03:28-02:30": [2],
    "since=2026-11-21T02:33:18Z&until=2026-11-21T02:33:20Z": [1],
  });
  const page = await server.json(`${api}?sort=id&limit=1`);
  assert.equal((await server.json(`${api}?sort=id&cursor=${page.next}`)).data[0].id, 2);
  await server.problem(400, `${api}?cursor=${page.next}`);
  for (const since of [
    "",
    "now",
    "2026-11-21",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-11-21T02:33:18",
  ])
    assert.match(
      (await server.problem(400, `${api}?since=${since}`)).detail,
      /since is a time such as/,
      since,
    );
  assert.match((await server.problem(400, `${api}?pinned=1`)).detail, /pinned is one of false, true/);
});

const executables = [
  {
    exe: postgres,
    comm: null,
    processes: 3,
    mms: 2,
    trees: 1,
    vmas: 8,
    anon_vmas: 5,
    idle_anon_vmas: 1,
    reusable_anon_vmas: 1,
    avcs: 10,
    missed_reuse: 1,
    blocked_merges: 1,
    max_chain: 3,
    depth: 2,
    rmap: { max_visits: 2 },
    tree_bytes: 1160,
    fork: { bytes: 5 * 192 + 3 * 104 + 6 * 64 + 3 * 192 + 2 * 104 + 9 * 64 },
    anon_rss_bytes: 21 * 4096,
  },
  {
    exe: null,
    comm: "init",
    processes: 1,
    mms: 1,
    trees: 1,
    vmas: 1,
    anon_vmas: 1,
    idle_anon_vmas: 0,
    reusable_anon_vmas: 0,
    avcs: 1,
    missed_reuse: 0,
    blocked_merges: 0,
    max_chain: 1,
    depth: 0,
    rmap: { max_visits: 1 },
    tree_bytes: 168,
    fork: { bytes: 192 + 104 + 2 * 64 },
    anon_rss_bytes: 2 * 4096,
  },
];

test("executables, the largest first", async (t) => {
  const server = await small_server(t);
  assert.deepEqual(await server.json(`${api}/2/executables`), { data: executables, next: null });
  const [before] = (await server.json(`${api}/1/executables`)).data;
  assert.deepEqual(
    [before.exe, before.comm, before.processes, before.trees, before.tree_bytes],
    [postgres, "postgres", 1, 1, 296],
  );
  await check(server, `${api}/2/executables`, "exe", {
    "search=POSTGRES": [postgres],
    "search=init": [null],
    "search=nothing": [],
    "sort=processes": [null, postgres],
    "sort=-anon_rss_bytes": [postgres, null],
    "sort=trees": [null, postgres],
    "sort=-trees": [postgres, null],
  });
  for (const sort of ["processes", "vmas", "anon_vmas", "avcs", "missed_reuse", "max_chain", "fork.bytes"]) {
    await check(server, `${api}/2/executables`, "exe", { [`sort=${sort}`]: [null, postgres] });
    const { data, next } = await server.json(`${api}/2/executables?sort=-${sort}&limit=1`);
    assert.equal(data[0].exe, postgres);
    const rest = await server.json(`${api}/2/executables?sort=-${sort}&cursor=${next}`);
    assert.deepEqual(rest.data, [executables[1]]);
  }
});

test("two files of one path are one executable", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_database(db);
  sql(
    db,
    "INSERT INTO file (id, born, died, dev, ino, path) SELECT 9, born, died, dev, 124, path FROM file WHERE id = 1;\n" +
      "UPDATE process SET exe = 9 WHERE tgid = 102;\n",
  );
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  assert.deepEqual((await server.json(`${api}/2/executables`)).data, executables);
});

test("a deleted snapshot is gone, one that never was is not found", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_database(db);
  sql(db, "DELETE FROM snapshot WHERE id = 1;\n");
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  for (const rest of [
    "",
    "/processes",
    "/processes/1",
    "/executables",
    "/vmas",
    "/trees/3",
    "/trees/3.dot",
    "/findings",
    "/anon-vmas/3",
  ]) {
    assert.match((await server.problem(410, `${api}/1${rest}`)).detail, /Snapshot 1 was deleted/);
    await server.problem(404, `${api}/3${rest}`);
  }
  sql(db, "DELETE FROM snapshot;\n");
  await server.problem(410, `${api}/2`);
  await server.problem(404, `${api}/3`);
});
