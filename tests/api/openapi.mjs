/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds answers against what /api/v1/openapi.json says of them. What was held is
 * noted, so that a test can ask what never was.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";

const web = createRequire(new URL("../../web/package.json", import.meta.url));
const { default: Ajv } = web("ajv/dist/2020.js");
const { default: add_formats } = web("ajv-formats");

export const { Validator } = await import(web.resolve("@seriousme/openapi-schema-validator"));

export const media_type = (answer) => (answer.headers["content-type"] ?? "").split(";")[0];

export const body_text = (answer) =>
  (answer.headers["content-encoding"] === "gzip" ? gunzipSync(answer.body) : answer.body).toString();

export class OpenApi {
  static async of(server) {
    const api = new OpenApi();
    api.document = await server.json("/api/v1/openapi.json");
    api.held = new Set();
    api.validators = new Map();
    api.ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
    add_formats(api.ajv);
    api.ajv.addSchema({ $id: "vmascope", $defs: rename_refs(api.document.components.schemas, "") });
    return api;
  }

  operations() {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        ...operation,
      })),
    );
  }

  operation(method, path) {
    const found = this.operations().find((each) => each.method === method && each.path === path);
    assert.ok(found, `${method} ${path} is not documented`);
    return found;
  }

  resolve(object) {
    if (!object?.$ref) return object;
    return object.$ref
      .slice(2)
      .split("/")
      .reduce((at, name) => at[name], this.document);
  }

  valid(schema, value, what) {
    const key = JSON.stringify(schema);
    if (!this.validators.has(key))
      this.validators.set(key, this.ajv.compile(rename_refs(schema, "vmascope")));
    const validate = this.validators.get(key);
    assert.ok(
      validate(value),
      `${what}: ${JSON.stringify(validate.errors?.slice(0, 3), null, 1)} in ${JSON.stringify(value).slice(0, 2000)}`,
    );
  }

  /* Asserts that the operation may answer so. */
  hold(operation, answer, what) {
    const status = String(answer.status);
    const response = this.resolve(operation.responses[status]);
    assert.ok(response, `${what}: ${status} is not documented: ${answer.body}`);
    const type = media_type(answer);
    this.held.add([operation.method, operation.path, status, type].filter(Boolean).join(" "));
    for (const name of Object.keys(response.headers ?? {}))
      if (name !== "Link") assert.ok(answer.headers[name.toLowerCase()], `${what}: no ${name}`);
    if (!response.content) return assert.equal(answer.body.length, 0, `${what}: a body`);
    const content = response.content[type];
    assert.ok(content, `${what}: ${type} is not documented`);
    this.hold_body(content, answer, type, what);
  }

  hold_body(content, answer, type, what) {
    if (/json$/.test(type) && content.schema && !content["x-line"])
      this.valid(content.schema, answer.json, what);
    else if (content["x-line"]) this.hold_lines(content, body_text(answer), what);
    else if (type === "text/csv") assert.ok(body_text(answer).startsWith(content.example ?? ""), what);
    else assert.ok(body_text(answer).length, `${what}: nothing`);
  }

  hold_lines(content, text, what) {
    const lines = text.trimEnd().split("\n");
    const last = JSON.parse(lines.pop());
    for (const line of lines) this.valid(content["x-line"], JSON.parse(line), what);
    this.valid(content["x-last-line"], last, what);
    assert.equal(last.rows, lines.length);
  }

  /* Each success that is documented, as hold() notes it. */
  successes() {
    return this.operations().flatMap(({ method, path, responses }) =>
      Object.entries(responses)
        .filter(([status]) => /^2/.test(status))
        .flatMap(([status, response]) =>
          Object.keys(this.resolve(response).content).map((type) => `${method} ${path} ${status} ${type}`),
        ),
    );
  }
}

/* OpenAPI's places of schemas as those of one JSON Schema. */
const rename_refs = (schema, id) =>
  JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", `${id}#/$defs/`));
