/* SPDX-License-Identifier: GPL-2.0-only */
/* Time series, against what sqlite3 and the documents of the snapshots say. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { create_schema, scratch, sql } from "./sqlite.mjs";
import { create_history, query } from "./series.mjs";
import { Server, small_server } from "./server.mjs";

const N = 240;

async function history(t) {
  const db = join(scratch(t), "vmascope.db");
  const marks = create_history(db, N);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  return Object.assign(server, { db }, marks);
}

/* What every answer is, whatever it is of. */
function assert_shape(stats) {
  const { series, snapshots, times, boots, columns, sampled, max, max_snapshot, step_s } = stats;
  assert.deepEqual(Object.keys(columns), series);
  for (const array of [snapshots, times, boots, ...Object.values(columns)])
    assert.equal(array.length, sampled.points);
  for (let i = 1; i < times.length; i++) assert.ok(times[i] >= times[i - 1]);
  assert.equal(max === undefined, step_s === null);
  if (!max) return;
  assert.deepEqual(Object.keys(max), series);
  for (const name of series)
    columns[name].forEach((value, i) => {
      assert.ok(value === null || max[name][i] >= value, name);
      assert.equal(max_snapshot[name][i] === null, max[name][i] === null, name);
    });
}

async function stats_of(server, text) {
  const stats = await server.json(`/api/v1/stats${text}`);
  assert_shape(stats);
  return stats;
}

test("totals without a step are those of each snapshot's document", async (t) => {
  const server = await small_server(t);
  const stats = await stats_of(server, "");
  assert.deepEqual(stats.of, { kind: "totals" });
  assert.equal(stats.step_s, null);
  assert.deepEqual(stats.snapshots, [1, 2]);
  assert.deepEqual(stats.boots, [1, 1]);
  assert.deepEqual(stats.times, [1795228398.123456, 1795228408]);
  const { snapshots, points, first_taken_at, last_taken_at } = stats.sampled;
  assert.deepEqual([snapshots, points], [2, 2]);
  for (const [i, id] of stats.snapshots.entries()) {
    const snapshot = await server.json(`/api/v1/snapshots/${id}`);
    const known = {
      ...snapshot.totals,
      ...snapshot.quality,
      ...snapshot.cost,
      rmap_max_visits: snapshot.rmap.max_visits,
    };
    assert.equal(stats.series.length, 25);
    for (const name of stats.series) assert.equal(stats.columns[name][i], known[name], `${name} of ${id}`);
    assert.equal([first_taken_at, last_taken_at][i], snapshot.taken_at);
  }
});

test("every snapshot is a point while they are few enough", async (t) => {
  const server = await history(t);
  const stats = await stats_of(server, "");
  const rows = query(
    server.db,
    "SELECT id, boot, taken_ns / 1000 AS us, vmas, missed_reuse FROM snapshot ORDER BY taken_ns",
  );
  assert.equal(stats.step_s, null);
  assert.deepEqual(
    stats.snapshots,
    rows.map((row) => row.id),
  );
  assert.deepEqual(
    stats.boots,
    rows.map((row) => row.boot),
  );
  assert.deepEqual(
    stats.times,
    rows.map((row) => row.us / 1e6),
  );
  for (const name of ["vmas", "missed_reuse"])
    assert.deepEqual(
      stats.columns[name],
      rows.map((row) => row[name]),
    );
});

/* The same by SQL: groups of a boot and a step. */
function grouped(db, step_s, condition = "1") {
  return query(
    db,
    `SELECT max(id) AS id, boot, max(vmas) AS vmas, max(missed_reuse) AS missed_reuse, count(*) AS snapshots
     FROM snapshot WHERE ${condition} GROUP BY boot, taken_ns / (${step_s} * 1000000000) ORDER BY max(taken_ns)`,
  );
}

test("a step makes points of it, and no peak is lost", async (t) => {
  const server = await history(t);
  const stats = await stats_of(server, "?step=5m");
  const rows = grouped(server.db, 300);
  assert.equal(stats.step_s, 300);
  assert.deepEqual(
    stats.snapshots,
    rows.map((row) => row.id),
  );
  assert.deepEqual(
    stats.boots,
    rows.map((row) => row.boot),
  );
  assert.deepEqual(
    stats.max.vmas,
    rows.map((row) => row.vmas),
  );
  assert.deepEqual(
    stats.max.missed_reuse,
    rows.map((row) => row.missed_reuse),
  );
  assert.deepEqual([stats.sampled.snapshots, stats.sampled.points], [N, rows.length]);
  assert.ok(rows.length < N / 5);
  for (const [i, id] of stats.snapshots.entries())
    assert.equal(
      stats.columns.vmas[i],
      query(server.db, `SELECT vmas FROM snapshot WHERE id = ${id}`)[0].vmas,
    );
  const peak = stats.max.missed_reuse.indexOf(5000);
  assert.ok(!stats.columns.missed_reuse.includes(5000), "only the peak shows it");
  assert.equal(stats.max_snapshot.missed_reuse[peak], server.exec_at + 3, "and where it is");
  assert.equal(new Set(stats.boots).size, 2);
});

test("points: the server finds a round step", async (t) => {
  const server = await history(t);
  for (const points of [1, 2, 10, 50, 100]) {
    const stats = await stats_of(server, `?points=${points}`);
    assert.ok(stats.step_s > 0);
    /* one more at the ends, and one where the boot changes */
    assert.ok(stats.sampled.points <= points + 2, `${points}: ${stats.sampled.points}`);
    assert.deepEqual(
      stats.snapshots,
      grouped(server.db, stats.step_s).map((row) => row.id),
    );
  }
  assert.equal((await stats_of(server, "?points=5000")).step_s, null);
});

test("from and to are times or snapshots, both included", async (t) => {
  const server = await history(t);
  const ids = async (text) => (await stats_of(server, text)).snapshots;
  const range = (a, b) => Array.from({ length: b - a + 1 }, (_, i) => a + i);
  assert.deepEqual(await ids("?from=10&to=20"), range(10, 20));
  assert.deepEqual(await ids("?from=10&to=10"), [10]);
  const of = async (id) => (await server.json(`/api/v1/snapshots/${id}`)).taken_at;
  const from = await of(10);
  const to = await of(20);
  assert.deepEqual(await ids(`?from=${from}&to=${to}`), range(10, 20));
  const plus_two = new Date(Date.parse(from) + 7200000).toISOString().slice(0, 19);
  assert.deepEqual(await ids(`?from=${plus_two}%2B02:00&to=11`), range(10, 11));
  assert.deepEqual(await ids(`?from=${plus_two}+02:00&to=11`), range(10, 11), "a + that became a space");
  assert.deepEqual(await ids("?from=2037-01-01T00:00:00Z"), []);
  assert.deepEqual(await ids(`?boot=2`), range(server.second_boot, N));
  assert.deepEqual(await ids(`?boot=2&to=${server.second_boot}`), [server.second_boot]);
  assert.deepEqual(await ids(`?boot=3`), []);
});

test("from and to name a snapshot as those of /diff do", async (t) => {
  const server = await history(t);
  const ids = async (text) => (await stats_of(server, text)).snapshots;
  assert.deepEqual(await ids("?from=latest~2"), [N - 2, N - 1, N]);
  assert.deepEqual(await ids("?to=latest&from=latest"), [N]);
  sql(
    server.db,
    "UPDATE snapshot SET label = 'deploy' WHERE id IN (7, 9); DELETE FROM snapshot WHERE id = 4;\n",
  );
  assert.deepEqual(await ids("?from=label:deploy&to=11"), [9, 10, 11]);
  assert.deepEqual(await ids("?from=deploy&to=11"), [9, 10, 11]);
  assert.match(
    (await server.problem(410, "/api/v1/stats?from=4")).detail,
    /from: snapshot 4 has been deleted/,
  );
});

test("one process: its life, through exec, from the versions of its rows", async (t) => {
  const server = await history(t);
  const stats = await stats_of(server, "?process_id=2");
  assert.deepEqual(stats.of, {
    kind: "process",
    pid: 100,
    process_id: 2,
    comm: "worker",
    other_process_ids: [],
  });
  assert.deepEqual(
    stats.snapshots,
    Array.from({ length: server.second_boot - 1 }, (_, i) => i + 1),
  );
  for (const [i, id] of stats.snapshots.entries()) {
    const [row] = query(
      server.db,
      `SELECT m.vmas, m.avcs, m.fork_vmas * 192 + m.fork_anon_vmas * 104 + m.fork_avcs * 64 AS fork_bytes,
       u.anon_rss_pages * 4096 AS anon_rss_bytes FROM process p JOIN mm m ON m.id = p.mm AND m.born <= ${id} AND m.died > ${id}
       LEFT JOIN mm_usage u ON u.mm = p.mm AND u.born <= ${id} AND u.died > ${id}
       WHERE p.id = 2 AND p.born <= ${id} AND p.died > ${id}`,
    );
    for (const [name, value] of Object.entries(row))
      assert.equal(stats.columns[name][i], value, `${name} of ${id}`);
  }
  assert.ok(new Set(stats.columns.vmas).size > 10);
  const document = await server.json(`/api/v1/snapshots/${server.exec_at - 1}/processes/100`);
  const at = stats.snapshots.indexOf(server.exec_at - 1);
  for (const name of [
    "vmas",
    "anon_vmas",
    "avcs",
    "trees",
    "max_chain",
    "map_count",
    "anon_rss_bytes",
    "swap_bytes",
  ])
    assert.equal(stats.columns[name][at], document[name], name);
  assert.equal(stats.columns.fork_bytes[at], document.fork.bytes);
  assert.equal(stats.columns.fork_undone_bytes[at], document.fork_undone.bytes);
});

test("a pid is the last that had it; the others are named", async (t) => {
  const server = await history(t);
  const last = await stats_of(server, "?pid=100");
  assert.deepEqual(last.of, {
    kind: "process",
    pid: 100,
    process_id: 50,
    comm: "later",
    other_process_ids: [2],
  });
  assert.equal(last.snapshots[0], server.second_boot);
  assert.deepEqual(new Set(last.columns.vmas), new Set([7]));
  const before = await stats_of(server, `?pid=100&to=${server.second_boot - 1}`);
  assert.equal(before.of.process_id, 2);
  assert.equal((await stats_of(server, "?pid=100&process_id=2")).of.process_id, 2);
});

test("one tree, with and without a step", async (t) => {
  const server = await history(t);
  const stats = await stats_of(server, "?root=3");
  assert.deepEqual(stats.of, { kind: "tree", root: 3 });
  const expected = stats.snapshots.map(
    (id) =>
      query(server.db, `SELECT anon_vmas FROM tree WHERE id = 3 AND born <= ${id} AND died > ${id}`)[0]
        .anon_vmas,
  );
  assert.deepEqual(stats.columns.anon_vmas, expected);
  const coarse = await stats_of(server, "?root=3&step=10m&series=anon_vmas");
  assert.deepEqual(coarse.series, ["anon_vmas"]);
  coarse.snapshots.forEach((id, i) =>
    assert.equal(coarse.columns.anon_vmas[i], expected[stats.snapshots.indexOf(id)]),
  );
});

test("series: only those that are asked for, in the order of the table", async (t) => {
  const server = await small_server(t);
  assert.deepEqual((await stats_of(server, "?series=max_chain,vmas")).series, ["vmas", "max_chain"]);
  for (const bad of ["vmas,", ",", "VMAs", "vmas,nothing", "swap_bytes"])
    assert.match(
      (await server.problem(400, `/api/v1/stats?series=${bad}`)).detail,
      /there are processes, mms/,
    );
  assert.deepEqual((await stats_of(server, "?pid=1&series=swap_bytes")).series, ["swap_bytes"]);
});

test("a hostile name is JSON", async (t) => {
  const server = await small_server(t);
  const { body, json } = await server.request("/api/v1/stats?pid=101&series=vmas");
  assert.equal(json.of.comm, (await server.json("/api/v1/snapshots/2/processes/101")).comm);
  assert.ok(![...body].some((byte) => byte < 0x20 || byte === 0x7f));
});

test("what cannot be is a problem that says why", async (t) => {
  const server = await history(t);
  const refused = {
    "?from=20&to=10": [400, /swap them/],
    "?from=0": [400, /from: ids of snapshots are from 1/],
    "?from=label:": [400, /from: the label itself comes after label:, as in label:deploy/],
    "?from=2026-11-21T25:00:00Z": [400, /2026-11-21T02:33:18Z/],
    "?from=yesterday": [404, /from: no snapshot has the label yesterday; give an id, latest/],
    "?to=latest~": [400, /as in latest~1/],
    "?to=9999": [404, /to: there is no snapshot 9999 yet/],
    "?step=0s": [400, /10s or 5m/],
    "?step=10": [400, /10s or 5m/],
    "?step=1s": [400, /at least 1[0-9]s/],
    "?points=0": [400, /points is an integer from 1 to 5000/],
    "?points=5001": [400, /5000/],
    "?pid=1&root=3": [400, /not for both/],
    "?process_id=2&root=3": [400, /not for both/],
    "?pid=99": [404, /pid 99; widen/],
    "?pid=1&process_id=2": [404, /id 2; widen/],
    "?process_id=999": [404, /id 999; widen/],
    "?root=999": [404, /tree 999; widen/],
    "?pid=101&to=1": [404, /widen/],
    "?limit=1": [400, /takes from, to, step, points, boot, pid, process_id, root, series/],
  };
  for (const [text, [status, sentence]] of Object.entries(refused))
    assert.match((await server.problem(status, `/api/v1/stats${text}`)).detail, sentence, text);
});

test("no database and no snapshot are an empty series", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  for (const create of [() => {}, () => create_schema(db)]) {
    create();
    const stats = await stats_of(server, "");
    assert.deepEqual(stats.sampled, { snapshots: 0, first_taken_at: null, last_taken_at: null, points: 0 });
    assert.deepEqual(stats.columns.vmas, []);
    assert.match((await server.problem(404, "/api/v1/stats?pid=1")).detail, /pid 1/);
  }
});
