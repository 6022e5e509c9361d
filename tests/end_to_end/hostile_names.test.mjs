/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names are chosen by whoever runs a process. Here real processes are called what
 * would harm a careless writer, executed from files of such names, and followed
 * through every format to the page.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { cannot_walk as skip } from "../api/collector.mjs";
import { scratch } from "../api/sqlite.mjs";
import { Events } from "../api/sse.mjs";
import {
  close_browser,
  drawn,
  eventually,
  open_page,
  watch_pages,
  skip as no_browser,
} from "../web/browser.mjs";
import { start_world, take_snapshot } from "./world.mjs";

after(close_browser);

/* At most 15 bytes each, as of a comm; what is an array is bytes. */
const NAMES = {
  quotes: `a"b'c\`d"`,
  backslashes: '\\\\n\\"\\',
  controls: "\x01\x07\b\x1b[31mred\x7f",
  newline: "a\nid: 9\n\ndata:",
  crlf: "a\r\nX: y\r\n\r\nb",
  carriage_return: "\r=1+1",
  latin1: [0x6e, 0xe9, 0xff, 0x78],
  cut_sequence: [0x61, 0xe2, 0x82, 0x62, 0xf0, 0x9f, 0x98],
  surrogate: [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
  overlong: [0xc0, 0xaf, 0xe0, 0x80, 0xaf],
  c1: "\x9b31m\x85",
  formula: "=cmd()|'/C c'!A",
  plus: "+1+1",
  at: "@SUM(1)",
  minus: "-1+cmd()",
  tab: "\t=1",
  script: "<script>x()//",
  image: "<img src=x on>",
  close_title: "</title><a b>",
  line_separator: "a\u2028b\u2029",
  bidi: "\u202egpj.exe\u202c",
  zero_width: "a\u200bb\ufeff",
  format: "%n%s%d%x",
  label: '{}"label="1"} 1',
  dot: '"];x[URL="js:',
  html_label: "<b>&lt;</b>",
  entity: "&#34;&quot;",
  template: "${7*7}{{7*7}}",
  percent: "%00%0a%22",
  comma: 'a,"b",,',
  spaces: "   ",
  emoji: "\u{1f9ea}\u{1f4a5}",
  proto: "__proto__",
  empty: "",
};

const bytes_of = (name) => Buffer.from(NAMES[name]);
/* What is documented of every text: wrong bytes become U+FFFD, as browsers do it. */
const decoded = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const comm_of = (name) => decoded(bytes_of(name));
/* Documented of CSV and DOT: so do control characters (in CSV but TAB, CR, LF). */
const without_controls = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
const csv_text = (text) => {
  const clean = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "\ufffd");
  return /^[=+\-@\t\r]/.test(clean) ? `'${clean}` : clean;
};
/* The kernel takes for a VMA's name printable ASCII without these. */
const vma_text = (name) => comm_of(name).replace(/[^\x20-\x7e]|[\\`$[\]]/g, "") || "plain";

/* A slash ends a name, and the kernel marks what was deleted at the end. */
const path_of = (directory, name) => Buffer.concat([Buffer.from(`${directory}/`), file_name(name)]);
const file_name = (name) =>
  Buffer.from(`${name} `.concat(bytes_of(name).toString("latin1").replaceAll("/", "|")), "latin1");

let world = null;

/* One world for all tests, and which name a pid has. */
function hostile_world() {
  world ??= make_world();
  return world;
}

/* What lives as long as this file: a context of its own. */
const cleanups = [];
after(async () => {
  for (const end of cleanups.reverse()) await end();
});

async function make_world() {
  const directory = scratch({ after: (end) => cleanups.push(end) });
  const name_of = new Map();
  const started = await start_world({ after: (end) => cleanups.push(end) }, directory);
  const events = await Events.open(started.server);
  cleanups.push(() => events.close());
  const raw = [];
  events.response.on("data", (text) => raw.push(text));
  let id = 0;
  for (const name of Object.keys(NAMES)) {
    for (const pid of await started.scene.run(bytes_of(name), path_of(directory, name), vma_text(name)))
      name_of.set(pid, name);
    const [pid] = await started.scene.fork(bytes_of(name));
    name_of.set(pid, name);
    ({ id } = await take_snapshot(started.server, `=cmd()<script>"%n\\${name}`));
  }
  return { ...started, directory, name_of, events, raw, id, api: `/api/v1/snapshots/${id}` };
}

const count = Object.keys(NAMES).length;
/* What stands in an answer as it is must not move a terminal's cursor. */
function assert_no_controls(bytes, but = "\n") {
  const found = decoded(bytes).match(/[\u0000-\u001f\u007f-\u009f]/g) ?? [];
  assert.deepEqual(
    found.filter((character) => !but.includes(character)),
    [],
  );
}

const exe_of = ({ directory }, name) => decoded(path_of(directory, name));

/* Rows of a list of processes against what they are called. */
function assert_processes(world, rows, text = (value) => value) {
  const hostile = rows.filter(({ pid }) => world.name_of.has(Number(pid)));
  assert.equal(hostile.length, 3 * count);
  const others = rows.filter(({ pid }) => !world.name_of.has(Number(pid)));
  assert.deepEqual(
    others.map(({ comm }) => comm),
    ["webserver"],
  );
  let executed = 0;
  for (const { pid, comm, exe } of hostile) {
    const name = world.name_of.get(Number(pid));
    assert.equal(comm, text(comm_of(name)), name);
    if (exe === text(join(world.directory, "webserver"))) continue;
    assert.equal(exe, text(exe_of(world, name)), name);
    executed++;
  }
  assert.equal(executed, 2 * count);
}

test("as JSON", { skip }, async () => {
  const world = await hostile_world();
  const { server, api } = world;
  const list = await server.request(`${api}/processes?limit=10000`);
  assert_no_controls(list.body, "");
  assert_processes(world, list.json.data);
  for (const [pid, name] of world.name_of) {
    const one = await server.json(`${api}/processes/${pid}`);
    assert.equal(one.comm, comm_of(name));
    const vmas = await server.request(`${api}/processes/${pid}/vmas?limit=1000`);
    assert_no_controls(vmas.body, "");
    const own = vmas.json.data.filter(({ path }) => path === one.exe);
    assert.ok(own.length >= 3, `${name}: ${one.exe}`);
    const named = vmas.json.data.filter((vma) => vma.name !== null);
    assert.ok(
      named.every((vma) => vma.name === vma_text(name)),
      name,
    );
  }
  for (const path of ["trees?limit=10000", "findings?limit=10000", "executables?limit=10000"]) {
    const { status, body, json } = await server.request(`${api}/${path}`);
    assert.equal(status, 200);
    assert_no_controls(body, "");
    const exes = new Set(json.data.map(({ exe }) => exe));
    if (path.startsWith("executables"))
      for (const name of Object.keys(NAMES)) assert.ok(exes.has(exe_of(world, name)), name);
  }
});

test("what is asked for by its name is found", { skip }, async () => {
  const world = await hostile_world();
  for (const name of Object.keys(NAMES).filter(
    (name) => !comm_of(name).includes("\ufffd") && comm_of(name),
  )) {
    const comm = encodeURIComponent(comm_of(name));
    const { data } = await world.server.json(`${world.api}/processes?comm=${comm}`);
    assert.equal(data.length, 3, name);
    assert.ok(data.every(({ pid }) => world.name_of.get(pid) === name));
    const exe = encodeURIComponent(exe_of(world, name));
    assert.equal((await world.server.json(`${world.api}/processes?exe=${exe}`)).data.length, 2, name);
    const found = await world.server.json(`${world.api}/processes?search=${comm}&limit=10000`);
    assert.ok(
      data.every(({ pid }) => found.data.some((row) => row.pid === pid)),
      `${name} is searched for`,
    );
    const findings = await world.server.json(`${world.api}/findings?kind=fork_split&comm=${comm}`);
    assert.ok(findings.data.length >= 1, name);
    assert.ok(findings.data.every(({ process }) => process.comm === comm_of(name)));
  }
});

test("as NDJSON: a line a row", { skip }, async () => {
  const world = await hostile_world();
  const { body } = await world.server.request(`${world.api}/processes?format=ndjson`);
  assert_no_controls(body);
  const lines = body.toString("utf8").split("\n");
  assert.equal(lines.pop(), "");
  const rows = lines.map((line) => JSON.parse(line));
  assert.deepEqual(rows.pop(), { eof: true, rows: 3 * count + 1 });
  assert_processes(world, rows);
});

/* Rows of a CSV file as a program that was not written for it reads them. */
function import_csv(directory, body) {
  const file = join(directory, "rows.csv");
  writeFileSync(file, body);
  const rows = execFileSync("sqlite3", [":memory:"], {
    input:
      `.import --csv ${file} rows\n.mode list\n` +
      "SELECT json_group_object(name, name) FROM pragma_table_info('rows');\n" +
      "SELECT json_object('pid', pid, 'comm', hex(comm), 'exe', hex(exe)) FROM rows;\n",
  });
  const [header, ...lines] = rows.toString().trim().split("\n");
  const text = (value) => Buffer.from(value, "hex").toString("utf8");
  return {
    columns: Object.keys(JSON.parse(header)),
    rows: lines
      .map((line) => JSON.parse(line))
      .map(({ pid, comm, exe }) => ({ pid, comm: text(comm), exe: text(exe) })),
  };
}

test("as CSV: a record a row, and no formula", { skip }, async () => {
  const world = await hostile_world();
  const { body } = await world.server.request(`${world.api}/processes?format=csv&fields=pid,comm,exe`);
  assert_no_controls(body, "\t\r\n");
  const { columns, rows } = import_csv(world.directory, body);
  assert.deepEqual(columns, ["pid", "comm", "exe"]);
  assert_processes(world, rows, csv_text);
  for (const { comm } of rows) assert.doesNotMatch(comm, /^[=+\-@\t\r]/);
  const { rows: all } = import_csv(
    world.directory,
    (await world.server.request(`${world.api}/processes?format=csv`)).body,
  );
  assert_processes(world, all, csv_text);
  const snapshots = await world.server.request("/api/v1/snapshots?format=csv&fields=id,label");
  assert.match(snapshots.body.toString(), /,"'=cmd\(\)<script>""%n\\quotes"\r\n/);
});

/* Lines of a label, which \\n ends; \\\\ is a backslash. */
const lines_of = (label) => [...label.matchAll(/((?:[^\\]|\\[^n])*)(\\n|$)/g)].map(([, line]) => line);

test("as DOT: GraphViz draws the nodes there are and writes the names", { skip }, async () => {
  const world = await hostile_world();
  const { data } = await world.server.json(`${world.api}/trees?limit=10000`);
  assert.ok(data.length > count);
  const drawn = new Set();
  for (const { root, anon_vmas, missed_groups } of data.filter((tree) => tree.missed_groups)) {
    const { body } = await world.server.request(`${world.api}/trees/${root}.dot`);
    assert_no_controls(body, "\n\t");
    const svg = execFileSync("dot", ["-Tsvg"], { input: body, stdio: ["pipe", "pipe", "pipe"] }).toString();
    assert.equal(svg.match(/<g id="node\d+"/g).length, anon_vmas);
    assert.equal((svg.match(/<g id="edge\d+"/g) ?? []).length, anon_vmas - 1);
    assert.equal((svg.match(/<g id="clust\d+"/g) ?? []).length, missed_groups);
    assert.doesNotMatch(svg, /<(a|script|image|b|img|foreignObject)\b|\bxlink:href=|\bon\w+=(?=")/);
    const graph = JSON.parse(execFileSync("dot", ["-Tjson"], { input: body }).toString());
    for (const object of graph.objects) {
      if (object.nodes) continue; /* a frame */
      const attributes = Object.keys(object).filter((key) => !/^_/.test(key));
      for (const key of attributes)
        assert.match(key, /^(name|label|shape|color|style|peripheries|fontname|pos|width|height)$/);
      assert.match(object.name, /^n\d+$/);
      drawn.add(lines_of(object.label)[1].replace(/ \(\d+\)$/, ""));
    }
  }
  /* GraphViz takes the quotes' backslashes off and leaves the others. */
  const label = (name) => without_controls(comm_of(name)).replaceAll("\\", "\\\\").replaceAll("&", "&amp;");
  for (const name of Object.keys(NAMES)) assert.ok(drawn.has(label(name)), name);
});

test("as server-sent events: one line of data each", { skip }, async () => {
  const world = await hostile_world();
  const { events, raw, server, id } = world;
  const { data } = await server.json(`${world.api}/findings?limit=10000&kind=fork_split`);
  assert.equal(data.length, 2 * count);
  const seen = new Map();
  for (let last = 0; last < id;) {
    const event = await events.next("snapshot");
    last = event.id;
    assert.equal(event.data.label, (await server.json(`/api/v1/snapshots/${last}`)).label);
    for (const { id, comm } of event.data.findings.new.largest) seen.set(id, comm);
  }
  for (const { id, process } of data) assert.equal(seen.get(id), process.comm);
  const text = raw.join("");
  assert_no_controls(Buffer.from(text));
  for (const block of text
    .split("\n\n")
    .slice(0, -1)
    .filter((block) => block.includes("data:"))) {
    const lines = block.split("\n");
    assert.equal(lines.filter((line) => line.startsWith("data: ")).length, 1, block);
    assert.equal(lines.filter((line) => line.startsWith("event: ")).length, 1, block);
    assert.ok(lines.filter((line) => /^id: [0-9]+$/.test(line)).length <= 1, block);
    assert.ok(
      lines.every((line) => /^(data|event|id): /.test(line)),
      block,
    );
  }
});

test("metrics name no process", { skip }, async () => {
  const world = await hostile_world();
  const { body } = await world.server.request("/metrics");
  const said = execFileSync("promtool", ["check", "metrics"], {
    input: body,
    stdio: ["pipe", "pipe", "pipe"],
  });
  assert.equal(said.toString(), "");
  const text = body.toString("latin1");
  assert.match(text, /^[\x20-\x7e\n]*$/);
  assert.ok(!text.includes(world.directory) && !text.includes("webserver"));
  for (const name of Object.keys(NAMES).filter((name) => comm_of(name).trim().length > 3))
    assert.ok(!text.includes(comm_of(name)), name);
});

test("what the programs log moves no terminal's cursor", { skip }, async () => {
  const world = await hostile_world();
  for (const name of Object.keys(NAMES)) {
    const text = encodeURIComponent(bytes_of(name).toString("latin1"));
    await world.server.request(`${world.api}/processes?nonesuch=${text}`);
    await world.server.request(`/${text}`);
    await world.server.raw(
      Buffer.concat([
        Buffer.from("GET /"),
        bytes_of(name),
        Buffer.from(" HTTP/1.0\r\nHost: localhost\r\n\r\n"),
      ]),
    );
  }
  assert_no_controls(Buffer.from(world.server.stderr));
  assert_no_controls(Buffer.from(world.collector.output));
  assert.match(world.collector.output, /^snapshot 1: /m);
});

const no_page = skip || no_browser;

/* The page has no more of a name than characters that can be seen. */
const shown = (name) =>
  comm_of(name).replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");

/* Asserts that the page says the name, and is made of nothing that a name said. */
async function assert_shown(page, name, scope = "body") {
  await eventually(async () => {
    const text = await page.evaluate(
      (selector) => document.querySelector(selector)?.textContent ?? "",
      scope,
    );
    assert.ok(text.includes(shown(name)), `${name} in ${scope}: ${text}`);
  });
  const made = await page.evaluate(
    () => document.querySelectorAll("body script, img, iframe, object, embed, b").length,
  );
  assert.equal(made, 0, `${name}: elements that the page has not made itself`);
  assert.equal(await page.evaluate(() => document.title.includes("<")), false);
}

async function hostile_page(t, world, fragment) {
  watch_pages(t);
  const page = await open_page(t, `${world.server.url}#/snapshots/${world.id}/${fragment}`);
  return page;
}

/* Of which an HTML page would make something else than text, or show nothing. */
const ON_THE_PAGE = [
  "script",
  "image",
  "close_title",
  "quotes",
  "bidi",
  "newline",
  "latin1",
  "entity",
  "template",
  "proto",
];

test("the page: processes and one process", { skip: no_page }, async (t) => {
  const world = await hostile_world();
  const page = await hostile_page(t, world, "processes");
  for (const name of ON_THE_PAGE) {
    const pid = [...world.name_of].find(([, other]) => other === name)[0];
    await page.goto(`${world.server.url}#/snapshots/${world.id}/processes`);
    await page.locator("#search").fill(String(pid));
    await assert_shown(page, name, "#processes");
    await page.goto(`${world.server.url}#/snapshots/${world.id}/processes/${pid}`);
    await drawn(page, "process");
    await assert_shown(page, name, ".view-process");
  }
});

test("the page: a tree with a process of every name", { skip: no_page }, async (t) => {
  const world = await hostile_world();
  const { data } = await world.server.json(`${world.api}/trees?sort=-mms&limit=1`);
  const page = await hostile_page(t, world, `trees/${data[0].root}`);
  await drawn(page, "tree");
  for (const name of ON_THE_PAGE) {
    const { json } = await world.server.request(`${world.api}/trees/${data[0].root}`);
    const process = json.processes.find(({ pid }) => world.name_of.get(pid) === name);
    assert.equal(process.comm, comm_of(name));
    const vma = json.vmas.find((vma) => vma.mm_id === process.mm_id);
    await page.goto(
      `${world.server.url}#/snapshots/${world.id}/trees/${data[0].root}?select=${vma.anon_vma ?? vma.chain[0]}`,
    );
    await assert_shown(page, name, ".view-tree .details");
  }
});

test("the page: the forest, its executables, the findings", { skip: no_page }, async (t) => {
  const world = await hostile_world();
  const page = await hostile_page(t, world, "trees?sort=root");
  await drawn(page, "forest");
  const findings = await world.server.json(`${world.api}/findings?kind=fork_split&limit=1000`);
  for (const name of ON_THE_PAGE) {
    const { id, process, parent_process } = findings.data.find(
      ({ parent_process }) => world.name_of.get(parent_process.pid) === name,
    );
    await page.goto(`${world.server.url}#/snapshots/${world.id}/trees?sort=root&q=${parent_process.pid}`);
    await assert_shown(page, name, "#forest");
    await page.goto(`${world.server.url}#/snapshots/${world.id}/findings?pid=${process.pid}`);
    await assert_shown(page, name, "#findings");
    await page.goto(`${world.server.url}#/snapshots/${world.id}/findings?pid=${process.pid}&select=${id}`);
    await assert_shown(page, name, ".findings .details");
  }
  await page.goto(`${world.server.url}#/`);
  await eventually(async () => assert.match(await page.locator("body").innerText(), /=cmd\(\)<script>"%n/));
});
