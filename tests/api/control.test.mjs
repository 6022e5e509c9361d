/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes something: a snapshot now, its label, its pin; and bodies at all. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { cannot_walk, live_collector, live_server } from "./collector.mjs";
import { scratch, sql } from "./sqlite.mjs";
import { assert_problem, Server, small_server } from "./server.mjs";

const api = "/api/v1/snapshots";
async function refused(server, status, detail, method, path, body, headers) {
  const answer = await server.send(method, path, body, headers);
  assert.equal(answer.status, status, `${method} ${JSON.stringify(body)}: ${answer.body}`);
  assert_problem(answer, status);
  assert.match(answer.json.detail, detail);
}

test("without a collector it is said how to start one", async (t) => {
  const server = await small_server(t);
  const says = /No collector runs .*start vmascope-collector with the same --db\./;
  await refused(server, 503, says, "POST", api, {});
  await refused(server, 503, says, "PATCH", `${api}/2`, { pinned: true });
});

test("a snapshot is taken now, labelled or not", { skip: cannot_walk }, async (t) => {
  const { server } = await live_server(t);
  const answer = await server.send("POST", api, { label: "before the déploy" });
  assert.equal(answer.status, 201, String(answer.body));
  assert.equal(answer.headers.location, `${api}/2`);
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.json.label, "before the déploy");
  assert.deepEqual(await server.json(answer.headers.location), answer.json);
  for (const body of [{}, { label: null }, " {\n} "]) {
    const plain = await server.send("POST", api, body);
    assert.equal(plain.status, 201);
    assert.equal(plain.json.label, null);
  }
  assert.equal((await server.json(api)).data.length, 5);
});

test(
  "orders that come together are all carried out, each by a snapshot of its own",
  { skip: cannot_walk },
  async (t) => {
    const { server } = await live_server(t);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => server.send("POST", api, { label: `no. ${i}` })),
    );
    assert.deepEqual(
      answers.map((answer) => answer.status),
      Array(12).fill(201),
    );
    assert.equal(new Set(answers.map((answer) => answer.headers.location)).size, 12);
    answers.forEach((answer, i) => assert.equal(answer.json.label, `no. ${i}`));
  },
);

test("label and pin of a snapshot change, and its tag with them", { skip: cannot_walk }, async (t) => {
  const { server } = await live_server(t);
  const tags = new Set();
  const changes = [
    [{ label: "one" }, { label: "one", pinned: false }],
    [{ pinned: true }, { label: "one", pinned: true }],
    [
      { label: "two", pinned: false },
      { label: "two", pinned: false },
    ],
    [{ label: null }, { label: null, pinned: false }],
  ];
  for (const [change, result] of changes) {
    const answer = await server.send("PATCH", `${api}/1`, change);
    assert.equal(answer.status, 200, String(answer.body));
    const { headers, json } = await server.request(`${api}/1`);
    assert.deepEqual(answer.json, json);
    assert.deepEqual({ label: json.label, pinned: json.pinned }, result);
    tags.add(headers.etag);
  }
  assert.equal(tags.size, 4);
  await refused(server, 404, /There is no snapshot 99;/, "PATCH", `${api}/99`, { pinned: true });
  await refused(server, 400, /by its id/, "PATCH", `${api}/latest`, { pinned: true });
});

test(
  "when the collector ends, orders end too, and work again with the next",
  { skip: cannot_walk },
  async (t) => {
    const { server, db, child } = await live_server(t);
    child.kill("SIGKILL");
    await once(child, "close").catch(() => {});
    assert.ok(existsSync(`${db}.socket`), "a killed collector leaves its socket");
    await refused(server, 503, /No collector runs/, "POST", api, {});
    await live_collector(t, db);
    assert.equal((await server.send("POST", api, {})).status, 201);
  },
);

/* Something else on the socket than a collector. */
async function strange_server(context, behave) {
  const path = join(scratch(context), "strange.socket");
  const strange = net.createServer(behave).listen(path);
  await once(strange, "listening");
  context.after(() => strange.close());
  return small_server(context, "--socket", path);
}

const NO_ANSWERS = [
  "",
  "nonsense\n",
  "[]\n",
  "null\n",
  "\0\n",
  '{"ok":true,"snapshot":1}\0\n',
  `${"x".repeat(10000)}\n`,
  `${"[".repeat(4000)}\n`,
  '{"ok":true',
  "{}\n",
  '{"ok":false}\n',
  '{"ok":"true","snapshot":1}\n',
  '{"ok":false,"status":"409","detail":"Not now."}\n',
  '{"ok":false,"status":200,"detail":"Fine."}\n',
  '{"ok":false,"status":409,"detail":""}\n',
  '{"ok":false,"status":409,"detail":["Not now."]}\n',
  '{"status":409,"detail":"Not now."}\n',
  '{"ok":true}\n',
  ...["null", "0", "-1", "1.5", '"1"', "[1]", "1e300", "9007199254740994", "1e999"].map(
    (id) => `{"ok":true,"snapshot":${id}}\n`,
  ),
];

test("what is no collector's answer is one problem, whatever it is", async (t) => {
  let text = "";
  /* left open, so that an answer that never ends is not one that is cut off */
  const server = await strange_server(t, (socket) => {
    socket.on("error", () => {}).write(text, "latin1");
    if (!text.endsWith("\n")) socket.end();
  });
  for (text of NO_ANSWERS)
    for (const [method, path, body] of [
      ["POST", api, {}],
      ["PATCH", `${api}/2`, { pinned: true }],
      ["PATCH", `${api}/2`, { label: "x" }],
    ])
      await refused(server, 503, /./, method, path, body);
  text = '{"ok":false,"status":409,"detail":"Not now."}\n';
  await refused(server, 409, /^Not now\.$/, "POST", api, {});
  text = '{"ok":false,"status":500,"detail":"The snapshot failed: no memory."}\n';
  await refused(server, 503, /^The snapshot failed: no memory\.$/, "POST", api, {});
  text = '{"ok":false,"status":409,"detail":"\xff\xc0."}\n';
  await refused(server, 409, /^\ufffd+\.$/, "POST", api, {});
});

test("a collector of another database is told apart", async (t) => {
  let id = 77;
  const server = await strange_server(t, (socket) => socket.end(`{"ok":true,"snapshot":${id}}\n`));
  await refused(server, 503, /took snapshot 77, which .*vmascope\.db does not have/, "POST", api, {});
  sql(server.db, "DELETE FROM snapshot WHERE id = 1;\n");
  id = 1;
  await refused(server, 503, /took snapshot 1, which/, "POST", api, {});
});

test("what is to be changed and is not there is told apart as elsewhere, and nobody is asked", async (t) => {
  const asked = [];
  const server = await strange_server(t, (socket) => socket.on("data", (line) => asked.push(String(line))));
  sql(server.db, "DELETE FROM snapshot WHERE id = 1;\n");
  for (const [status, id, detail] of [
    [410, "1", /^Snapshot 1 was deleted/],
    [404, "99", /^There is no snapshot 99;/],
    [404, "9007199254740993", /^There is no snapshot 9007199254740993;/],
    [404, "9223372036854775807", /^There is no snapshot 9223372036854775807;/],
  ]) {
    await refused(server, status, detail, "PATCH", `${api}/${id}`, { pinned: true });
    assert.match((await server.problem(status, `${api}/${id}`)).detail, detail);
  }
  assert.deepEqual(
    asked.filter((line) => line !== '{"command":"status"}\n'),
    [],
  );
});

test("bodies are checked before anybody is asked", async (t) => {
  /* the server asks on its own how the collector is, and nothing else */
  const asked = [];
  const server = await strange_server(t, (socket) => socket.on("data", (line) => asked.push(String(line))));
  const rows = [
    ["", /byte 1/],
    ["{", /byte/],
    ["[]", /byte 1/],
    ["{} {}", /byte 4/],
    ['{"label":"a"}x', /byte 14/],
    ['{"label":1}', /"label" is a text or null/],
    ['{"label":"17"}', /"label" is refused: a label is not a number/],
    ['{"label":"latest"}', /"label" is refused/],
    ['{"label":"a\\nb"}', /"label" is refused/],
    ['{"label":"a\\u0000b"}', /byte 12/],
    [`{"label":"${"x".repeat(65)}"}`, /1 to 64 bytes/],
    ['{"Label":"a"}', /"Label", which is not known/],
    ['{"label":"a","label":"b"}', /"label" twice/],
    ["[".repeat(16384), /byte/],
  ];
  for (const [body, detail] of rows) await refused(server, 400, detail, "POST", api, body);
  await refused(server, 400, /"pinned" is true or false/, "PATCH", `${api}/2`, { pinned: 1 });
  await refused(server, 400, /Say what to change/, "PATCH", `${api}/2`, {});
  await refused(server, 400, /"pinned", which is not known/, "POST", api, { pinned: true });
  await refused(server, 400, /snapshot/, "PATCH", `${api}/x`, { pinned: true });
  assert.deepEqual(
    asked.filter((line) => line !== '{"command":"status"}\n'),
    [],
  );
});

test("a body is JSON of a known, small length", async (t) => {
  const server = await small_server(t);
  await refused(server, 415, /application\/json/, "POST", api, "{}", { "Content-Type": "text/plain" });
  await refused(server, 415, /application\/json/, "POST", api, "{}", {
    "Content-Type": "application/x-www-form-urlencoded",
  });
  await refused(server, 413, /at most 16384/, "POST", api, " ".repeat(16385));
  await refused(server, 403, /another site/, "POST", api, {}, { "Sec-Fetch-Site": "cross-site" });
  await refused(server, 403, /another site/, "POST", api, {}, { "Sec-Fetch-Site": "same-site" });
  await refused(server, 503, /No collector/, "POST", api, {}, { "Sec-Fetch-Site": "same-origin" });
  await refused(server, 421, /Host/, "POST", api, {}, { Host: "evil.example" });
  const without = await server.raw(
    `POST ${api} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n`,
  );
  assert.match(without, /^HTTP\/1\.1 411 /);
});

const head = `POST ${api} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
const after = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const statuses = (text) => text.match(/HTTP\/1\.1 \d+/g).map((line) => Number(line.slice(9)));

test("a connection goes on behind a body that was read, and only then", async (t) => {
  const server = await small_server(t);
  assert.deepEqual(statuses(await server.raw(`${head}Content-Length: 2\r\n\r\n{}${after}`)), [503, 200]);
  assert.deepEqual(statuses(await server.raw(`${head}Content-Length: 1\r\n\r\nx${after}`)), [400, 200]);
  /* not read: what follows is nobody's request */
  for (const more of [
    "Content-Length: 20000\r\n\r\n",
    "Content-Length: 2\r\nSec-Fetch-Site: cross-site\r\n\r\n{}",
    "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "Content-Length: 0x2\r\n\r\n{}",
    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
  ])
    for (const status of statuses(await server.raw(head + more + after)))
      assert.ok(status >= 400 && status < 500, `${status}: ${more}`);
});

test("a body may come in pieces", async (t) => {
  const server = await small_server(t);
  const socket = net.connect(server.port, "127.0.0.1");
  for (const piece of [
    head,
    "Content-Length: 14\r\nConnection: close\r\n",
    "\r\n",
    '{"la',
    'bel":',
    '"17"',
    "}",
  ]) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const chunks = await socket.toArray();
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 400 [^]*a label is not a number/);
});
