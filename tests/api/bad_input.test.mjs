/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each kind of bad input, on every route there is: the right problem, or a
 * closed connection, and never a failure of the server's own. Whether the detail
 * says the right thing is for the tests of each resource.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { documented_routes, fill } from "./documented_routes.mjs";
import { sql } from "./sqlite.mjs";
import { assert_problem, small_server } from "./server.mjs";

/* What small_server() has. */
const GOOD = { snapshot: "2", pid: "101", root: "3", anon_vma: "17" };
/* What could be and is not there. */
const ABSENT = { snapshot: ["3", "9223372036854775807"], pid: ["99"], root: ["99"], anon_vma: ["99"] };
/* Without which a resource answers 400 whatever else it is asked. */
const NEEDED = [[/^\/api\/v1\/diff/, { from: "1", to: "2" }]];
/* A body that a method is content with. */
const BODIES = { POST: "{}", PATCH: '{"pinned":true}' };

const BEYOND = "9223372036854775808"; /* 2^63 */
const NOT_WHOLE = ["", "x", "-1", "+1", "%201", "1.5", "0x1", "1e2", BEYOND, "1%20", "'", "1%0a"];
const NOT_POSITIVE = ["0", ...NOT_WHOLE];
const NOT_A_CHOICE = ["", "nonesuch", "-", "--id", "0", "'"];
const NOT_A_TIME = [
  "",
  "yesterday",
  "-1",
  "2026-13-01T00:00:00Z",
  "2026-11-21",
  "2026-11-21T02:33:18",
  BEYOND,
];
const NOT_A_REVISION = ["", "0", BEYOND, "latest~", "latest~x", "latest~-1", "label:"];
const NOT_A_TEXT = ["", "a".repeat(4097)];

/* Values that a parameter cannot have, by its name. */
const WRONG = {
  anon_vma: NOT_POSITIVE,
  boot: NOT_POSITIVE,
  cgroup: NOT_A_TEXT,
  comm: ["", "sixteen+bytes+..", "%C3%A9".repeat(8)],
  cursor: ["", "hello", "!".repeat(32), "A".repeat(32), "A".repeat(65), "../../etc/passwd"],
  exe: NOT_A_TEXT,
  fields: ["", ",", "nonesuch", "pid,,vmas", "-", "a".repeat(4097)],
  format: NOT_A_CHOICE,
  from: NOT_A_REVISION,
  kind: NOT_A_CHOICE,
  label: NOT_A_TEXT,
  last_event_id: NOT_WHOLE,
  limit: ["10001", ...NOT_POSITIVE],
  min_anon_vmas: NOT_WHOLE,
  min_bytes: NOT_WHOLE,
  min_change: NOT_WHOLE,
  min_missed_reuse: NOT_WHOLE,
  path: NOT_A_TEXT,
  pid: NOT_POSITIVE,
  pinned: ["", "1", "yes", "TRUE"],
  points: ["5001", ...NOT_POSITIVE],
  policy: NOT_A_CHOICE,
  process_id: NOT_POSITIVE,
  root: NOT_POSITIVE,
  search: NOT_A_TEXT,
  section: NOT_A_CHOICE,
  series: ["", ",", "nonesuch", "processes,,vmas", "a".repeat(513)],
  since: NOT_A_TIME,
  snapshot: NOT_POSITIVE,
  sort: NOT_A_CHOICE,
  state: NOT_A_CHOICE,
  step: ["", "x", "0s", "-1s", "1y", BEYOND, `${BEYOND}d`],
  to: NOT_A_REVISION,
  uid: NOT_WHOLE,
  until: NOT_A_TIME,
};
/* What no value at all can be. */
const NOT_TEXT = ["%00", "a%00b", "%ff", "%ed%a0%80", "%c0%af", "%f4%90%80%80", "%", "%4", "%zz"];

function wrong_values(name) {
  const values = WRONG[name];
  assert.ok(values?.length, `the tests know no wrong value of ${name}`);
  return [...values, ...NOT_TEXT];
}

/* A query with what the route needs, and these [name, value]. */
function query(route, ...pairs) {
  const names = new Set(pairs.map(([name]) => name));
  const needed = NEEDED.filter(([pattern]) => pattern.test(route.path)).flatMap(([, pairs]) =>
    Object.entries(pairs),
  );
  const all = [...needed.filter(([name]) => !names.has(name)), ...pairs];
  return all.length ? `?${all.map(([name, value]) => `${name}=${value}`).join("&")}` : "";
}

const path_of = (route, others) => fill(route, GOOD, others);
const name_of = ({ method, path }) => `${method} ${path}`;

function options_of({ method }) {
  const body = BODIES[method];
  return body ? { method, body, headers: { "Content-Type": "application/json" } } : { method };
}

/* Asserts that a request is refused with that status. */
async function refused(server, route, status, path) {
  const answer = await server.request(path, options_of(route));
  const what = `${route.method} ${path.slice(0, 200)}`;
  assert.equal(answer.status, status, `${what}: ${answer.body}`);
  assert_problem(answer, status);
  return answer.json.detail;
}

const alive = async (server) => assert.equal((await server.request("/healthz")).status, 200);

test("the routes and what these tests know of them", async (t) => {
  const server = await small_server(t);
  for (const route of await documented_routes(server)) {
    for (const name of [...route.in_path, ...route.query]) wrong_values(name);
    if (route.method !== "GET") continue;
    const { status, body } = await server.request(path_of(route) + query(route), { method: "HEAD" });
    assert.equal(status, 200, `what is asked otherwise is right: ${name_of(route)}`);
    assert.equal(body.length, 0);
  }
});

test("a parameter that is unknown, given twice or of a wrong value", async (t) => {
  const server = await small_server(t);
  for (const route of await documented_routes(server))
    for (const name of route.query) {
      for (const value of wrong_values(name))
        await refused(server, route, 400, path_of(route) + query(route, [name, value]));
      const detail = await refused(server, route, 400, path_of(route) + query(route, [name, "%00"]));
      assert.match(detail, /percent-encoded UTF-8/);
      await refused(server, route, 400, path_of(route) + query(route, [`${name}%00`, "1"]));
      await refused(server, route, 400, path_of(route) + query(route, [name.toUpperCase(), "1"]));
    }
  for (const route of await documented_routes(server)) {
    for (const pair of ["%ff=1", "%00=1", "=1", "&=&", "a".repeat(8000), "<script>=1", "'"])
      await refused(server, route, 400, `${path_of(route)}?${pair}`);
    await refused(server, route, 400, `${path_of(route)}?${"a=1&".repeat(33)}`);
  }
  await alive(server);
});

test("a parameter twice", async (t) => {
  const server = await small_server(t);
  /* A right value of each, so that it is the second one that is refused. */
  const right = {
    ...GOOD,
    ...{
      boot: "1",
      cgroup: "/x",
      comm: "init",
      exe: "/x",
      format: "csv",
      from: "1",
      kind: "deep_chain",
      label: "x",
    },
    ...{ last_event_id: "1", limit: "1", min_anon_vmas: "1", min_bytes: "1", min_change: "1" },
    ...{ min_missed_reuse: "1", path: "/x", pinned: "true", points: "1", policy: "chain", process_id: "1" },
    ...{
      search: "x",
      section: "vmas",
      since: "2026-11-21T02:33:18Z",
      state: "added",
      step: "1s",
      to: "2",
      uid: "1",
    },
    ...{ until: "2026-11-21T02:33:18Z", cursor: "A".repeat(32), fields: "pid", series: "vmas" },
  };
  for (const route of await documented_routes(server))
    for (const name of route.query) {
      const order = await refused(
        server,
        route,
        400,
        path_of(route) + query(route, [name, "'"], [name, "'"]),
      ).catch(() => null);
      const value = right[name] ?? /one of (\w+)/.exec(order)?.[1];
      assert.ok(value, `the tests know no right value of ${name}`);
      const detail = await refused(
        server,
        route,
        400,
        path_of(route) + query(route, [name, value], [name, value]),
      );
      assert.match(detail, new RegExp(`parameter ${name} once`), name_of(route));
    }
});

test("a path that names nothing that could be", async (t) => {
  const server = await small_server(t);
  for (const route of await documented_routes(server))
    for (const name of route.in_path)
      for (const value of wrong_values(name)) {
        const path = path_of(route, { [name]: value });
        if (value !== "") await refused(server, route, 400, path + query(route));
        else if (!path.endsWith("/")) await refused(server, route, path.endsWith("/.dot") ? 400 : 404, path);
      }
  await alive(server);
});

test("a path that names what is not there, and what was deleted", async (t) => {
  const server = await small_server(t);
  const reading = (await documented_routes(server)).filter(({ method }) => method === "GET");
  for (const route of reading)
    for (const name of route.in_path)
      for (const value of ABSENT[name])
        await refused(server, route, 404, path_of(route, { [name]: value }) + query(route));
  sql(server.db, "DELETE FROM snapshot WHERE id = 1;\n");
  for (const route of reading) {
    if (route.in_path.includes("snapshot"))
      await refused(server, route, 410, path_of(route, { snapshot: "1" }) + query(route));
    for (const [name, value] of new URLSearchParams(query(route)))
      if (value === "1") await refused(server, route, 410, path_of(route) + query(route, [name, value]));
  }
});

/* What makes a resource a list that is not one by itself. */
const list_of = ({ query }) => (query.includes("section") ? [["section", "vmas"]] : []);

/* The cursor behind the first row; null: there is no other. */
async function a_cursor(server, route, others) {
  const { json } = await server.request(
    path_of(route, others) + query(route, ...list_of(route), ["limit", "1"]),
  );
  return json?.next ?? null;
}

test("a cursor of another list or another snapshot", async (t) => {
  const server = await small_server(t);
  const lists = [];
  for (const route of await documented_routes(server)) if (route.query.includes("cursor")) lists.push(route);
  const cursors = new Map();
  for (const route of lists) cursors.set(route, await a_cursor(server, route, {}));
  assert.ok([...cursors.values()].filter(Boolean).length >= 5);
  for (const route of lists)
    for (const [of, cursor] of cursors)
      if (cursor && of !== route)
        assert.match(
          await refused(
            server,
            route,
            400,
            path_of(route) + query(route, ...list_of(route), ["cursor", cursor]),
          ),
          /another list/,
          `${name_of(route)}, cursor of ${name_of(of)}`,
        );
  for (const route of lists.filter((route) => route.in_path.includes("snapshot"))) {
    const cursor = cursors.get(route);
    if (!cursor) continue;
    const path =
      path_of(route, { snapshot: "1", pid: "100" }) + query(route, ...list_of(route), ["cursor", cursor]);
    assert.match(await refused(server, route, 400, path), /another list/, path);
  }
});

test("a method that a resource does not have", async (t) => {
  const server = await small_server(t);
  for (const route of await documented_routes(server)) {
    const { headers, status, body } = await server.request(path_of(route) + query(route), {
      method: "OPTIONS",
    });
    assert.equal(status, 204, name_of(route));
    assert.equal(body.length, 0);
    const allowed = headers.allow.split(", ");
    assert.ok(allowed.includes(route.method));
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "SUBSCRIBE"]) {
      if (allowed.includes(method)) continue;
      for (const body of ["", "{}"]) {
        const answer = await server.request(path_of(route), {
          method,
          headers: { "Content-Length": body.length, "Content-Type": "application/json" },
          body,
        });
        assert.equal(answer.status, 405, `${method} ${route.path}`);
        assert_problem(answer, 405);
        assert.equal(answer.headers.allow, headers.allow);
      }
    }
  }
});

/* The status of the one answer, or null when the connection was closed without.
 * (Of a Content-Length that is no number, the library that reads HTTP says what
 * it thinks twice before it closes.) */
async function raw_status(server, bytes) {
  const answer = await server.raw(bytes);
  const heads = answer.match(/HTTP\/1\.[01] \d+ [^\r]*/g) ?? [];
  const twice = heads.length === 2 && heads[0] === heads[1] && answer.includes("for <b>Content-Length</b>");
  assert.ok(heads.length <= 1 || twice, `one answer, and then the end: ${heads}`);
  return heads.length ? Number(heads[0].split(" ")[1]) : null;
}

const head = (route, target, more = "") =>
  `${route.method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}`;
const FOLLOWING = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

test("bytes that no request line has", async (t) => {
  const server = await small_server(t);
  for (const route of await documented_routes(server))
    for (const byte of ["\0", "\0x", "\0 ", "\x01", "\x7f", "\x80", "\xff", "\xc3\xa9", "\t", "\x1b[31m"]) {
      const path = path_of(route);
      const targets = [
        path + byte,
        byte + path,
        `${path}?${byte}`,
        `${path}?limit=${byte}`,
        `${path}?${byte}=1`,
      ];
      for (const target of targets) {
        const status = await raw_status(server, Buffer.from(`${head(route, target)}\r\n`, "latin1"));
        assert.ok([null, 400].includes(status), `${JSON.stringify(target)}: ${status}`);
      }
    }
  await alive(server);
});

test("too long a line, too many headers, too long a header", async (t) => {
  const server = await small_server(t);
  const long = "a".repeat(1 << 20);
  for (const route of await documented_routes(server)) {
    const path = path_of(route);
    const many = Array.from({ length: 10000 }, (_, i) => `X-${i}: y\r\n`).join("");
    for (const [what, bytes, statuses] of [
      ["path", `${head(route, `${path}/${long}`)}\r\n`, [414, 431, 400]],
      ["query", `${head(route, `${path}?limit=${long}`)}\r\n`, [414, 431, 400]],
      ["pairs", `${head(route, `${path}?${"a=1&".repeat(1 << 18)}`)}\r\n`, [414, 431, 400]],
      ["headers", `${head(route, path, many)}\r\n`, [431, 413, 400]],
      ["header", `${head(route, path, `X: ${long}\r\n`)}\r\n`, [431, 413, 400]],
      ["name", `${head(route, path, `${long}: y\r\n`)}\r\n`, [431, 413, 400]],
    ]) {
      const status = await raw_status(server, bytes);
      assert.ok(status === null || statuses.includes(status), `${name_of(route)}, ${what}: ${status}`);
    }
  }
  await alive(server);
});

test("a body where none belongs, and none where one does", async (t) => {
  const server = await small_server(t);
  for (const route of await documented_routes(server)) {
    const path = path_of(route) + query(route);
    const bodies = [
      `Content-Length: ${FOLLOWING.length}\r\n\r\n${FOLLOWING}`,
      `Content-Length: -1\r\n\r\n${FOLLOWING}`,
      `Content-Length: ${BEYOND}\r\n\r\n${FOLLOWING}`,
      `Content-Length: 0x5\r\n\r\n${FOLLOWING}`,
      `Content-Length: 0, 0\r\n\r\n${FOLLOWING}`,
      `Content-Length: 0\r\nContent-Length: 5\r\n\r\n${FOLLOWING}`,
      `Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${FOLLOWING}`,
      `Transfer-Encoding: gzip\r\n\r\n${FOLLOWING}`,
    ];
    for (const body of bodies) {
      const status = await raw_status(server, head(route, path, body));
      assert.ok(
        [null, 400, 411, 413, 415].includes(status),
        `${name_of(route)} ${JSON.stringify(body)}: ${status}`,
      );
    }
  }
  await alive(server);
});

test("a name that is not this server's, on every route", async (t) => {
  const server = await small_server(t);
  for (const route of await documented_routes(server))
    for (const Host of ["evil.example", "localhost.evil.example", "[::2]"]) {
      const path = path_of(route) + query(route);
      const { method, headers = {}, body } = options_of(route);
      const answer = await server.request(path, { method, body, headers: { ...headers, Host } });
      assert.equal(answer.status, 421, `${name_of(route)} of ${Host}`);
      assert_problem(answer, 421);
    }
});
