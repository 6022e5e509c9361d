/* SPDX-License-Identifier: GPL-2.0-only */
/* gzip: for those who take it, the same bytes, with tags that tell them apart; and OPTIONS. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { create_vmas } from "./many_rows.mjs";
import { scratch } from "./sqlite.mjs";
import { Server, small_server } from "./server.mjs";

const api = "/api/v1/snapshots";
const large = [
  api,
  `${api}/2`,
  `${api}/2/processes`,
  `${api}/2/processes?format=csv`,
  `${api}/2/findings?format=ndjson`,
  `${api}/2/trees/3`,
  `${api}/2/trees/3/columns`,
  `${api}/2/trees/3.dot`,
  "/api/v1/snapshots?fields=x",
];

const get = (server, path, encoding, more = {}) =>
  server.request(path, { headers: { ...(encoding === undefined ? {} : { "Accept-Encoding": encoding }), ...more } });

test("compressed for who takes it, as it is for who does not", async (t) => {
  const server = await small_server(t);
  for (const path of large) {
    const plain = await get(server, path);
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.match(plain.headers.vary, /Accept-Encoding$/, path);
    for (const encoding of ["gzip", "deflate, gzip;q=0.5", "*", "GZIP", "br;q=1.0, *;q=0.1"]) {
      const answer = await get(server, path, encoding).catch((error) => assert.fail(`${path}: ${error}`));
      if (plain.body.length <= 1024) {
        assert.equal(answer.headers["content-encoding"], undefined, `${path} ${encoding}`);
        continue;
      }
      assert.equal(answer.headers["content-encoding"], "gzip", `${path} ${encoding}`);
      assert.equal(Number(answer.headers["content-length"]), answer.body.length);
      assert.ok(answer.body.length < plain.body.length);
      assert.deepEqual(gunzipSync(answer.body), plain.body, path);
      assert.equal(answer.headers.vary, plain.headers.vary);
    }
    for (const encoding of ["", "identity", "gzip;q=0", "gzip;q=0.000, br", "*;q=0", "gzip;q=0, *", "deflate, br"])
      assert.equal((await get(server, path, encoding)).headers["content-encoding"], undefined, `${path} ${encoding}`);
  }
  const small = await get(server, "/healthz", "gzip");
  assert.equal(small.headers["content-encoding"], undefined);
  assert.match(small.headers.vary, /Accept-Encoding/);
});

test("the page is compressed too", async (t) => {
  const server = await small_server(t);
  const plain = await get(server, "/");
  const compressed = await get(server, "/", "gzip");
  if (compressed.headers["content-encoding"] === "gzip") {
    assert.deepEqual(gunzipSync(compressed.body), plain.body);
    assert.notEqual(compressed.headers.etag, plain.headers.etag);
  }
  assert.equal(compressed.headers.vary, "Accept-Encoding");
});

test("a tag is that of one encoding", async (t) => {
  const server = await small_server(t);
  const path = `${api}/2/processes`;
  const plain = (await get(server, path)).headers.etag;
  const gzip = (await get(server, path, "gzip")).headers.etag;
  assert.equal(gzip, plain.replace(/"$/, '-gzip"'));
  const ask = (encoding, tag) => get(server, path, encoding, { "If-None-Match": tag });
  for (const tag of [plain, gzip, `"x", W/${gzip}`]) {
    const answer = await ask("gzip", tag);
    assert.equal(answer.status, 304, tag);
    assert.ok(tag.includes(answer.headers.etag), "the tag that the client has");
    assert.equal(answer.headers.vary, "Accept, Accept-Encoding");
  }
  assert.equal((await ask(undefined, plain)).status, 304);
  assert.equal((await ask(undefined, gzip)).status, 200, "of no use to who cannot unpack it");
  assert.equal((await ask("gzip;q=0", gzip)).status, 200);
});

test("HEAD says what GET would send", async (t) => {
  const server = await small_server(t);
  for (const path of [...large, "/"])
    for (const encoding of [undefined, "gzip"]) {
      const one = await get(server, path, encoding);
      const head = await server.request(path, {
        method: "HEAD",
        headers: encoding ? { "Accept-Encoding": encoding } : {},
      });
      delete one.headers.date;
      delete head.headers.date;
      assert.deepEqual(head.headers, one.headers, `${path} ${encoding}`);
    }
});

test("a stream is compressed on its way", async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_vmas(db, 20000);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  for (const format of ["ndjson", "csv"]) {
    const path = `${api}/1/vmas?format=${format}`;
    const plain = await get(server, path);
    const compressed = await get(server, path, "gzip");
    assert.equal(compressed.headers["content-encoding"], "gzip");
    assert.equal(compressed.headers["content-length"], undefined);
    assert.ok(compressed.body.length * 5 < plain.body.length);
    assert.ok(gunzipSync(compressed.body).equals(plain.body));
    assert.notEqual(compressed.headers.etag, plain.headers.etag);
  }
});

test("OPTIONS says what a path takes", async (t) => {
  const server = await small_server(t);
  for (const path of [api, `${api}/2/trees/3`, `${api}/2/trees/3.dot`, `${api}/9`, "/healthz", "/", "/index.html"]) {
    const { status, headers, body } = await server.request(path, { method: "OPTIONS" });
    const more = { [api]: "POST, ", [`${api}/9`]: "PATCH, " }[path] ?? "";
    assert.deepEqual([status, headers.allow, body.length], [204, `GET, HEAD, ${more}OPTIONS`, 0], path);
  }
  await server.problem(404, "/nothing", { method: "OPTIONS" });
});
