/* SPDX-License-Identifier: GPL-2.0-only */
/* One anon_vma, and a tree as GraphViz draws it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

import { anon_vmas_3, anon_vma_3_before, hostile_comm } from "./expected.mjs";
import { bytes } from "./rows.mjs";
import { create_database, HOSTILE_COMM } from "./small_topology.mjs";
import { scratch, sql } from "./sqlite.mjs";
import { Server, small_server } from "./server.mjs";

const api = "/api/v1/snapshots";

test("one anon_vma: what the tree shows of it, and what belongs to it", async (t) => {
  const server = await small_server(t);
  const tree = await server.json(`${api}/2/trees/3`);
  const findings = (await server.json(`${api}/2/findings?sort=-bytes`)).data;
  const since = (id) =>
    id === 3
      ? { snapshot: 1, taken_at: "2026-11-21T02:33:18.123456789Z" }
      : { snapshot: 2, taken_at: "2026-11-21T02:33:28.000000005Z" };
  const owner = { 5: [100, "postgres"], 6: [101, hostile_comm] };
  for (const node of anon_vmas_3) {
    const { snapshot, root, since: born, children, vmas, findings: about, ...rest } = await server.json(
      `${api}/2/anon-vmas/${node.id}`,
    );
    assert.deepEqual([snapshot, root, born], [2, 3, since(node.id)]);
    assert.deepEqual(rest, node);
    assert.deepEqual(
      children,
      anon_vmas_3.filter((other) => other.parent === node.id).map((other) => other.id),
    );
    assert.deepEqual(
      vmas,
      tree.vmas
        .filter((vma) => vma.chain.includes(node.id))
        .map((vma) => ({
          pid: owner[vma.mm_id][0],
          comm: owner[vma.mm_id][1],
          active: vma.anon_vma === node.id,
          ...vma,
        })),
    );
    assert.deepEqual(
      about,
      findings.filter((finding) => finding.anon_vma === node.id),
    );
  }
  const { snapshot, root, since: born, children, vmas, findings: about, ...rest } = await server.json(
    `${api}/1/anon-vmas/3`,
  );
  assert.deepEqual([rest, children, vmas.length, about], [anon_vma_3_before, [], 3, []]);
});

test("no such anon_vma", async (t) => {
  const server = await small_server(t);
  for (const path of ["2/anon-vmas/5", "2/anon-vmas/4294967295", "1/anon-vmas/17"])
    assert.match((await server.problem(404, `${api}/${path}`)).detail, /has no anon_vma \d+/);
  for (const id of ["0", "-1", "4294967296", "x", "3.dot"])
    await server.problem(400, `${api}/2/anon-vmas/${id}`);
  await server.problem(400, `${api}/2/anon-vmas/3?limit=1`);
});

const has_dot = spawnSync("dot", ["-V"]).status === 0;

function draw(source) {
  const { status, stdout, stderr } = spawnSync("dot", ["-Tsvg"], { input: source, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""], source);
  return stdout;
}

const nodes_of = (svg) => [...svg.matchAll(/<g id="node\d+" class="node">\n<title>n(\d+)<\/title>/g)].map((m) => Number(m[1]));

test("a tree as DOT", async (t) => {
  const server = await small_server(t);
  const { status, headers, body } = await server.request(`${api}/2/trees/3.dot`);
  const text = body.toString();
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/vnd.graphviz; charset=utf-8");
  assert.match(headers.etag, /^"/);
  assert.match(text, /^digraph anon_vmas \{\n/);
  for (const { id, parent } of anon_vmas_3)
    assert.equal(text.includes(`\tn${parent} -> n${id};\n`), parent !== null);
  assert.match(text, /n300 \[label="300\\nno VMA\\nnum_children 1, num_active_vmas 0\\n1 linked", shape=ellipse, style=dashed/);
  assert.match(text, /n301 \[.*peripheries=2/);
  assert.match(text, /n3 \[label="3\\npostgres \(100\)\\nnum_children 4, num_active_vmas 3\\n6 linked", shape=box,/);
  assert.match(text, /subgraph cluster_0 \{\n\t\tlabel="1 missed";\n\t\tcolor="#D55E00";\n\t\tn17;\n\t\tn18;\n\t\}/);
  for (const root of ["17.dot", "99.dot"]) await server.problem(404, `${api}/2/trees/${root}`);
  for (const root of ["0.dot", ".dot", "x.dot", "3.DOT", "3.dot.dot", "3.svg", `${"9".repeat(40)}.dot`])
    await server.problem(400, `${api}/2/trees/${root}`);
});

test("GraphViz draws it as it is", { skip: !has_dot && "GraphViz is not installed" }, async (t) => {
  const server = await small_server(t);
  const svg = draw((await server.request(`${api}/2/trees/3.dot`)).body.toString());
  assert.deepEqual(nodes_of(svg).sort((a, b) => a - b), [3, 17, 18, 300, 301]);
  assert.equal([...svg.matchAll(/class="edge"/g)].length, 4);
  assert.equal([...svg.matchAll(/class="cluster"/g)].length, 1);
});

const names = [
  HOSTILE_COMM,
  Buffer.from('"];x[y="'),
  Buffer.from("a\\"),
  Buffer.from("\\N\\G\\l&lt;b"),
  Buffer.from('"->n1;//'),
  Buffer.from("\n}\ndigraph"),
  Buffer.from("<b>&#x41;&amp;"),
];

test("a name is nothing but text in the drawing", { skip: !has_dot && "GraphViz is not installed" }, async (t) => {
  const db = join(scratch(t), "vmascope.db");
  create_database(db);
  const server = await Server.start("--db", db);
  t.after(() => server.stop());
  for (const name of names) {
    sql(db, `UPDATE process SET comm = ${bytes(name)} WHERE tgid = 100;\n`);
    const { body } = await server.request(`${api}/2/trees/3.dot`);
    const svg = draw(new TextDecoder("utf-8", { fatal: true }).decode(body));
    assert.deepEqual(nodes_of(svg).sort((a, b) => a - b), [3, 17, 18, 300, 301]);
    const shown = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) =>
      text
        .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
        .replace(/&quot;/g, '"')
        .replace(/&lt;/g, "<")
        .replace(/&gt;/g, ">")
        .replace(/&amp;/g, "&"),
    );
    const expected = `${new TextDecoder().decode(name).replace(/[\x00-\x1f\x7f-\x9f]/g, "\ufffd")} (100)`;
    assert.ok(shown.includes(expected), `${expected} in ${shown}`);
  }
});
