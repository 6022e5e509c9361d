/* SPDX-License-Identifier: GPL-2.0-only */
/* What is different between two snapshots. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { snapshots, hostile_comm } from "./expected.mjs";
import { KINDS } from "./rows.mjs";
import { sql } from "./sqlite.mjs";
import { small_server } from "./server.mjs";

const api = "/api/v1/diff";
const section = (name, rest = "") => `${api}?from=1&to=2&section=${name}${rest}`;
const counts = (some) => ({ added: 0, removed: 0, execed: 0, grown: 0, shrunk: 0, changed: 0, ...some });

/* Another snapshot of the same, with a label or in another boot. */
function add_snapshot(server, id, { label = "NULL", boot = 1 } = {}) {
  sql(
    server.db,
    `INSERT OR IGNORE INTO boot SELECT 2, 'b0072d', host, release, machine, page_size, vma_bytes, anon_vma_bytes,
       avc_bytes, split_counters, has_anon_pgoff FROM boot WHERE id = 1;
     CREATE TEMP TABLE s AS SELECT * FROM snapshot WHERE id = 2;
     UPDATE s SET id = ${id}, boot = ${boot}, label = ${label}, taken_ns = taken_ns + ${id};
     INSERT INTO snapshot SELECT * FROM s;`,
  );
}

function introduction(snapshot) {
  const { id, taken_at, label, pinned, tree_tgid, quality } = snapshot;
  const { boot_id, host, release } = snapshot.boot;
  const boot = { id: snapshot.boot.id, boot_id, host, release };
  return { id, taken_at, label, pinned, tree_tgid, boot, quality: { complete: quality.complete } };
}

function difference(before, after) {
  return Object.fromEntries(Object.keys(before).map((name) => [name, after[name] - before[name]]));
}

test("the summary: both snapshots, totals, how many of each state", async (t) => {
  const server = await small_server(t);
  const [after, before] = snapshots;
  assert.deepEqual(await server.json(`${api}?from=1&to=2`), {
    from: introduction(before),
    to: introduction(after),
    same_boot: true,
    reason: null,
    totals: {
      before: before.totals,
      after: after.totals,
      change: difference(before.totals, after.totals),
    },
    sections: {
      processes: counts({ added: 2 }),
      trees: counts({ grown: 1 }),
      anon_vmas: counts({ added: 4, grown: 1 }),
      vmas: counts({ added: 3, changed: 1 }),
      findings: counts({ added: 6, grown: 1 }),
      names: null,
    },
  });
});

test("the other way round everything is the other way round", async (t) => {
  const server = await small_server(t);
  const { from, to, totals, sections } = await server.json(`${api}?from=2&to=1`);
  assert.deepEqual([from.id, to.id], [2, 1]);
  assert.equal(totals.change.processes, -2);
  assert.deepEqual(sections.processes, counts({ removed: 2 }));
  assert.deepEqual(sections.vmas, counts({ removed: 3, changed: 1 }));
  const there = (await server.json(section("trees"))).data[0];
  const back = (await server.json(`${api}?from=2&to=1&section=trees`)).data[0];
  assert.deepEqual(back, {
    ...there,
    state: "shrunk",
    change: -there.change,
    before: there.after,
    after: there.before,
  });
});

test("a snapshot and itself are the same", async (t) => {
  const server = await small_server(t);
  const { totals, sections } = await server.json(`${api}?from=2&to=2`);
  assert.ok(Object.values(totals.change).every((change) => change === 0));
  assert.deepEqual(sections.vmas, counts());
  for (const name of Object.keys(sections))
    assert.deepEqual(await server.json(`${api}?from=2&to=2&section=${name}`), { data: [], next: null });
});

test("processes: who came", async (t) => {
  const server = await small_server(t);
  const { data } = await server.json(section("processes"));
  assert.deepEqual(
    data.map(({ state, change, pid, before, changed_fields }) => ({
      state,
      change,
      pid,
      before,
      changed_fields,
    })),
    [102, 101].map((pid) => ({ state: "added", change: 1400, pid, before: null, changed_fields: null })),
  );
  assert.equal(data[1].comm, hostile_comm);
  assert.deepEqual(data[0].after, {
    ppid: 101,
    uid: 26,
    exec_id: 1,
    comm: "postgres",
    exe: "/usr/lib/postgres",
    cgroup: "/db.slice",
    mm_id: 6,
    vmas: 3,
    anon_vmas: 3,
    avcs: 8,
    trees: 1,
    reused_vmas: 1,
    missed_groups: 1,
    missed_reuse: 1,
    blocked_merges: 1,
    max_chain: 3,
    map_count: 3,
    fork_vmas: 3,
    fork_anon_vmas: 2,
    fork_avcs: 9,
    fork_bytes: 3 * 192 + 2 * 104 + 9 * 64,
    object_bytes: 3 * 192 + 3 * 104 + 8 * 64,
    torn: true,
    cut: false,
  });
});

test("anon_vmas: what a fork did to the parent's", async (t) => {
  const server = await small_server(t);
  const { data } = await server.json(section("anon_vmas"));
  assert.deepEqual(data[0], {
    state: "grown",
    change: 3,
    id: 3,
    root: 3,
    pid: 100,
    comm: "postgres",
    before: { root: 3, parent: null, num_children: 1, num_active_vmas: 3, refcount: 1, described: true },
    after: { root: 3, parent: null, num_children: 4, num_active_vmas: 3, refcount: 5, described: true },
    changed_fields: ["num_children", "refcount"],
  });
  assert.deepEqual(
    data.slice(1).map(({ state, id, after }) => [state, id, after.parent]),
    [
      ["added", 301, 300],
      ["added", 300, 3],
      ["added", 18, 3],
      ["added", 17, 3],
    ],
  );
});

test("VMAs: by process and address, all their values", async (t) => {
  const server = await small_server(t);
  const { data } = await server.json(section("vmas"));
  assert.deepEqual(
    data.map(({ state, change, mm_id, pid, before, after }) => [
      state,
      change,
      mm_id,
      pid,
      (after ?? before).vm_start,
    ]),
    [
      ["changed", 0, 5, 100, "0x502000"],
      ["added", 2, 6, 101, "0x500000"],
      ["added", 2, 6, 101, "0x501000"],
      ["added", 3, 6, 101, "0x502000"],
    ],
  );
  assert.deepEqual(data[0].changed_fields, ["vm_flags", "permissions"]);
  assert.deepEqual([data[0].before.permissions, data[0].after.permissions], ["rw-p", "r-xp"]);
  assert.deepEqual(data[1].after, {
    vm_start: "0x500000",
    vm_end: "0x501000",
    vm_pgoff: "0x500",
    anon_pgoff: null,
    vm_flags: "0x100073",
    permissions: "rw-p",
    file_id: null,
    path: null,
    name: null,
    numa_policy: false,
    anon_vma: 17,
    root: 3,
    reused: false,
    chain_length: 2,
    chain: [17, 3],
  });
});

test("findings: new and grown, with their sentences", async (t) => {
  const server = await small_server(t);
  const { data } = await server.json(section("findings"));
  assert.deepEqual(data.map(({ kind }) => kind).sort(), [...KINDS].sort());
  const grown = data.find(({ state }) => state === "grown");
  assert.deepEqual(
    [grown.kind, grown.change, grown.before.bytes, grown.after.bytes, grown.changed_fields],
    ["wide_rmap", 32, 32, 64, ["bytes"]],
  );
  const split = data.find(({ kind }) => kind === "fork_split");
  assert.equal(split.state, "added");
  assert.match(split.sentence, /[.]$/);
  assert.equal(split.after.anon_vmas, 1);
  const resolved = (await server.json(`${api}?from=2&to=1&section=findings&state=removed`)).data;
  assert.equal(resolved.length, 6);
  assert.equal(resolved.find(({ kind }) => kind === "fork_split").sentence, split.sentence);
});

test("filters", async (t) => {
  const server = await small_server(t);
  const ids = async (path) => (await server.json(path)).data.map(({ id, state }) => `${state} ${id}`);
  assert.deepEqual(await ids(section("anon_vmas", "&state=grown")), ["grown 3"]);
  assert.deepEqual(await ids(section("anon_vmas", "&min_change=2")), ["grown 3"]);
  assert.equal((await ids(section("anon_vmas", "&root=3"))).length, 5);
  assert.deepEqual(await ids(section("anon_vmas", "&root=4")), []);
  assert.equal((await ids(section("vmas", "&pid=102"))).length, 3);
  assert.equal((await ids(section("vmas", "&pid=100&state=changed"))).length, 1);
  assert.equal((await ids(section("vmas", "&root=3&pid=1"))).length, 0);
  assert.equal((await ids(section("processes", "&pid=102"))).length, 1);
  assert.ok((await ids(section("findings", "&pid=101"))).length >= 2);
});

test("a filter that makes no sense is told", async (t) => {
  const server = await small_server(t);
  for (const path of [
    section("trees", "&pid=100"),
    section("processes", "&root=3"),
    section("names", "&root=3"),
    section("nothing"),
    section("vmas", "&state=new"),
    section("vmas", "&min_change=-1"),
    `${api}?from=1&to=2&state=added`,
    `${api}?from=1&to=2&root=3`,
    `${api}?from=1&to=2&cursor=AAAA`,
    `${api}?since=1`,
    `${api}?from=1&from=2`,
    `${api}?from=`,
    `${api}?from=${"x".repeat(257)}`,
  ])
    await server.problem(400, path);
  await server.problem(404, section("vmas", "&pid=99"));
  await server.problem(404, section("vmas", "&root=99"));
});

test("pages show every row once, in the order of the whole list", async (t) => {
  const server = await small_server(t);
  for (const name of ["processes", "anon_vmas", "vmas", "findings", "names"]) {
    const whole = (await server.json(section(name))).data;
    const rows = [];
    for (let path = section(name, "&limit=1"); path;) {
      const answer = await server.request(path);
      rows.push(...answer.json.data);
      path = /^<(.*)>; rel="next"$/.exec(answer.headers.link ?? "")?.[1];
      assert.equal(answer.json.next === null, path === undefined);
    }
    assert.deepEqual(rows, whole, name);
    assert.ok(rows.length > 1);
  }
});

test("from and to are latest~1 and latest, an id, a label, a time", async (t) => {
  const server = await small_server(t);
  const time = encodeURIComponent("2026-11-21T03:33:20+01:00");
  for (const query of [
    "",
    "?from=1",
    "?from=latest~1&to=latest",
    "?from=1&to=after%20the%20fork",
    "?from=1&to=label:after+the+fork",
    `?from=${time}`,
    "?from=2026-11-21T03:33:20%2b01:00&to=2026-11-21T02:33:29Z",
  ]) {
    const { status, headers, json } = await server.request(`${api}${query}`);
    assert.equal(status, 200, query);
    assert.deepEqual([json.from.id, json.to.id], [1, 2], query);
    assert.equal(headers["content-location"], `${api}?from=1&to=2`);
  }
  await server.problem(404, `${api}?from=latest~2`);
  await server.problem(404, `${api}?from=3`);
  await server.problem(404, `${api}?from=nobody`);
  await server.problem(404, `${api}?from=2026-11-21T02:33:18Z`);
  await server.problem(400, `${api}?from=2026-11-21T02:33:99Z`);
  await server.problem(400, `${api}?from=0`);
  await server.problem(400, `${api}?to=9223372036854775808`);
});

test("a deleted snapshot is gone, one that never was is not there", async (t) => {
  const server = await small_server(t);
  sql(server.db, "DELETE FROM snapshot WHERE id = 1;");
  const gone = await server.problem(410, `${api}?from=1&to=2`);
  assert.equal(gone.title, "Gone");
  assert.match(gone.detail, /deleted/);
  await server.problem(404, `${api}?from=2&to=3`);
  await server.problem(404, api); /* latest~1 */
});

test("pages stay with their snapshots while latest moves on", async (t) => {
  const server = await small_server(t);
  const path = `${api}?section=anon_vmas&limit=2`;
  const first = await server.request(path);
  assert.equal(first.json.data.length, 2);
  add_snapshot(server, 3);
  const link = /^<(.*)>; rel="next"$/.exec(first.headers.link)[1];
  const second = await server.json(link);
  const whole = (await server.json(section("anon_vmas"))).data;
  assert.deepEqual([...first.json.data, ...second.data], whole.slice(0, 4));
  const cursor = encodeURIComponent(first.json.next);
  assert.equal((await server.request(section("anon_vmas", `&cursor=${cursor}`))).status, 200);
  const other = await server.problem(400, `${path}&cursor=${cursor}`);
  assert.match(other.detail, /another list/);
  await server.problem(400, section("anon_vmas", `&state=added&cursor=${cursor}`));
  await server.problem(400, section("trees", `&cursor=${cursor}`));
});

test("a tag by both snapshots", async (t) => {
  const server = await small_server(t);
  const tags = new Set();
  const paths = [
    `${api}?from=1&to=2`,
    `${api}?from=2&to=1`,
    section("vmas"),
    section("trees"),
    `${api}/trees/3?from=1&to=2`,
  ];
  for (const path of paths) {
    const { headers } = await server.request(path);
    assert.equal(headers["cache-control"], "private, no-cache", path);
    assert.match(headers.etag, /^"[0-9a-f]{16}"$/);
    tags.add(headers.etag);
    const known = await server.request(path, { headers: { "If-None-Match": headers.etag } });
    assert.equal(known.status, 304);
    assert.equal(known.body.length, 0);
  }
  assert.equal(tags.size, paths.length);
  const latest = await server.request(api);
  assert.ok(tags.has(latest.headers.etag));
  const known = { headers: { "If-None-Match": latest.headers.etag } };
  assert.equal((await server.request(api, known)).status, 304);
  sql(server.db, "UPDATE snapshot SET label = 'before' WHERE id = 1;");
  assert.equal((await server.request(api, known)).json.from.label, "before");
  add_snapshot(server, 3);
  assert.deepEqual((await server.request(api, known)).json.to.id, 3);
});

test("across boots only names are compared, and it says so", async (t) => {
  const server = await small_server(t);
  add_snapshot(server, 3, { boot: 2, label: "'rebooted'" });
  const { same_boot, reason, from, to, totals, sections } = await server.json(`${api}?from=1&to=rebooted`);
  assert.equal(same_boot, false);
  assert.match(reason, /different boots/);
  assert.deepEqual([from.boot.boot_id, to.boot.boot_id], ["b0071d", "b0072d"]);
  assert.equal(totals.change.processes, 2);
  const { names, ...rest } = sections;
  assert.deepEqual(names, counts({ added: 1, changed: 1 }));
  assert.ok(Object.values(rest).every((section) => section === null));
  const { data } = await server.json(`${api}?from=1&to=3&section=names`);
  assert.deepEqual(
    data.map(({ state, change, comm }) => [state, change, comm]),
    [
      ["added", 1400, hostile_comm],
      ["changed", 0, "postgres"],
    ],
  );
  assert.deepEqual(data[1].changed_fields, ["processes"]);
  for (const name of Object.keys(rest)) {
    const problem = await server.problem(422, `${api}?from=1&to=3&section=${name}`);
    assert.match(problem.detail, /section=names/);
  }
  await server.problem(422, `${api}/trees/3?from=1&to=3`);
});

test("one tree of both", async (t) => {
  const server = await small_server(t);
  const tree = await server.json(`${api}/trees/3`);
  assert.deepEqual(tree.counts, { added: 4, removed: 0, grown: 1, shrunk: 0, same: 0 });
  assert.deepEqual([tree.root, tree.from.id, tree.to.id, tree.same_boot], [3, 1, 2, true]);
  assert.deepEqual(tree.anon_vmas[0], {
    id: 3,
    parent: null,
    depth: 0,
    state: "grown",
    before: { num_children: 1, num_active_vmas: 3, refcount: 1, linked_vmas: 3, mm_id: 5 },
    after: { num_children: 4, num_active_vmas: 3, refcount: 5, linked_vmas: 6, mm_id: 5 },
  });
  assert.deepEqual(
    tree.anon_vmas.slice(1).map(({ id, parent, depth, state, before }) => [id, parent, depth, state, before]),
    [
      [17, 3, 1, "added", null],
      [18, 3, 1, "added", null],
      [300, 3, 1, "added", null],
      [301, 300, 2, "added", null],
    ],
  );
  assert.deepEqual(
    tree.processes.map(({ pid, comm, state, before, after }) => [pid, comm, state, before, after]),
    [
      [100, "postgres", "same", { mm_id: 5 }, { mm_id: 5 }],
      [101, hostile_comm, "added", null, { mm_id: 6 }],
      [102, "postgres", "added", null, { mm_id: 6 }],
    ],
  );
  const back = await server.json(`${api}/trees/3?from=2&to=1`);
  assert.deepEqual(back.counts, { added: 0, removed: 4, grown: 0, shrunk: 1, same: 0 });
  assert.deepEqual(
    back.anon_vmas.map(({ id, parent, depth }) => [id, parent, depth]),
    tree.anon_vmas.map(({ id, parent, depth }) => [id, parent, depth]),
  );
  const same = await server.json(`${api}/trees/3?from=2&to=2`);
  assert.deepEqual(same.counts, { added: 0, removed: 0, grown: 0, shrunk: 0, same: 5 });
  await server.problem(404, `${api}/trees/99`);
  await server.problem(400, `${api}/trees/0`);
  await server.problem(400, `${api}/trees/3?section=trees`);
});

test("lists come in every format, with the fields that are wanted", async (t) => {
  const server = await small_server(t);
  const csv = await server.request(
    section("anon_vmas", "&format=csv&fields=state,id,before.num_children,after,changed_fields"),
  );
  assert.equal(csv.headers["content-type"].split(";")[0], "text/csv");
  const lines = csv.body.toString().trimEnd().split("\r\n");
  assert.equal(
    lines[0],
    "state,id,before.num_children,after.root,after.parent,after.num_children,after.num_active_vmas," +
      "after.refcount,after.described,changed_fields",
  );
  assert.equal(lines[1], 'grown,3,1,3,,4,3,5,true,"[""num_children"",""refcount""]"');
  assert.equal(lines[2], "added,301,,3,300,0,1,1,true,");
  const ndjson = await server.request(section("vmas", "&format=ndjson"));
  const rows = ndjson.body
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(rows.slice(0, -1), (await server.json(section("vmas"))).data);
  assert.deepEqual(rows.at(-1), { eof: true, rows: 4 });
  await server.problem(400, section("vmas", "&fields=nothing"));
  await server.problem(400, `${api}?format=csv`);
  await server.problem(400, `${api}?fields=from`);
});

test("a stream of a long list goes on behind its pieces", async (t) => {
  const server = await small_server(t);
  const rows = 2500;
  sql(
    server.db,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
     INSERT INTO vma (born, died, mm, vm_start, vm_end, vm_pgoff, vm_flags, policy, reused, chain_length)
     SELECT 2, 9223372036854775807, 5, 0x10000000 + i * 8192, 0x10001000 + i * 8192, 0, 115, 0, 0, 0 FROM n;`,
  );
  const answer = await server.request(section("vmas", "&format=ndjson&fields=mm_id,after.vm_start"));
  const lines = answer.body.toString().trimEnd().split("\n");
  assert.deepEqual(JSON.parse(lines.at(-1)), { eof: true, rows: rows + 4 });
  assert.equal(new Set(lines).size, rows + 5);
});

test("HEAD, other methods, no database", async (t) => {
  const server = await small_server(t);
  const head = await server.request(api, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
  await server.problem(405, api, { method: "POST" });
});
