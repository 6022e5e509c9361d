/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every route that the server documents, which openapi.test.mjs holds against the
 * table, so that a test of all routes has new ones too.
 */
import assert from "node:assert/strict";

/** [{method, path, query, in_path}]; the last two are names of parameters. */
export async function documented_routes(server) {
  const { paths } = await server.json("/api/v1/openapi.json");
  const all = [];
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { parameters = [] }] of Object.entries(operations)) {
      const names = (where) => parameters.filter((one) => one.in === where).map(({ name }) => name);
      all.push({ method: method.toUpperCase(), path, query: names("query"), in_path: names("path") });
    }
  assert.ok(all.length >= 25, `${all.length} routes`);
  return all;
}

/** A route's path with values from `others`, or else from the table. */
export function fill(route, values, others = {}) {
  return route.path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = others[name] ?? values[name];
    assert.ok(value !== undefined, `${route.path}: the tests know no value of ${name}`);
    return value;
  });
}
