/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists as JSON, NDJSON and CSV: the same rows, whole or cut, however long. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { join } from "node:path";
import { test } from "node:test";

import { create_many, create_vmas } from "./many_rows.mjs";
import { create_database } from "./small_topology.mjs";
import { scratch, sql } from "./sqlite.mjs";
import { Server, small_server } from "./server.mjs";

const api = "/api/v1/snapshots";
const lists = [
  api,
  `${api}/2/processes`,
  `${api}/2/executables`,
  `${api}/2/processes/100/vmas`,
  `${api}/2/processes/101/vmas`,
  `${api}/2/vmas`,
  `${api}/2/trees`,
  `${api}/2/findings`,
];

const lines = (body) => body.toString().split("\n").slice(0, -1);

/* RFC 4180, as a reader that knows nothing of the writer does it. */
function parse_csv(text) {
  const rows = [[]];
  let at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++;
        cell += text[at];
      }
      at++;
    } else {
      const end = at + /^[^,\r\n"]*/.exec(text.slice(at))[0].length;
      cell = text.slice(at, end);
      at = end;
    }
    rows.at(-1).push(cell);
    if (text[at] === ",") {
      at++;
      if (at === text.length || text.startsWith("\r\n", at)) rows.at(-1).push("");
    }
    if (text.startsWith("\r\n", at)) {
      at += 2;
      rows.push([]);
    } else assert.notEqual(text[at], "\n", "lines end with CRLF");
  }
  assert.deepEqual(rows.pop(), [], "the last line ends too");
  return rows;
}

/* What a cell shows of a JSON value. */
function cell_of(value) {
  if (value === null) return "";
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value !== "string") return String(value);
  const clean = value.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, "\ufffd");
  return /^[=+\-@\t\r]/.test(clean) ? `'${clean}` : clean;
}

/* Which objects are groups is seen from the header. */
const column_of = (row, name) => {
  const [group, member] = name.split(".");
  return member === undefined ? row[group] : (row[group]?.[member] ?? null);
};

test("NDJSON has the rows of JSON, a row a line, and says that it is whole", async (t) => {
  const server = await small_server(t);
  for (const path of lists) {
    const { status, headers, body } = await server.request(`${path}?format=ndjson`);
    const { data } = await server.json(path);
    const found = lines(body).map((line) => JSON.parse(line));
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "application/x-ndjson");
    assert.deepEqual(found.pop(), { eof: true, rows: data.length }, path);
    assert.deepEqual(found, data, path);
  }
});

test("CSV has the cells of JSON, groups as columns", async (t) => {
  const server = await small_server(t);
  for (const path of lists) {
    const { headers, body } = await server.request(`${path}?format=csv`);
    const [header, ...rows] = parse_csv(new TextDecoder("utf-8", { fatal: true }).decode(body));
    const { data } = await server.json(path);
    assert.equal(headers["content-type"], "text/csv; charset=utf-8");
    assert.equal(new Set(header).size, header.length);
    for (const row of data)
      for (const name of Object.keys(row))
        assert.ok(
          header.some((column) => column === name || column.startsWith(`${name}.`)),
          `${path} ${name}`,
        );
    assert.deepEqual(
      rows,
      data.map((row) => header.map((name) => cell_of(column_of(row, name)))),
      path,
    );
  }
});

test("an empty CSV still has its header", async (t) => {
  const server = await small_server(t);
  const { body } = await server.request(
    `${api}/1/findings?kind=deep_chain&format=csv&fields=id,process,parent_process`,
  );
  assert.equal(
    body.toString(),
    "id,process.pid,process.comm,parent_process.pid,parent_process.comm,parent_process.vmas\r\n",
  );
});

test("a name that a spreadsheet would run is text, a negative number a number", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_database(db);
  const names = ["=cmd()", "+1", "-1", "@a", "\tx", "\rx", 'a"b,c', "a\nb", " x", "<script>"];
  sql(
    db,
    names
      .map(
        (name, i) =>
          `UPDATE vma SET name = CAST(x'${Buffer.from(name).toString("hex")}' AS TEXT) WHERE row = ${i + 1};\n`,
      )
      .join(""),
  );
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const { body } = await server.request(`${api}/2/vmas?format=csv&fields=name`);
  const found = parse_csv(body.toString()).flat().slice(1);
  const shown = names.filter((_, i) => i !== 4); /* row 5 is of snapshot 1 only */
  assert.deepEqual(
    found.slice(0, shown.length),
    shown.map((name) => (/^[=+\-@\t\r]/.test(name) ? `'${name}` : name)),
  );
});

test("format wins over Accept, Accept over nothing", async (t) => {
  const server = await small_server(t);
  const types = { json: "application/json", ndjson: "application/x-ndjson", csv: "text/csv; charset=utf-8" };
  const accepts = [
    [undefined, "json"],
    ["", "json"],
    ["*/*", "json"],
    ["application/*", "json"],
    ["text/*", "csv"],
    ["text/csv", "csv"],
    ["TEXT/CSV;q=0.001", "csv"],
    ["application/x-ndjson", "ndjson"],
    ["text/csv;q=0.5, application/x-ndjson", "ndjson"],
    ["text/csv, application/x-ndjson;q=0.9, */*;q=0.1", "csv"],
    ["*/*, application/json;q=0", "ndjson"],
    [["text/html", "text/csv"], "csv"],
    [["text/csv;q=0.5", "application/x-ndjson"], "ndjson"],
    [["application/json;q=0", "*/*"], "ndjson"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"],
  ];
  for (const [accept, format] of accepts) {
    const headers = accept === undefined ? {} : { Accept: accept };
    for (const path of lists) {
      const answer = await server.request(path, { headers });
      assert.equal(answer.headers["content-type"], types[format], `${path} ${accept}`);
      assert.match(answer.headers.vary, /Accept\b/);
    }
    for (const wanted of Object.keys(types)) {
      const answer = await server.request(`${lists[1]}?format=${wanted}`, { headers });
      assert.equal(answer.headers["content-type"], types[wanted], `${wanted} ${accept}`);
    }
  }
  for (const Accept of ["text/html", "image/*;q=0.5", "application/json;q=0", "text/csv;q=0.0, text/plain"]) {
    const { detail } = await server.problem(406, lists[1], { headers: { Accept } });
    assert.match(detail, /application\/x-ndjson/);
  }
  await server.problem(406, lists[1], { headers: { Accept: ["text/html", "image/png"] } });
  assert.equal((await server.request(`${api}/2`, { headers: { Accept: "text/html" } })).status, 200);
});

test("formats have tags of their own", async (t) => {
  const server = await small_server(t);
  const tags = new Set();
  for (const Accept of ["application/json", "application/x-ndjson", "text/csv"])
    tags.add((await server.request(lists[1], { headers: { Accept } })).headers.etag);
  assert.equal(tags.size, 3);
});

test("a limit cuts every format, and the list goes on behind it", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_many(db, 25);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const path = `${api}/1/trees?sort=-tree_bytes`;
  const all = (await server.json(path)).data;
  const ndjson = await server.request(`${path}&format=ndjson&limit=10`);
  const found = lines(ndjson.body).map((line) => JSON.parse(line));
  const { next, ...last } = found.pop();
  assert.deepEqual(last, { eof: true, rows: 10 });
  assert.deepEqual(found, all.slice(0, 10));
  assert.ok(ndjson.headers.link.includes(`cursor=${next}`));
  const rest = lines((await server.request(`${path}&format=ndjson&cursor=${next}`)).body);
  assert.deepEqual(
    rest.slice(0, -1).map((line) => JSON.parse(line)),
    all.slice(10),
  );
  const csv = await server.request(`${path}&format=csv&limit=10&fields=root`);
  assert.equal(parse_csv(csv.body.toString()).length, 11);
  const link = /^<(.*)>; rel="next"$/.exec(csv.headers.link)[1];
  assert.equal(parse_csv((await server.request(link)).body.toString())[1][0], String(all[10].root));
});

test("without a limit NDJSON and CSV are whole, however many pieces that takes", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_many(db, 3500);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const expected = {
    "": (i) => 3500 - i,
    "/1/processes": (i) => (i + 1) * 3,
    "/1/processes?sort=-vmas": (i) => (3500 - i) * 3,
    "/1/trees": (i) => i + 1,
    "/1/trees?sort=tree_bytes": (i) => 3500 - i,
    "/1/findings": (i) => i + 1,
    "/1/vmas?pid=3": (i) => `0x${((i + 1) * 4096).toString(16)}`,
    "/1/vmas": (i) => `0x${((i + 1) * 4096).toString(16)}`,
    "/1/processes/3/vmas": (i) => `0x${((i + 1) * 4096).toString(16)}`,
  };
  const key = (path) =>
    /vmas$|vmas\?/.test(path)
      ? "vm_start"
      : /processes/.test(path)
        ? "pid"
        : /trees/.test(path)
          ? "root"
          : "id";
  for (const [path, value] of Object.entries(expected)) {
    const query = `${api}${path}${path.includes("?") ? "&" : "?"}fields=${key(path.split("?sort")[0])}`;
    const rows = lines((await server.request(`${query}&format=ndjson`)).body).map((line) => JSON.parse(line));
    assert.deepEqual(rows.pop(), { eof: true, rows: 3500 }, path);
    assert.deepEqual(
      rows.map((row) => Object.values(row)[0]),
      Array.from({ length: 3500 }, (_, i) => value(i)),
      path,
    );
    const csv = parse_csv((await server.request(`${query}&format=csv`)).body.toString());
    assert.equal(csv.length, 3501, path);
    assert.deepEqual(
      csv.slice(1).flat(),
      rows.map((row) => String(Object.values(row)[0])),
    );
  }
});

/* A request whose answer is not read until `resume` is called. */
async function open_slowly(server, path) {
  const request = http.get({ host: "127.0.0.1", port: server.port, path, agent: false });
  const [response] = await once(request, "response");
  response.pause();
  return async () => {
    let bytes = 0;
    let tail = "";
    response.on("data", (chunk) => {
      bytes += chunk.length;
      tail = (tail + chunk.toString("latin1")).slice(-200);
    });
    response.on("error", () => {});
    response.resume();
    await new Promise((resolve) => response.on("close", resolve));
    return { bytes, tail, complete: response.complete };
  };
}

test("a reader that waits holds no transaction, and one whose snapshot goes is cut off", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_vmas(db, 120000);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  const path = `${api}/1/vmas?format=ndjson`;
  const slow = await open_slowly(server, path);
  const doomed = await open_slowly(server, path);
  sql(db, "UPDATE snapshot SET label = 'later' WHERE id = 1;\n");
  const checkpoint = () =>
    execFileSync("sqlite3", [db, "PRAGMA wal_checkpoint(TRUNCATE)"], { encoding: "utf8" }).trim();
  /* until the sockets are full, pieces are still read */
  let emptied = checkpoint();
  for (const end = Date.now() + 20000; emptied !== "0|0|0" && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    emptied = checkpoint();
  }
  assert.equal(emptied, "0|0|0", "nobody keeps the log from being emptied");
  const read = await slow();
  assert.ok(read.complete);
  assert.match(read.tail, /\{"eof":true,"rows":120000\}\n$/);
  sql(db, "DELETE FROM snapshot WHERE id = 1;\n");
  const cut = await doomed();
  assert.ok(!cut.complete, "the connection was cut");
  assert.ok(cut.bytes > 0 && cut.bytes < read.bytes);
  assert.doesNotMatch(cut.tail, /eof/);
  assert.match(server.stderr, /cut off after \d+ rows/);
});

test("HEAD of a stream is its headers", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_vmas(db, 5000);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  for (const format of ["ndjson", "csv"]) {
    const path = `${api}/1/vmas?format=${format}`;
    const get = await server.request(path);
    const head = await server.request(path, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    const raw = await server.raw(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    assert.match(raw, /\r\n\r\n$/);
    assert.equal(raw.split("\r\n\r\n").length, 2, "nothing behind the headers");
    for (const name of ["content-type", "etag", "vary", "cache-control"])
      assert.equal(head.headers[name], get.headers[name], name);
  }
});

test("fields picks, in the order of the table, rows and single ones", async (t) => {
  const server = await small_server(t);
  const { data } = await server.json(`${api}/2/processes?fields=fork.bytes,comm,pid`);
  const whole = (await server.json(`${api}/2/processes`)).data;
  assert.deepEqual(
    data.map((row) => JSON.stringify(row)),
    whole.map(({ pid, comm, fork }) => JSON.stringify({ pid, comm, fork: { bytes: fork.bytes } })),
  );
  assert.deepEqual(await server.json(`${api}/2/processes/100?fields=fork,uid`), {
    uid: 26,
    fork: whole[1].fork,
  });
  for (const [path, names] of [
    [`${api}/2/processes`, "name"],
    [`${api}/2/processes/100`, ""],
    [`${api}/2/trees`, "root,,pid"],
    [`${api}/2/trees`, "root,"],
    [`${api}/2/vmas`, "pid,fork.bytes"],
    [api, "totals."],
    [api, "total"],
    [api, "id.boot"],
  ]) {
    const { detail } = await server.problem(400, `${path}?fields=${names}`);
    assert.match(detail, names === "" ? /fields has 1 to/ : /There is no field .*; fields takes some of /);
  }
  assert.match(
    (await server.problem(400, `${api}?fields=x`)).detail,
    /id, taken_at,.*totals\.vmas,.*cost\.stream_bytes\.$/,
  );
});

test("every field can be picked alone", async (t) => {
  const server = await small_server(t);
  for (const path of lists) {
    const { body } = await server.request(`${path}?format=csv`);
    const [header] = parse_csv(body.toString());
    const { data } = await server.json(path);
    for (const name of header) {
      const [group, member] = name.split(".");
      const expected = data.map((row) => {
        if (member === undefined || row[group] === null) return { [group]: row[group] };
        return { [group]: { [member]: row[group][member] } };
      });
      assert.deepEqual((await server.json(`${path}?fields=${name}`)).data, expected, `${path} ${name}`);
    }
    assert.deepEqual((await server.json(`${path}?fields=${header}`)).data, data, `${path}: all at once`);
  }
});
