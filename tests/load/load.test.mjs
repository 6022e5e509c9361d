/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real server under load while the real collector takes a snapshot of this
 * machine every second: nobody gets an error, the collector does not stall, and
 * memory and the write-ahead log stay as they are. Then the same with a server
 * that was built with ThreadSanitizer.
 *
 * Short by default. VMASCOPE_LOAD_SECONDS=60 is the long form; the second test
 * takes half of it.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";

import { Server } from "../api/server.mjs";

const seconds = Number(process.env.VMASCOPE_LOAD_SECONDS ?? 12);
const collector =
  process.env.VMASCOPE_COLLECTOR ??
  new URL("../../build/collector/vmascope-collector", import.meta.url).pathname;
const server_tsan = process.env.VMASCOPE_SERVER_TSAN;

const CONNECTIONS = 64;
const INTERVAL_MS = 1000;
/* A snapshot that is late by as much as this was not taken at its deadline. */
const STALL_MS = 2 * INTERVAL_MS;
/* The server keeps up to 32 connections to the database, of 0.8 MiB each when all
 * was asked of them. After the warm-up some may still be needed for the first time;
 * this is also less than 100 bytes for each request. */
const RSS_KIB = 96 << 10;
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

async function run_wrk(server, targets, duration, patience) {
  const script = new URL("mix.lua", import.meta.url).pathname;
  const options = ["-t", "1", "-c", CONNECTIONS, "-d", `${duration}s`, "--timeout", `${patience}s`];
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

const skip_tsan = skip || (!server_tsan && "VMASCOPE_SERVER_TSAN names no server");

test("ThreadSanitizer has nothing to report", { skip: skip_tsan }, async (t) => {
  await under_load(t, Math.ceil(seconds / 2), 60, without_random_layout);
});
