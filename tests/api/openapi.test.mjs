/* SPDX-License-Identifier: GPL-2.0-only */
/* The documentation says what the server does: paths, methods, parameters. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { test } from "node:test";

import { OpenApi, Validator } from "./openapi.mjs";
import { small_server, Server } from "./server.mjs";

/* Values that exist in the small database. */
const known = { snapshot: 2, pid: 101, root: 3, anon_vma: 3, process_id: 3, boot: 1, from: 3, to: 3 };

const path_of = (path) => path.replaceAll(/\{(\w+)\}/g, (_, name) => known[name]);

/* Values that the schema of a parameter allows. */
function examples({ name, schema }) {
  if (schema.enum) return schema.enum;
  if (schema.default !== undefined) return [schema.default];
  if (schema.pattern) return ["10s"];
  if (schema.format === "date-time") return ["2026-11-21T02:33:18Z"];
  if (known[name]) return [known[name]];
  return [schema.type === "string" ? "a" : schema.minimum];
}

/* Values that it does not allow. */
function counterexamples({ schema }) {
  const wrong = [];
  if (schema.enum) wrong.push(`${schema.enum[0]}x`);
  if (schema.type === "integer") wrong.push("a", schema.minimum - 1, "1.5");
  if (schema.maximum !== undefined) wrong.push(schema.maximum + 1);
  if (schema.maxLength) wrong.push("a".repeat(schema.maxLength + 1), "");
  if (schema.pattern || schema.format || schema.anyOf) wrong.push("no such");
  return wrong;
}

const in_query = (operation) => operation.parameters.filter((each) => each.in === "query");

/* {path, way to ask for the row, its schema}: several where a section chooses. */
function* rows_of(api, { path, parameters, responses }) {
  const { schema } = responses[200].content["application/json"];
  const sections = parameters.find(({ name }) => name === "section")?.schema.enum;
  const lists = schema.anyOf?.filter((each) => each.properties) ?? [schema];
  for (const [i, each] of lists.entries()) {
    const way = sections ? `?section=${sections[i]}&` : "?";
    yield { path, way, row: api.resolve(each.properties?.data.items ?? each) };
  }
}

test("the document is OpenAPI 3.1", async (t) => {
  const { document } = await OpenApi.of(await small_server(t));
  const result = await new Validator().validate(document);
  assert.ok(result.valid, JSON.stringify(result.errors));
  assert.equal(document.openapi, "3.1.0");
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((each) => each.operationId),
  );
  assert.equal(new Set(ids).size, ids.length);
});

test("every example is valid, of every schema there is one", async (t) => {
  const api = await OpenApi.of(await small_server(t));
  let held = 0;
  for (const operation of api.operations())
    for (const response of Object.values(operation.responses))
      for (const [type, content] of Object.entries(api.resolve(response).content ?? {})) {
        const what = `${operation.method} ${operation.path} ${type}`;
        const values = content.example
          ? [content.example]
          : Object.values(content.examples ?? {}).map((e) => e.value);
        if (type === "application/json" && content.schema.type !== "object") assert.ok(values.length, what);
        for (const value of type === "text/csv" ? [] : values) api.valid(content.schema, value, what);
        for (const [name, event] of Object.entries(content["x-events"] ?? {}))
          api.valid(event.schema, event.example, `${what} ${name}`);
        held += values.length;
      }
  assert.ok(held > 15);
});

test("every path takes the methods that are documented, and no others", async (t) => {
  const server = await small_server(t);
  const { document } = await OpenApi.of(server);
  for (const [path, methods] of Object.entries(document.paths)) {
    const { status, headers } = await server.request(path_of(path), { method: "OPTIONS" });
    assert.equal(status, 204, path);
    const names = Object.keys(methods).map((name) => name.toUpperCase());
    const expected = ["OPTIONS", ...names, ...(names.includes("GET") ? ["HEAD"] : [])];
    assert.deepEqual(headers.allow.split(", ").sort(), expected.sort(), path);
    await server.problem(405, path_of(path), { method: "DELETE" });
  }
});

test("the parameters that a route takes are those that are documented", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  for (const operation of api.operations().filter(({ method }) => method === "GET")) {
    const { detail } = await server.problem(400, `${path_of(operation.path)}?no_such=1`);
    const [, list] = /this resource takes (.*)\.$/.exec(detail);
    const names = in_query(operation).map((each) => each.name);
    assert.equal(list, names.join(", ") || "none", operation.path);
  }
});

test("what is documented as a value of a parameter is one, anything else is refused", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  const refused = (name) => new RegExp(`^${name} (is (an? (integer|time|number)|one of)|has \\d)`);
  for (const operation of api.operations().filter(({ method }) => method === "GET"))
    for (const parameter of in_query(operation)) {
      const url = (value) => `${path_of(operation.path)}?${parameter.name}=${encodeURIComponent(value)}`;
      for (const value of counterexamples(parameter)) {
        const { detail } = await server.problem(400, url(value));
        assert.match(detail, refused(parameter.name), url(value));
      }
      /* an endless answer is not waited for */
      for (const value of operation.path.endsWith("/events") ? [] : examples(parameter)) {
        const { status, json } = await server.request(url(value));
        if (status === 400) assert.doesNotMatch(json.detail, refused(parameter.name), url(value));
        else assert.ok([200, 404, 422].includes(status), `${url(value)}: ${status}`);
      }
    }
});

test("every field of a list or a row can be asked for by its documented name", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  const with_fields = api.operations().filter((each) => in_query(each).some(({ name }) => name === "fields"));
  assert.ok(with_fields.length > 6);
  for (const { path, way, row } of with_fields.flatMap((each) => [...rows_of(api, each)])) {
    const names = Object.entries(row.properties).flatMap(([name, { type, properties }]) =>
      properties && [type].flat()[0] === "object" && name !== "details"
        ? Object.keys(properties).map((inner) => `${name}.${inner}`)
        : [name],
    );
    for (const name of names) {
      const { status, body } = await server.request(`${path_of(path)}${way}fields=${name}`);
      assert.equal(status, 200, `${path}: ${name}: ${body}`);
    }
    const { detail } = await server.problem(400, `${path_of(path)}${way}fields=no_such`);
    assert.equal(/takes some of (.*)\.$/.exec(detail)[1], names.join(", "), path);
  }
});

test("the index names all operations as templates", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  const { headers, json } = await server.request("/api/v1/");
  assert.match(headers.link, /<\/api\/v1\/openapi\.json>; rel="service-desc"/);
  assert.deepEqual(
    json.resources,
    api.operations().map((each) => ({
      method: each.method,
      href: each.path + (in_query(each).length ? `{?${in_query(each).map(({ name }) => name)}}` : ""),
      summary: each.summary,
    })),
  );
  assert.equal((await server.request(json.documentation)).status, 200);
  assert.equal((await server.request(json.openapi)).status, 200);
});

test("the documentation has strong tags, is compressed, and needs no database", async (t) => {
  const server = await Server.start("--db", "/nonexistent/vmascope.db");
  t.after(() => server.stop());
  for (const path of ["/api/v1/", "/api/v1/openapi.json", "/api", "/api.css"]) {
    const plain = await server.request(path);
    assert.equal(plain.status, 200, path);
    assert.match(plain.headers.etag, /^"[0-9a-f]{16}"$/);
    const packed = await server.request(path, { headers: { "accept-encoding": "gzip" } });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    assert.notEqual(packed.headers.etag, plain.headers.etag);
    for (const { headers } of [plain, packed]) {
      const again = await server.request(path, {
        headers: { "if-none-match": headers.etag, "accept-encoding": "gzip" },
      });
      assert.deepEqual([again.status, again.body.length], [304, 0], path);
    }
    const { status, body } = await server.request(path, { method: "HEAD" });
    assert.deepEqual([status, body.length], [200, 0], path);
  }
});

test("the page has a place for every operation and schema, and links only to what is there", async (t) => {
  const server = await small_server(t);
  const api = await OpenApi.of(server);
  const { headers, body } = await server.request("/api");
  const html = body.toString();
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length, "no id twice");
  for (const [, id] of html.matchAll(/ href="#([^"]*)"/g)) assert.ok(ids.includes(id), id);
  for (const [, path] of html.matchAll(/ href="(\/[^"]*)"/g))
    assert.equal((await server.request(path)).status, 200, path);
  for (const { path, summary, parameters } of api.operations()) {
    assert.ok(html.includes(`<code>${path}</code>`), path);
    assert.ok(html.includes(summary.replaceAll("'", "&#39;").replaceAll('"', "&quot;")), summary);
    for (const { name } of parameters) assert.ok(html.includes(`<code>${name}</code>`), name);
  }
  for (const name of Object.keys(api.document.components.schemas))
    if (name !== "Problem" && name !== "EndOfRows") assert.ok(ids.includes(name.replace("Event.", "")), name);
  assert.doesNotMatch(html, /<script|<style| style=| on\w+=/i);
});
