/* SPDX-License-Identifier: GPL-2.0-only */
/* /metrics, as promtool and a real Prometheus see it. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { KINDS } from "./rows.mjs";
import { create_schema, scratch } from "./sqlite.mjs";
import { add_snapshot } from "./series.mjs";
import { Server, small_server } from "./server.mjs";

async function metrics_of(server) {
  const answer = await server.request("/metrics");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(answer.headers["cache-control"], "no-store");
  const { stdout, stderr, status } = spawnSync("promtool", ["check", "metrics"], {
    input: answer.body,
    encoding: "utf8",
  });
  assert.deepEqual(
    { stdout, stderr, status },
    { stdout: "", stderr: "", status: 0 },
    "promtool has nothing to say",
  );
  const values = new Map();
  for (const line of answer.body.toString().split("\n"))
    if (line && !line.startsWith("#"))
      values.set(line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" "))));
  return values;
}

test("no database, no snapshot: the server alone", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  for (const create of [() => {}, () => create_schema(db)]) {
    create();
    const values = await metrics_of(server);
    assert.equal(values.get("vmascope_snapshots"), 0);
    assert.ok(!values.has("vmascope_vmas"));
  }
});

test("the newest snapshot in base units, as its document has it", async (t) => {
  const server = await small_server(t);
  const values = await metrics_of(server);
  const { totals, quality, cost, rmap, findings, invariants, id } = await server.json("/api/v1/snapshots/2");
  const expected = {
    vmascope_snapshots: 2,
    vmascope_snapshot_id: id,
    vmascope_rmap_max_visits: rmap.max_visits,
    vmascope_torn_mms: quality.torn_mms,
    vmascope_rewalked_mms: quality.rewalked_mms,
    vmascope_cut_mms: quality.cut_mms,
    vmascope_snapshot_stream_bytes: cost.stream_bytes,
    vmascope_snapshot_timestamp_seconds: 1795228408.000000005,
  };
  for (const [name, value] of Object.entries(totals))
    if (name !== "files") expected[`vmascope_${name}`] = value;
  for (const name of ["walk", "identity", "analyse", "store", "cpu"])
    expected[`vmascope_snapshot_${name}_seconds`] = cost[`${name}_ns`] / 1e9;
  for (const { kind, count, bytes } of findings) {
    expected[`vmascope_findings{kind="${kind}"}`] = count;
    expected[`vmascope_findings_bytes{kind="${kind}"}`] = bytes;
  }
  for (const { rule, violated } of invariants)
    expected[`vmascope_invariant_violations{rule="${rule}"}`] = violated;
  for (const [name, value] of Object.entries(expected)) assert.equal(values.get(name), value, name);
  assert.equal(findings.length, KINDS.length);
  assert.ok(values.get("vmascope_database_bytes") > 10000);
  add_snapshot(server.db, 3, ", vmas = 12345");
  assert.equal((await metrics_of(server)).get("vmascope_vmas"), 12345);
});

test("what the server does is counted", async (t) => {
  const server = await small_server(t);
  const before = await metrics_of(server);
  const count = (values, name) => values.get(`vmascope_http_${name}`);
  for (const path of ["/healthz", "/api/v1/snapshots/2", "/api/v1/snapshots/latest", "/nothing"])
    await server.request(path);
  await server.request("/", { headers: { Host: "evil.example" } });
  const after = await metrics_of(server);
  const grown = (name) => count(after, name) - count(before, name);
  assert.equal(grown('requests_total{class="2xx"}'), 3, "the first scrape is one of them");
  assert.equal(grown('requests_total{class="3xx"}'), 1);
  assert.equal(grown('requests_total{class="4xx"}'), 2);
  assert.equal(grown('requests_total{class="5xx"}'), 0);
  assert.equal(grown("rejected_requests_total"), 1);
  assert.equal(grown("request_seconds_count"), 6);
  assert.ok(grown("request_seconds_sum") > 0 && grown("request_seconds_sum") < 60);
});

test("no label holds what a process chose", async (t) => {
  const server = await small_server(t);
  for (const name of (await metrics_of(server)).keys())
    assert.match(name, /^vmascope_[a-z_]+(\{(kind|rule|class|version)="[a-z0-9._]+"\})?$/);
});

async function free_port() {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}

/* An answer of Prometheus' API, or null while it does not answer. */
async function ask(port, path) {
  const request = http.get({ host: "127.0.0.1", port, path, agent: false });
  try {
    const [response] = await once(request, "response");
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    return response.statusCode === 200 ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

const value_of = async (port, expression) =>
  (await ask(port, `/api/v1/query?query=${encodeURIComponent(expression)}`))?.data.result[0]?.value[1];

async function eventually(what, get) {
  for (let i = 0; i < 150; i++) {
    const value = await get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return assert.fail(`never: ${what}`);
}

test("a real Prometheus scrapes it", async (t) => {
  const server = await small_server(t);
  const directory = scratch(t);
  const port = await free_port();
  const config = join(directory, "prometheus.yml");
  writeFileSync(
    config,
    "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: vmascope\n" +
      `  static_configs: [{targets: ["127.0.0.1:${server.port}"]}]\n`,
  );
  execFileSync("promtool", ["check", "config", config], { stdio: "ignore" });
  const prometheus = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  prometheus.stderr.setEncoding("utf8").on("data", (text) => (log += text));
  const ended = once(prometheus, "close");
  t.after(async () => {
    prometheus.kill("SIGKILL");
    await ended;
  });
  const up = await eventually(`up\n${log}`, () => value_of(port, 'up{job="vmascope"}'));
  assert.equal(up, "1", log);
  const latest = (await server.request("/api/v1/snapshots/latest")).headers.location;
  const { totals } = await server.json(latest);
  for (const name of ["vmas", "avcs", "object_bytes", "missed_reuse"])
    assert.equal(Number(await value_of(port, `vmascope_${name}`)), totals[name], name);
  add_snapshot(server.db, 3, ", vmas = 31337");
  await eventually("the next snapshot", async () =>
    (await value_of(port, "vmascope_vmas")) === "31337" ? true : undefined,
  );
});
