/* SPDX-License-Identifier: GPL-2.0-only */
/* What every route really answers is what its schema allows. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { cannot_walk, live_server, replay } from "./collector.mjs";
import { create_database } from "./small_topology.mjs";
import { scratch, sql } from "./sqlite.mjs";
import { OpenApi } from "./openapi.mjs";
import { create_history } from "./series.mjs";
import { Server, small_server } from "./server.mjs";
import { Events } from "./sse.mjs";

const snapshots = "/api/v1/snapshots";
/* Objects of one kind that are looked at in a snapshot. */
const SAMPLE = 12;

/* Some of a list: the first, the last and what lies evenly between. */
const sample = (list) =>
  list.filter((_, i) => i % Math.ceil(list.length / SAMPLE) === 0 || i === list.length - 1);

/* What the parameters of paths may be, by the server's own lists. */
async function objects(server, id) {
  const ids = async (list, name) =>
    sample((await server.json(`${snapshots}/${id}/${list}?limit=10000`)).data.map((row) => row[name]));
  const root = await ids("trees", "root");
  const anon_vma = new Set();
  for (const each of root)
    for (const node of (await server.json(`${snapshots}/${id}/trees/${each}`)).anon_vmas.slice(0, 20))
      anon_vma.add(node.id);
  return {
    snapshot: [id],
    pid: await ids("processes", "pid"),
    root,
    anon_vma: sample([...anon_vma]),
  };
}

function* expand(path, values) {
  const name = /\{(\w+)\}/.exec(path)?.[1];
  if (!name) yield path;
  else for (const value of values[name]) yield* expand(path.replace(`{${name}}`, value), values);
}

/* The same in each of these ways. */
function variants(operation, values) {
  const names = operation.parameters.filter((each) => each.in === "query");
  const has = (name) => names.some((each) => each.name === name);
  const ways = [""];
  for (const { name, schema } of names)
    if (["policy", "sort", "kind", "section"].includes(name))
      ways.push(...schema.enum.map((value) => `?${name}=${value}`));
  if (has("format")) {
    const lists = has("section") ? ways.filter((way) => way.includes("section")) : ["?limit=1000"];
    for (const format of ["json", "ndjson", "csv"])
      ways.push(...lists.map((way) => `${way}&format=${format}`));
    ways.push(...lists.map((way) => `${way}&limit=1`));
  }
  if (has("process_id")) {
    ways.push("?points=1", "?step=10s&series=avcs", ...values.pid.map((pid) => `?pid=${pid}`));
    ways.push(...values.root.map((root) => `?root=${root}&points=1`));
  }
  return ways;
}

async function hold_everything(server, api, id) {
  const values = await objects(server, id);
  for (const operation of api.operations().filter((each) => each.method === "GET")) {
    if (operation.path.endsWith("/events")) continue;
    for (const path of expand(operation.path, values))
      for (const way of variants(operation, values))
        api.hold(operation, await server.request(path + way), path + way);
  }
}

/* The stream ends when the test has seen each of its events. */
async function hold_events(t, server, api, names, last_event_id) {
  const operation = api.operation("GET", "/api/v1/events");
  const content = operation.responses[200].content["text/event-stream"]["x-events"];
  const events = await Events.open(server, `/api/v1/events?last_event_id=${last_event_id}`);
  t.after(() => events.close());
  for (const name of names) {
    const { data } = await events.next(name);
    api.valid(content[name].schema, data, name);
  }
  api.held.add("GET /api/v1/events 200 text/event-stream");
  events.close();
  return Object.keys(content);
}

test("of the small database, of which every figure is another one", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  for (const id of [1, 2]) await hold_everything(server, api, id);
  await hold_events(t, server, api, ["snapshot"], 1);
  assert.deepEqual(
    api.successes().filter((each) => each.startsWith("GET ") && !api.held.has(each)),
    [],
    "held against their schemas",
  );
});

test("of what changes something", { skip: cannot_walk }, async (t) => {
  const { server } = await live_server(t);
  const api = await OpenApi.of(server);
  const send = async (method, path, at = path) => {
    const operation = api.operation(method, path);
    const { schema, example } = operation.requestBody.content["application/json"];
    api.valid(schema, example, `${method} ${path}`);
    api.hold(operation, await server.send(method, at, example), `${method} ${at}`);
  };
  await send("POST", snapshots);
  await send("PATCH", `${snapshots}/{snapshot}`, `${snapshots}/1`);
  const missing = await server.send("PATCH", `${snapshots}/99`, { pinned: true });
  api.hold(api.operation("PATCH", `${snapshots}/{snapshot}`), missing, "99");
  assert.deepEqual(
    api.successes().filter((each) => !each.startsWith("GET ") && !api.held.has(each)),
    [],
  );
});

test("of a recorded system", async (t) => {
  const server = await Server.start("--db", replay(t));
  t.after(() => server.stop());
  const api = await OpenApi.of(server);
  const { data } = await server.json(snapshots);
  assert.ok(data.length >= 3);
  for (const { id } of [data[0], data.at(-1)]) await hold_everything(server, api, id);
});

test("of snapshots of two boots", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  sql(
    server.db,
    "CREATE TEMP TABLE b AS SELECT * FROM boot; UPDATE b SET id = 2, boot_id = 'other'; " +
      "INSERT INTO boot SELECT * FROM b; UPDATE snapshot SET boot = 2 WHERE id = 2;\n",
  );
  const diff = api.operation("GET", "/api/v1/diff");
  for (const [status, path] of [
    [200, "/api/v1/diff"],
    [200, "/api/v1/diff?section=names"],
    [422, "/api/v1/diff?section=vmas"],
  ]) {
    const answer = await server.request(path);
    assert.equal(answer.status, status, `${path}: ${answer.body}`);
    api.hold(diff, answer, path);
  }
  assert.equal((await server.json("/api/v1/diff")).same_boot, false);
});

test("a token is asked for where that is documented", async (t) => {
  const directory = scratch(t);
  const [db, tokens] = [join(directory, "vmascope.db"), join(directory, "tokens")];
  create_database(db);
  writeFileSync(tokens, "read 0123456789abcdef\n", { mode: 0o600 });
  const server = await Server.start("--db", db, "--token-file", tokens);
  t.after(() => server.stop());
  const api = await OpenApi.of(server);
  for (const operation of api.operations()) {
    const [path] = expand(operation.path, { snapshot: [2], pid: [101], root: [3], anon_vma: [3] });
    const answer = await server.request(path, { method: operation.method });
    assert.equal(answer.status === 401, operation.security.length > 0, path);
    if (answer.status === 401) api.hold(operation, answer, path);
  }
});

test("of an empty database, and of none", async (t) => {
  const directory = scratch(t);
  const db = join(directory, "empty.db");
  create_database(db);
  sql(db, "DELETE FROM snapshot;\n");
  for (const path of [db, join(directory, "none.db")]) {
    const server = await Server.start("--db", path);
    t.after(() => server.stop());
    const api = await OpenApi.of(server);
    for (const operation of api.operations().filter((each) => each.method === "GET"))
      if (!operation.path.includes("{") && !operation.path.endsWith("/events"))
        api.hold(operation, await server.request(operation.path), operation.path);
  }
});

test("of each event", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_history(db, 150);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const api = await OpenApi.of(server);
  const documented = await hold_events(t, server, api, ["gap"], 1);
  await hold_events(t, server, api, ["snapshot"], 149);
  await hold_events(t, server, api, ["reset", "collector"], 100000);
  assert.deepEqual(documented.sort(), ["collector", "gap", "reset", "snapshot"], "all were held");
});

test("what is refused is a problem, with a status that the route documents", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  sql(server.db, "UPDATE mm SET avcs = 4194305 WHERE id = 6;\n");
  sql(server.db, "DELETE FROM snapshot WHERE id = 1;\n");
  const one = { snapshot: [2], pid: [101], root: [3], anon_vma: [3] };
  const refuse = async (operation, status, values, way = "", headers = {}) => {
    const [path] = expand(operation.path, values);
    const answer = await server.request(path + way, { headers });
    assert.equal(answer.status, status, `${path}${way}: ${answer.body}`);
    api.hold(operation, answer, path + way);
  };
  for (const operation of api.operations().filter((each) => each.method === "GET")) {
    await refuse(operation, 400, one, "?no_such=1");
    await refuse(operation, 421, one, "", { host: "evil.example" });
    if (operation.path.includes("{snapshot}")) {
      await refuse(operation, 410, { ...one, snapshot: [1] });
      await refuse(operation, 404, { ...one, snapshot: [99] });
    }
    for (const [name, missing] of Object.entries({ pid: 4000000, root: 4000000, anon_vma: 4000000 }))
      if (operation.path.includes(`{${name}}`)) await refuse(operation, 404, { ...one, [name]: [missing] });
    if (operation.responses[406]) await refuse(operation, 406, one, "", { accept: "image/png" });
    if (operation.responses[422] && operation.path.includes("{pid}")) await refuse(operation, 422, one);
  }
  for (const operation of api.operations().filter((each) => each.requestBody)) {
    const [path] = expand(operation.path, one);
    const json = { "content-type": "application/json" };
    for (const [status, options] of [
      [400, { headers: { ...json, "content-length": 1 }, body: "!" }],
      [403, { headers: { ...json, "sec-fetch-site": "cross-site" }, body: "{}" }],
      [413, { headers: json, body: " ".repeat(20000) }],
      [415, { headers: { "content-type": "text/plain" }, body: "{}" }],
      [
        503,
        { headers: json, body: JSON.stringify(operation.requestBody.content["application/json"].example) },
      ],
    ]) {
      const headers = { "content-length": options.body.length, ...options.headers };
      const answer = await server.request(path, { ...options, headers, method: operation.method });
      assert.equal(answer.status, status, `${path}: ${answer.body}`);
      api.hold(operation, answer, path);
    }
  }
  const { $ref } = api.resolve(api.operation("GET", snapshots).responses.default).content[
    "application/problem+json"
  ].schema;
  api.valid({ $ref }, await server.problem(405, snapshots, { method: "DELETE" }), "405");
});

test("latest is a redirect, and a tag saves the answer, where that is documented", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  const values = { snapshot: [2], pid: [100], root: [3], anon_vma: [3] };
  for (const operation of api.operations().filter((each) => each.method === "GET")) {
    if (operation.path.endsWith("/events")) continue;
    const [path] = expand(operation.path, values);
    const { headers } = await server.request(path);
    assert.equal(headers.etag !== undefined, operation.responses[304] !== undefined, path);
    if (headers.etag)
      api.hold(operation, await server.request(path, { headers: { "if-none-match": headers.etag } }), path);
    if (!operation.path.includes("{snapshot}")) continue;
    const [latest] = expand(operation.path, { ...values, snapshot: ["latest"] });
    const redirect = await server.request(latest);
    assert.equal(redirect.headers.location, path);
    api.hold(operation, redirect, latest);
  }
});
