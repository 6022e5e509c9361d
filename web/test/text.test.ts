/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import { problem_sentence } from "../src/api/problem";
import { build_tree } from "../src/model/tree";
import { node_label, printable } from "../src/text/labels";
import { kind_sentence, missed_sentence, quality_sentences } from "../src/text/sentences";
import { address, bytes, count, duration, plural, range, range_bytes } from "../src/text/units";
import { fork_split } from "./documents";

test("numbers carry units and group their digits", () => {
  assert.equal(count(0), "0");
  assert.equal(count(9999), "9999");
  assert.equal(count(10000), "10\u2009000");
  assert.equal(count(1234567), "1\u2009234\u2009567");
  assert.equal(plural(1, "VMA"), "1 VMA");
  assert.equal(plural(2, "child", "children"), "2 children");
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1023), "1023 B");
  assert.equal(bytes(4096), "4 KiB");
  assert.equal(bytes(1536), "1.50 KiB");
  assert.equal(bytes(1048575), "1.00 MiB");
  assert.equal(bytes(3 * 2 ** 40), "3 TiB");
  assert.equal(duration(950), "950 ns");
  assert.equal(duration(4_120_345), "4.12 ms");
  assert.equal(duration(61e9), "1 min 1 s");
  assert.equal(duration(90061e9), "1 d 1 h");
});

test("addresses read as in /proc/PID/maps", () => {
  assert.equal(address("0x400000"), "00400000");
  assert.equal(range("0x7f2a4d6f0000", "0x7f2a4d730000"), "7f2a4d6f0000-7f2a4d730000");
  assert.equal(range_bytes("0xffffffffff600000", "0xffffffffff601000"), 4096);
  assert.equal(range_bytes("junk", "0x1"), 0);
});

test("a missed group is explained with its numbers", () => {
  const document = fork_split();
  const model = build_tree(document);
  assert.equal(
    missed_sentence(model, document.missed_groups[0], 104),
    "fork() gave postgres 101 3 anon_vmas (#10, #11, #12) under parent #3, one for each copied VMA that found " +
      "nothing to reuse, although the VMAs they were copied from shared #3: 2 of them could have been shared, " +
      "2 × 104 B = 208 B.",
  );
});

test("an idle anon_vma says whether fork() may reuse it", () => {
  const model = build_tree(fork_split());
  const node = model.index_of.get(30) as number;
  assert.match(kind_sentence(model, node), /fewer than two children.*may reuse it/);
  model.num_children[node] = 2;
  assert.match(kind_sentence(model, node), /fork\(\) does not reuse it/);
});

test("comm is shown on one line, whatever it holds", () => {
  assert.equal(printable("a\nb\u0007\u202ec"), "a\ufffdb\ufffd\ufffdc");
  const document = fork_split();
  document.processes[0].comm = '<b>"x\u0000';
  const model = build_tree(document);
  assert.equal(node_label(model, model.root).owner, '<b>"x\ufffd 100');
});

test("quality is silent only when nothing is wrong", () => {
  const good = {
    complete: true,
    torn_mms: 0,
    rewalked_mms: 0,
    cut_mms: 0,
    moved_anon_vmas: 0,
    undescribed_anon_vmas: 0,
  };
  assert.deepEqual(quality_sentences(good), []);
  assert.match(
    quality_sentences({ ...good, complete: false, torn_mms: 2 })[0],
    /^2 mms changed while being read/,
  );
});

test("errors become sentences", () => {
  const problem = JSON.stringify({
    type: "about:blank",
    title: "No such snapshot",
    status: 404,
    detail: "Ask for another",
  });
  assert.equal(problem_sentence(404, problem), "No such snapshot. Ask for another.");
  assert.equal(problem_sentence(503, '{"title":"Busy!"}'), "Busy!");
  for (const junk of ["<html>bad gateway</html>", "", "null", "[]", '{"title":7}'])
    assert.equal(problem_sentence(502, junk), "The server answered with status 502 and no explanation.");
});
