/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * docs/recipes.md: every recipe is run as it stands there, in the order of the
 * document, and its output held against what the processes are known to have.
 * The output in the document must have the form of the real one; UPDATE_GOLDEN=1
 * writes the real one into it.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { cannot_walk as skip } from "../api/collector.mjs";
import { scratch, sql } from "../api/sqlite.mjs";
import { start_server, start_world, take_snapshot } from "./world.mjs";

const document = new URL("../../docs/recipes.md", import.meta.url);
const HOUR = 3600;
const PATIENCE_MS = 60_000;

/* {title: {code, output}}, and what all of them begin with. */
function read_recipes() {
  const [head, ...sections] = readFileSync(document, "utf8").split(/^## /m);
  const block = (text, language) => text.match(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "m"))?.[1];
  const recipes = new Map();
  for (const section of sections) {
    const title = section.slice(0, section.indexOf("\n"));
    recipes.set(title, { code: block(section, "sh"), output: block(section, "text") });
    assert.equal(section.match(/^```sh$/gm).length, 1, `${title}: one block of shell`);
  }
  return { prelude: block(head, "sh"), recipes };
}

const { prelude, recipes } = read_recipes();
const run_already = new Set();
let world;
const cleanups = [];

/* Moves the time of a snapshot: nobody waits a day here. */
const move = (id, seconds) =>
  sql(
    world.db,
    `PRAGMA busy_timeout = 60000;\nUPDATE snapshot SET taken_ns = taken_ns - ${seconds}000000000 WHERE id = ${id};\n`,
  );

/*
 * Snapshot 1, a day ago: the server, 2 workers, and 2 processes of another program.
 * 2, the baseline: 2 areas of memory and 2 workers more, and a job whose parent is
 * gone. What comes then is in the tests: they follow the document.
 */
before(async () => {
  if (skip) return;
  const context = { after: (end) => cleanups.push(end) };
  const directory = scratch(context);
  mkdirSync(join(directory, "work"));
  const pids = {};
  world = await start_world(context, directory, "webserver", async (scene) => {
    pids.old_workers = await scene.fork("worker", 2);
    await scene.run("cached", join(directory, "cached"), "");
  });
  Object.assign(world, { context, directory, work: join(directory, "work"), pids });
  move(1, 25 * HOUR);
  await world.scene.map(2);
  pids.workers = await world.scene.fork("worker", 2);
  pids.job = await world.scene.orphan("job");
  await take_snapshot(world.server, "baseline");
  move(2, 50 * 60);
});

after(async () => {
  for (const end of cleanups.reverse()) await end();
});

/* A recipe as a process; {code, stdout, stderr} when it ends. */
function start_recipe(title, environment = {}) {
  const recipe = recipes.get(title);
  assert.ok(recipe?.code, `docs/recipes.md answers "${title}"`);
  run_already.add(title);
  const child = spawn("bash", ["-euo", "pipefail", "-c", prelude + recipe.code], {
    cwd: world.work,
    detached: true,
    env: { ...process.env, VMASCOPE: world.server.url.replace(/\/$/, ""), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { child, stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"])
    child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  output.ended = once(child, "close").then(([code]) => ({
    code,
    stdout: output.stdout,
    stderr: output.stderr,
  }));
  return output;
}

/* What may differ from run to run and from kernel to kernel: numbers. */
const form = (text) =>
  text
    .replace(/0x[0-9a-f]+/g, "H")
    .replace(/-?\d[\d:.TZ-]*/g, "0")
    .replace(/(\b0 )+0$/gm, "0")
    .split("\n")
    .map((line) => line.trim().replace(/\s+/g, " "))
    .join("\n");

function check_document(title, stdout) {
  const { output } = recipes.get(title);
  const real = stdout.replaceAll(world.directory, "/usr/sbin").trimEnd();
  if (process.env.UPDATE_GOLDEN) {
    const text = readFileSync(document, "utf8");
    const at = text.indexOf("```text\n", text.indexOf(`## ${title}\n`)) + "```text\n".length;
    writeFileSync(document, `${text.slice(0, at)}${real}\n${text.slice(text.indexOf("```\n", at))}`);
    return;
  }
  assert.equal(form(output.trimEnd()), form(real), "the document shows what there is");
}

/* Runs a recipe to its end; its lines, split at tabs. */
async function run_recipe(title, { environment, status = 0, shown = true } = {}) {
  const { code, stdout, stderr } = await start_recipe(title, environment).ended;
  assert.equal(code, status, `${stdout}${stderr}`);
  assert.equal(stderr, "");
  if (shown) check_document(title, stdout);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
}

const GATE = "Fail CI when missed reuse rises by 10 %";

test("the gate of CI lets through what is as the baseline", { skip }, async () => {
  const lines = await run_recipe(GATE, { shown: false });
  /* a split of three in each of four workers and in the other program's child */
  assert.deepEqual(lines, [["missed reuse: 10, now 10"], ["true"]]);
});

test("the gate of CI fails what missed more, and what cannot be compared", { skip }, async () => {
  world.pids.deep = await world.scene.descend("deep", 3);
  const lines = await run_recipe(GATE, { status: 1 });
  assert.deepEqual(lines, [["missed reuse: 10, now 12"], ["false"]]);
  const other = await start_server(world.context, join(world.directory, "none.db"));
  const { code, stdout } = await start_recipe(GATE, { VMASCOPE: other.url.replace(/\/$/, "") }).ended;
  assert.equal(code, 22, stdout);
});

test("which processes gained anon_vmas", { skip }, async () => {
  const lines = await run_recipe("Which processes gained the most anon_vmas since yesterday?");
  const { data } = await world.server.json("/api/v1/snapshots/4/processes?limit=100");
  const now = new Map(data.map(({ pid, anon_vmas }) => [pid, anon_vmas]));
  const born = [...world.pids.workers, ...world.pids.job, ...world.pids.deep];
  const gains = born.map((pid) => [now.get(pid), "added", pid, data.find((row) => row.pid === pid).comm]);
  gains.push([2, "grown", world.scene.pid, "webserver"]); /* two areas of memory */
  gains.sort((a, b) => b[0] - a[0] || a[2] - b[2]);
  assert.deepEqual(
    lines,
    gains.map((row) => row.map(String)),
  );
});

test("which lock covers most", { skip }, async () => {
  const [header, ...rows] = await run_recipe("Which root lock covers the most processes?");
  const processes = 1 + 2 + 2 + 1 + 3;
  assert.deepEqual(header[0].trim(), "root,comm,vmas,mms,rmap.max_visits");
  assert.equal(rows.length, 3);
  for (const [row] of rows) {
    const [root, comm, vmas, mms, visits] = row.trim().split(",");
    assert.ok(Number(root) > 0);
    assert.equal(comm, "webserver");
    assert.equal(Number(mms), processes);
    assert.ok([processes, 3 * processes].includes(Number(vmas)), row);
    assert.equal(Number(visits), processes);
  }
});

test("what a fork costs", { skip }, async () => {
  const lines = await run_recipe(
    "What does the next fork() of a process cost, and would another policy be cheaper?",
  );
  const { kernel_policy } = await world.server.json(`/api/v1/snapshots/4/processes/${world.scene.pid}/fork`);
  const { boot } = await world.server.json("/api/v1/snapshots/4");
  const rows = new Map(lines.map(([policy, ...row]) => [policy, row]));
  assert.equal(rows.size, 9);
  for (const [policy, [, , bytes, difference]] of rows)
    assert.equal(Number(difference), bytes - rows.get(kernel_policy)[2], policy);
  /* .data, .bss, heap, stack, three parts of an area, two areas more: each has a chain of 1 */
  const [anon_vmas, avcs, bytes] = rows.get("chain").map(Number);
  assert.deepEqual([anon_vmas, avcs], [9, 18]);
  const [fewer, as_many, less, , broken] = rows.get("khlebnikov_v2");
  assert.deepEqual([Number(fewer), Number(as_many)], [7, 18]);
  assert.equal(bytes - less, 2 * boot.anon_vma_bytes, "the three parts share one");
  assert.equal(broken, "breaks nothing");
  assert.deepEqual(rows.get("shared").slice(0, 2), ["0", "0"]);
  assert.equal(rows.get("yang_intended")[4], "active_not_linked,sets_differ");
});

test("bytes of anon_vmas and AVCs", { skip }, async () => {
  const lines = await run_recipe("How much memory do anon_vmas and AVCs take, by executable?");
  const { totals, boot } = await world.server.json("/api/v1/snapshots/4");
  const files = lines.map(([, , processes, exe]) => [Number(processes), exe]);
  const expected = [
    [9, join(world.directory, "webserver")],
    [2, join(world.directory, "cached")],
  ];
  assert.deepEqual(files, expected);
  const sum = (column) => lines.reduce((sum, line) => sum + Number(line[column]), 0);
  assert.equal(sum(0), totals.anon_vmas * boot.anon_vma_bytes);
  assert.equal(sum(1), totals.avcs * boot.avc_bytes);
});

test("who keeps an anon_vma", { skip }, async () => {
  const [[first], ...holders] = await run_recipe("Who keeps this anon_vma alive?");
  assert.match(first, /^anon_vma \d+ under root \d+: 0 active, 1 linked$/);
  const [, id, root] = /^anon_vma (\d+) under root (\d+)/.exec(first);
  assert.equal(holders.length, 1, "the job, whose parent is gone");
  assert.match(
    holders[0][0],
    new RegExp(`^job ${world.pids.job[0]} 0x[0-9a-f]+ r[w-]-p chain \\d+ ${id} ${root}$`),
  );
});

test("the longest chain over time", { skip }, async () => {
  const lines = await run_recipe("How did the longest chain develop over the last hour?");
  const table = lines.map(([time, ...numbers]) => {
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    return numbers.map(Number);
  });
  /* the baseline, 50 minutes ago; now, with three generations more */
  assert.deepEqual(table[0], [8, 3, 2]);
  assert.deepEqual(table.at(-1), [11, 4, 4]);
});

test("all VMAs in a database", { skip }, async () => {
  const [header, ...rows] = await run_recipe("All VMAs of a snapshot into a database");
  assert.deepEqual(header, ["length|vmas|processes|anon_vmas"]);
  const { data } = await world.server.json("/api/v1/snapshots/4/vmas?limit=10000");
  const by_length = new Map();
  for (const { pid, anon_vma, chain } of data.filter(({ anon_vma }) => anon_vma !== null)) {
    const row = by_length.get(chain.length) ?? { vmas: 0, pids: new Set(), anon_vmas: new Set() };
    by_length.set(chain.length, row);
    row.vmas++;
    row.pids.add(pid);
    row.anon_vmas.add(anon_vma);
  }
  const expected = [...by_length].sort(([a], [b]) => b - a);
  assert.deepEqual(
    rows.map(([row]) => row),
    expected.map(([length, row]) => [length, row.vmas, row.pids.size, row.anon_vmas.size].join("|")),
  );
  assert.equal(expected[0][0], 4, "the root, two ancestors, its own");
  assert.deepEqual([...expected[0][1].pids], [Math.max(...world.pids.deep)]);
});

/* Waits for a line of a recipe that goes on for ever. */
async function await_text(recipe, pattern) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!pattern.test(recipe.stdout)) {
    assert.ok(Date.now() < deadline && recipe.child.exitCode === null, recipe.stdout + recipe.stderr);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("findings as they appear", { skip }, async () => {
  const recipe = start_recipe("Watch findings appear");
  const followed = /^vmascope_event_followers 1$/m;
  while (!followed.test((await world.server.request("/metrics")).body))
    assert.equal(recipe.child.exitCode, null);
  const [pid] = await world.scene.fork("late", 1);
  const { id } = await take_snapshot(world.server);
  await await_text(recipe, /late/);
  process.kill(-recipe.child.pid, "SIGTERM");
  await recipe.ended;
  assert.match(recipe.stdout, new RegExp(`^snapshot ${id}: fork_split, late ${pid}, \\d+ bytes$`, "m"));
  assert.equal(recipe.stdout.trim().split("\n").length, 1);
  check_document("Watch findings appear", recipe.stdout);
});

/* A program that has the scene fork: its processes are those that are walked. */
function make_load(path) {
  writeFileSync(path, "#!/bin/sh\nmkfifo asked done && echo >asked && read -r _ <done\n");
  chmodSync(path, 0o755);
}

const shell = (text) =>
  new Promise((resolve, reject) =>
    execFile("sh", ["-c", text], { cwd: world.work }, (error) => (error ? reject(error) : resolve())),
  );

test("what a load leaves behind", { skip }, async () => {
  make_load(join(world.work, "load-test"));
  const ended = run_recipe("What did a load test leave behind?");
  await shell("until [ -p asked ]; do sleep 0.05; done; read -r _ <asked");
  await world.scene.fork("loaded", 3);
  await shell("echo >done");
  const lines = (await ended).map(([line]) => line);
  const change = new Map(lines.filter((line) => !line.includes(":")).map((line) => line.split(" ")));
  assert.equal(change.get("processes"), "3");
  assert.equal(change.get("missed_reuse"), "6");
  assert.equal(change.has("trees"), false, "no tree is new: all descend");
  assert.ok(lines.includes("processes: 3 added, 0 removed, 0 grown"));
  assert.ok(lines.includes("findings: 3 added, 0 removed, 0 grown"));
  assert.ok(lines.includes(`anon_vmas: ${change.get("anon_vmas")} added, 0 removed, 7 grown`));
});

test("which findings are new", { skip }, async () => {
  const lines = await run_recipe("Which findings are new since the baseline?");
  const first = Math.min(...world.pids.deep);
  assert.match(
    lines[0][0],
    new RegExp(`^deep ${first}: fork\\(\\) allocated 3 sibling anon_vmas .* 2 anon_vmas`),
  );
  assert.match(lines[1][0], /^late \d+: fork\(\) allocated 3 sibling anon_vmas/);
});

test("a tree as a drawing", { skip }, async () => {
  const lines = await run_recipe("Draw a tree");
  const { data } = await world.server.json("/api/v1/snapshots/7/trees?sort=-missed_reuse&limit=1");
  assert.deepEqual(lines, [[String(data[0].anon_vmas)]]);
  const svg = readFileSync(join(world.work, "tree.svg"), "utf8");
  for (const comm of ["webserver", "worker", "job", "deep", "late", "loaded"])
    assert.match(svg, new RegExp(`>${comm} \\(\\d+\\)<`));
  assert.equal(svg.match(/<g id="clust/g).length, data[0].missed_groups);
});

test("rules that Prometheus takes, on metrics that there are", { skip }, async () => {
  const lines = await run_recipe("Alert in Prometheus");
  assert.match(lines.flat().join("\n"), /SUCCESS: 4 rules found/);
  const { body } = await world.server.request("/metrics");
  const rules = readFileSync(join(world.work, "vmascope.rules.yml"), "utf8");
  const names = new Set(rules.match(/vmascope_\w+/g));
  assert.ok(names.size >= 5);
  for (const name of names) assert.match(String(body), new RegExp(`^${name}[ {]`, "m"));
});

/* Minutes of values, and with which labels the alert fires at the end; null: not. */
const alarm = (series, values, alertname, labels) => ({
  interval: "1m",
  input_series: [{ series, values }],
  alert_rule_test: [{ eval_time: "1500m", alertname, exp_alerts: labels ? [{ exp_labels: labels }] : [] }],
});

test("the rules fire when they should, and only then", { skip }, () => {
  const grows = (to) => [
    'vmascope_missed_reuse{instance="a"}',
    `200x1439 ${to}x61`,
    "AnonVmaMissedReuseGrows",
  ];
  const cases = [
    alarm(...grows(230), { instance: "a" }),
    alarm(...grows(215), null),
    alarm('vmascope_max_chain{instance="a"}', "65x1500", "AnonVmaChainTooLong", { instance: "a" }),
    alarm('vmascope_max_chain{instance="a"}', "64x1500", "AnonVmaChainTooLong", null),
    alarm('vmascope_invariant_violations{rule="order"}', "0x1499 1", "AnonVmaInvariantViolated", {
      rule: "order",
    }),
    alarm('vmascope_collector_up{instance="a"}', "1x1490 0x10", "VmascopeStale", { instance: "a" }),
    alarm('vmascope_collector_up{instance="a"}', "1x1500", "VmascopeStale", null),
    alarm('vmascope_snapshot_timestamp_seconds{instance="a"}', "80000x1500", "VmascopeStale", {
      instance: "a",
    }),
    alarm('vmascope_snapshot_timestamp_seconds{instance="a"}', "0+60x1500", "VmascopeStale", null),
  ];
  const file = { rule_files: ["vmascope.rules.yml"], evaluation_interval: "1m", tests: cases };
  writeFileSync(join(world.work, "alarms.yml"), JSON.stringify(file));
  execFileSync("promtool", ["test", "rules", "alarms.yml"], { cwd: world.work, stdio: "pipe" });
});

test("over a socket, with a token", { skip }, async () => {
  const TOKEN = "0123456789abcdef-read";
  const SOCKET = join(world.directory, "server.sock");
  writeFileSync(join(world.directory, "tokens"), `read ${TOKEN}\n`, { mode: 0o600 });
  const options = ["--listen", `unix:${SOCKET}`, "--token-file", join(world.directory, "tokens")];
  const guarded = await start_server(world.context, world.db, ...options);
  const title = "Ask over a Unix socket, or with a token";
  const lines = await run_recipe(title, { environment: { SOCKET, TOKEN } });
  const { processes, vmas, anon_vmas, avcs } = (await world.server.json("/api/v1/snapshots/7")).totals;
  assert.deepEqual(JSON.parse(lines[0][0]), { processes, vmas, anon_vmas, avcs });
  const { code, stdout } = await start_recipe(title, { SOCKET, TOKEN: `${TOKEN}s` }).ended;
  assert.equal(code, 22, stdout);
  const headers = {
    Authorization: `Bearer ${TOKEN}`,
    "Content-Type": "application/json",
    "Content-Length": 2,
  };
  const order = { method: "POST", socketPath: SOCKET, headers, body: "{}" };
  assert.equal((await guarded.request("/api/v1/snapshots", order)).status, 403);
});

test("no recipe goes untested", { skip }, () => {
  assert.deepEqual([...recipes.keys()].sort(), [...run_already].sort());
  assert.ok(recipes.size >= 10);
});
