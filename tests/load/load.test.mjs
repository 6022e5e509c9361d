/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real server under load while the real collector takes a snapshot of this
 * machine every second: nobody gets an error, the collector does not stall, and
 * memory and the write-ahead log stay as they are. Then a crowd that asks for long
 * answers from a large database and does not take them, which costs no more than it
 * may. Then the same with a server that was built with ThreadSanitizer.
 *
 * Short by default. VMASCOPE_LOAD_SECONDS=60 is the long form; with ThreadSanitizer
 * it takes half of it.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";

import { create_many } from "../api/many_rows.mjs";
import { OPEN } from "../api/rows.mjs";
import { Server } from "../api/server.mjs";
import { sql } from "../api/sqlite.mjs";

const seconds = Number(process.env.VMASCOPE_LOAD_SECONDS ?? 12);
const collector =
  process.env.VMASCOPE_COLLECTOR ??
  new URL("../../build/collector/vmascope-collector", import.meta.url).pathname;
const server_tsan = process.env.VMASCOPE_SERVER_TSAN;

const CONNECTIONS = 64;
const INTERVAL_MS = 1000;
/* A snapshot that is late by as much as this was not taken at its deadline. */
const STALL_MS = 2 * INTERVAL_MS;
/* The server has 8 connections to the database, of up to 4 MiB of pages and 0.8 MiB
 * of statements each when all was asked of them. After the warm-up some may still be
 * needed for the first time; this is also less than 100 bytes for each request. */
const RSS_KIB = 96 << 10;
/* And up to 64 MiB of answers that were not taken, and a piece of each stream. */
const CROWD_RSS_KIB = 160 << 10;
/* As many as one address may have, but for a few. */
const CROWD = 180;
/* Answers of 10,000 rows, of which fewer than that many may be held at once. */
const CROWD_SLOW = 30;
const CROWD_SECONDS = 2;
const WARM_UP_S = 20;
const GROWTH_KIB = 16 << 10;
/* The log is started over when it holds 4 MiB and the readers of a moment let it. */
const WAL_BYTES = 32 << 20;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function start_collector(context, db) {
  const child = spawn(collector, ["--db", db, "--interval", `${INTERVAL_MS}ms`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "close");
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const stop = async () => {
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null], stderr);
  };
  context.after(() => child.kill("SIGKILL"));
  for (let i = 0; !existsSync(db) || query(db, "SELECT count(*) FROM snapshot")[0] < 2; i++) {
    assert.ok(i < 100, `the collector takes no snapshots: ${stderr}`);
    await sleep(100);
  }
  return stop;
}

/* The first column of what a query gives, as numbers. */
function query(db, sql) {
  const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
  try {
    return execFileSync("sqlite3", ["-readonly", db, sql], options).trim().split("\n").map(Number);
  } catch {
    return [0]; /* no tables yet */
  }
}

/* A process that is there in every snapshot, by a name of its own: it has another
 * pid where the collector looks from than where it was started. */
function start_subject(context, directory) {
  const program = join(directory, `load-${process.pid}`);
  symlinkSync("/bin/sleep", program);
  const child = spawn(program, ["infinity"], { stdio: "ignore" });
  context.after(() => child.kill());
  return basename(program);
}

/* What is asked for in turn. */
async function choose_targets(server, comm) {
  const first = "/api/v1/snapshots/1";
  const newest = "/api/v1/snapshots/{newest}";
  const { pid } = (await server.json(`${first}/processes?comm=${comm}`)).data[0];
  const vmas = (await server.json(`${first}/processes/${pid}/vmas?limit=1000`)).data;
  const { root, anon_vma } = vmas.find((vma) => vma.root !== null) ?? {};
  assert.ok(root, `process ${pid} has an anon_vma`);
  return [
    "/api/v1/snapshots",
    "/api/v1/snapshots/latest",
    newest,
    `${newest}/processes`,
    `${newest}/processes/${pid}`,
    `${newest}/processes/${pid}/vmas?limit=1000`,
    `${newest}/processes/${pid}/anon-vmas`,
    `${newest}/processes/${pid}/fork`,
    `${newest}/executables`,
    `${newest}/vmas?format=ndjson`,
    `${newest}/anon-vmas/${anon_vma}`,
    `${newest}/trees?sort=-anon_vmas`,
    `${newest}/trees/${root}`,
    `${newest}/trees/${root}.dot`,
    `${newest}/findings`,
    first,
    `${first}/processes?limit=10000&format=csv`,
    "/api/v1/snapshots/latest/trees",
    "/api/v1/diff?from=1&to=latest",
    `/api/v1/diff/trees/${root}?from=1&to=latest`,
    "/api/v1/stats",
    "/metrics",
    "/healthz",
    "/",
  ];
}

async function run_wrk(server, targets, duration, patience, connections = CONNECTIONS) {
  const script = new URL("mix.lua", import.meta.url).pathname;
  const options = ["-t", "1", "-c", connections, "-d", `${duration}s`, "--timeout", `${patience}s`];
  const args = [...options, "-s", script, server.url, "--", "1", ...targets];
  const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  assert.equal(code, 0, output);
  return JSON.parse(output.trim().split("\n").at(-1));
}

const rss_kib = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

/* Calls until the load is over; what it saw comes with the time since the start. */
async function watch(server, load) {
  const started = performance.now();
  const seen = [];
  let over = false;
  load.finally(() => (over = true));
  while (!over) {
    await sleep(250);
    const { exitCode, signalCode } = server.child;
    assert.ok(exitCode === null && signalCode === null, `the server ended: ${server.stderr}`);
    const at = (performance.now() - started) / 1000;
    seen.push({ at, rss: rss_kib(server.child.pid), wal: statSync(`${server.db}-wal`).size });
  }
  return seen;
}

function assert_no_stall(context, taken) {
  const gaps = taken.slice(1).map((ms, i) => ms - taken[i]);
  const longest = Math.max(...gaps);
  context.diagnostic(`${taken.length} snapshots, ${Math.min(...gaps)} to ${longest} ms apart`);
  assert.ok(gaps.length >= 2, "snapshots were taken under load");
  assert.ok(longest < STALL_MS, `two snapshots are ${longest} ms apart`);
}

function assert_short_log(context, seen) {
  const largest = Math.max(...seen.map(({ wal }) => wal));
  context.diagnostic(`write-ahead log up to ${largest >> 10} KiB`);
  assert.ok(largest < WAL_BYTES, `the write-ahead log grew to ${largest} bytes`);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function assert_flat_memory(context, seen) {
  const largest = Math.max(...seen.map(({ rss }) => rss));
  context.diagnostic(`the server had up to ${largest} KiB`);
  assert.ok(largest < RSS_KIB, `${largest} KiB`);
  if (seconds < 2 * WARM_UP_S) return;
  const between = (from, to) => median(seen.filter(({ at }) => at >= from && at < to).map(({ rss }) => rss));
  const [warm, end] = [between(WARM_UP_S, WARM_UP_S + 5), between(seconds - 5, seconds)];
  context.diagnostic(`${warm} KiB after ${WARM_UP_S} s, ${end} KiB at the end`);
  assert.ok(end < warm + GROWTH_KIB, `${warm} KiB grew to ${end} KiB`);
}

/* What was seen, and when snapshots were taken meanwhile. The server's own word is
 * its exit status and that it has nothing to say: a sanitizer would. */
async function under_load(context, duration, patience, program) {
  const directory = mkdtempSync(join(tmpdir(), "vmascope-load-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const db = join(directory, "vmascope.db");
  const subject = start_subject(context, directory);
  const stop_collector = await start_collector(context, db);
  const server = await Server.start_as({ program: program?.(directory) }, "--db", db);
  context.after(() => server.child.kill("SIGKILL"));
  server.db = db;
  const targets = await choose_targets(server, subject);
  const from = Date.now();
  const load = run_wrk(server, targets, duration, patience);
  const seen = await watch(server, load);
  const { requests, ...errors } = await load;
  const taken = query(db, `SELECT taken_ns / 1000000 AS ms FROM snapshot WHERE ms >= ${from} ORDER BY id`);
  await stop_collector();
  assert.equal(await server.stop(), "");
  context.diagnostic(`${Math.round(requests / duration)} requests/s for ${duration} s`);
  assert.deepEqual(errors, { connect: 0, read: 0, write: 0, status: 0, timeout: 0 });
  assert.ok(requests > 4 * targets.length, `${requests} requests`);
  return { seen, taken };
}

const PROCESSES = 100;
const VMAS_EACH = 300;
const VERSIONS = 4;

/* 30,000 VMAs that all change now and then: those of one list lie all over the
 * table, as in a history that was long in the making. */
function create_wide_history(db) {
  create_many(db, PROCESSES);
  const vmas = PROCESSES * VMAS_EACH;
  sql(
    db,
    `BEGIN; DELETE FROM vma;
     WITH RECURSIVE version (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM version LIMIT ${VERSIONS}),
       number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number LIMIT ${vmas}),
       vma_of (v, i) AS (SELECT v, n * 7919 % ${vmas} FROM version, number ORDER BY v, n)
     INSERT INTO vma (born, died, mm, vm_start, vm_end, vm_pgoff, vm_flags, policy, name, reused, chain_length)
       SELECT v, iif(v < ${VERSIONS}, v + 1, ${OPEN}), 1 + i / ${VMAS_EACH}, i * 8192, i * 8192 + 4096, i,
         ${0x100073}, 0, printf('area %060d', i), 0, 0 FROM vma_of;
     COMMIT;\n`,
  );
}

/* Clients that ask and take no more than what fits into their buffers. Resolves when
 * each has got the beginning of its answer. */
async function stall(context, server, target, count) {
  const sockets = Array.from({ length: count }, () => net.connect(server.port, "127.0.0.1"));
  context.after(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(
    sockets.map(async (socket) => {
      socket.on("error", () => {});
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      /* not read, so that no more than the first buffer of it is taken in */
      await once(socket, "readable");
    }),
  );
  return sockets;
}

/* Of a crowd before it some are still at work, and there is a limit to clients. */
async function until_gone(server) {
  const open = () => readdirSync(`/proc/${server.child.pid}/fd`).length;
  for (let i = 0; open() > CROWD_SLOW + 30; i++) {
    assert.ok(i < 1200, `${open()} descriptors are open, with nobody there`);
    await sleep(100);
  }
}

async function assert_small_again(context, server) {
  const pid = server.child.pid;
  for (let i = 0; rss_kib(pid) > RSS_KIB; i++) {
    assert.ok(i < 100, `the server still has ${rss_kib(pid)} KiB when all are gone`);
    await sleep(100);
  }
  context.diagnostic(`${rss_kib(pid)} KiB when all are gone`);
}

/* The server, when all have gone. */
async function crowd(context, { clients, slow, program }) {
  const directory = mkdtempSync(join(tmpdir(), "vmascope-load-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const db = join(directory, "vmascope.db");
  create_wide_history(db);
  /* a crowd waits longer for its turn than one client should */
  const server = await Server.start_as(
    { program: program?.(directory) },
    "--db",
    db,
    "--query-timeout",
    "120",
  );
  context.after(() => server.child.kill("SIGKILL"));
  const list = `/api/v1/snapshots/${PROCESSES}/vmas`;
  const { requests, ...errors } = await run_wrk(server, [`${list}?limit=1000`], CROWD_SECONDS, 120, clients);
  context.diagnostic(`${requests} lists of 1,000 rows in ${CROWD_SECONDS} s`);
  assert.deepEqual(errors, { connect: 0, read: 0, write: 0, status: 0, timeout: 0 });
  /* streams, whose pieces are read one by one; and answers that are held whole */
  for (const [query, count] of [
    ["format=ndjson", clients],
    ["limit=10000", slow],
  ]) {
    await until_gone(server);
    const sockets = await stall(context, server, `${list}?${query}`, count);
    assert.equal((await server.request(`/api/v1/snapshots/${PROCESSES}/processes`)).status, 200, query);
    sockets.forEach((socket) => socket.destroy());
  }
  return server;
}

/* The sanitizer's memory layout does not go with more random bits than it knows. */
function without_random_layout(directory) {
  if (Number(readFileSync("/proc/sys/vm/mmap_rnd_bits", "utf8")) <= 28) return server_tsan;
  const script = join(directory, "vmascope-server");
  writeFileSync(script, `#!/bin/sh\nexec setarch -R '${server_tsan}' "$@"\n`, { mode: 0o755 });
  return script;
}

function reason_to_skip() {
  if (process.getuid() !== 0) return "not root";
  if (!existsSync("/sys/kernel/btf/vmlinux")) return "the kernel has no BTF (/sys/kernel/btf/vmlinux)";
  return false;
}

const skip = reason_to_skip();

test("64 clients get no error, the collector does not stall, memory is flat", { skip }, async (t) => {
  const { seen, taken } = await under_load(t, seconds, 5);
  assert_no_stall(t, taken);
  assert_short_log(t, seen);
  assert_flat_memory(t, seen);
});

test("a crowd that asks for much and takes nothing costs bounded memory", async (t) => {
  const server = await crowd(t, { clients: CROWD, slow: CROWD_SLOW });
  const [, peak] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"));
  t.diagnostic(`the server had up to ${peak} KiB`);
  assert.ok(Number(peak) < CROWD_RSS_KIB, `${peak} KiB`);
  await assert_small_again(t, server);
  await server.stop();
});

const skip_tsan = skip || (!server_tsan && "VMASCOPE_SERVER_TSAN names no server");

test("ThreadSanitizer has nothing to report", { skip: skip_tsan }, async (t) => {
  await under_load(t, Math.ceil(seconds / 2), 60, without_random_layout);
  const server = await crowd(t, { clients: CROWD_SLOW, slow: CROWD_SLOW, program: without_random_layout });
  const said = await server.stop();
  assert.ok(!said.includes("ThreadSanitizer"), said);
});
