/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import { problem_sentence } from "../src/api/problem";
import { change_and_share, change_text } from "../src/text/change";
import { range_bytes } from "../src/model/address_space";
import { GLOSSARY } from "../src/text/glossary";
import { node_label, printable } from "../src/text/labels";
import { kind_sentence, missed_sentence, quality_sentences, rwsem_text } from "../src/text/sentences";
import { address, bytes, count, duration, mean_vmas, plural, range, short_time } from "../src/text/units";
import { build_tree, fork_split } from "./documents";
import type { Finding, Invariant } from "../src/api/types";
import {
  cost_text,
  detail_facts,
  figures_text,
  found_text,
  from_text,
  invariants_sentence,
  none_sentence,
  objects_name,
  size_text,
  subject_text,
} from "../src/text/findings";

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
  model.reusable[node] = 0;
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

const thresholds = { deep_chain: 8, wide_rmap: 64, wide_lock: 64 };

function finding(kind: string, more: Partial<Finding> = {}): Finding {
  return {
    id: 1,
    kind,
    title: kind,
    sentence: "",
    since: { snapshot: 1, taken_at: null },
    process: null,
    mm_id: null,
    anon_vma: null,
    root: null,
    vm_start: null,
    size: 3,
    size_name: "size",
    details: {},
    vmas: 0,
    anon_vmas: 0,
    avcs: 0,
    bytes: 0,
    rule: null,
    parent_process: null,
    ...more,
  };
}

test("a finding is told from others by its figures", () => {
  const split = { size: 3, anon_vmas: 2, details: { khlebnikov_v2_saves: 1, blocked_merges: 0 } };
  assert.equal(
    figures_text(finding("fork_split", split)),
    "2 of 3 anon_vmas could be saved; v2 saves up to 1",
  );
  assert.equal(
    figures_text(finding("idle_anon_vma", { size: 8, details: { linked_mms: 1, reusable: true } })),
    "kept by 8 VMAs of 1 process (mm), reusable",
  );
  assert.equal(
    figures_text(finding("wide_rmap", { size: 64, details: { covered_pages: 4, covered_visits: 10 } })),
    "up to 64 VMAs a page, mean 2.50",
  );
  assert.equal(
    figures_text(finding("deep_chain", { size: 9, details: { deep_vmas: 2, threshold: 8 } })),
    "longest 9 AVCs; 2 VMAs above 8",
  );
  assert.equal(
    figures_text(finding("invariant", { details: { expected: 3, observed: 4 } })),
    "expected 3, observed 4",
  );
  assert.equal(figures_text(finding("of_another_server", { sentence: "All of it." })), "All of it.");
});

test("a finding is named by the anon_vma that it is about, not by its tree", () => {
  assert.equal(subject_text(finding("idle_anon_vma", { anon_vma: 224, root: 11 })), "#224");
  assert.equal(subject_text(finding("merge_blocked", { vm_start: "0x7f00", root: 11 })), "00007f00");
  assert.equal(subject_text(finding("invariant", { root: 11 })), "");
});

test("what is counted and from when on it counts is said", () => {
  assert.equal(found_text("fork_split", 31), "31 groups");
  assert.equal(found_text("idle_anon_vma", 1), "1 anon_vma");
  assert.equal(found_text("of_another_server", 2), "2 findings");
  assert.equal(from_text("wide_lock", thresholds), "from 64 processes (mms)");
  assert.equal(from_text("deep_chain", thresholds), "from 9 AVCs");
  assert.equal(from_text("fork_split", thresholds), "");
  assert.equal(from_text("wide_lock", undefined), "");
});

test("a finding's numbers carry their units", () => {
  assert.equal(size_text(finding("fork_split")), "3 anon_vmas");
  assert.equal(size_text(finding("merge_blocked", { size: 1 })), "1 merge");
  assert.equal(size_text(finding("wide_lock")), "3 processes (mms)");
  assert.equal(size_text(finding("of_another_server")), "3");
  assert.equal(cost_text({ vmas: 1, anon_vmas: 2, avcs: 0, bytes: 400 }), "1 VMA, 2 anon_vmas = 400 B");
  const lock = finding("wide_lock", { vmas: 204, anon_vmas: 202, avcs: 456, bytes: 202 * 104 + 456 * 64 });
  assert.equal(cost_text(lock), "202 anon_vmas, 456 AVCs = 49.0 KiB; linked to 204 VMAs");
  const merge = finding("merge_blocked", { vmas: 1, avcs: 2, bytes: 184 + 2 * 64 });
  assert.equal(cost_text(merge), "1 VMA, 2 AVCs = 312 B");
  assert.equal(cost_text({ vmas: 0, anon_vmas: 0, avcs: 0, bytes: 0 }), "nothing");
  assert.equal(objects_name("fork_split").name, "could be saved");
  assert.equal(objects_name("wide_lock").name, "rmap objects");
  assert.deepEqual(
    detail_facts(
      finding("merge_blocked", { details: { vm_end: "0x7f00", reusable: true, of_later: 12345 } }),
    ),
    [
      ["run ends at", "00007f00"],
      ["next fork() may reuse it", "yes"],
      ["of later", "12\u2009345"],
    ],
  );
  assert.deepEqual(detail_facts(finding("deep_chain", { details: { deep_vmas: 1, threshold: 8 } })), [
    ["with such a chain", "1 VMA"],
    ["threshold", "8 AVCs"],
  ]);
});

test("that there is no finding is said with what it means", () => {
  const none = { kind: null, exe: null, pid: null, root: null, min_bytes: null };
  assert.match(
    none_sentence(none, thresholds),
    /^Nothing found in this snapshot: no fork\(\) gave .*8 AVCs.*; and /,
  );
  assert.equal(
    none_sentence({ ...none, kind: "deep_chain" }, thresholds),
    "None in this snapshot: no chain is longer than 8 AVCs.",
  );
  assert.equal(
    none_sentence({ ...none, pid: 7, root: 3 }, thresholds),
    "No finding of process 7 and tree #3 in this snapshot.",
  );
  assert.equal(
    none_sentence({ ...none, kind: "wide_lock", pid: 7 }, thresholds),
    "No such finding of process 7 in this snapshot.",
  );
});

test("invariants: violated, and explained by a race", () => {
  const rule = (violated: number, torn: number): Invariant => ({
    number: 1,
    rule: "x",
    statement: "",
    checked: 10,
    held: 10 - violated - torn,
    violated,
    excused: { torn, moved: 0 },
  });
  assert.equal(
    invariants_sentence([rule(0, 0), rule(0, 0)]),
    "2 rules that mm/rmap.c relies on, 20 checks: none violated.",
  );
  assert.equal(
    invariants_sentence([rule(1, 2)]),
    "1 rule that mm/rmap.c relies on, 10 checks: 1 violated, 2 not held but explained by a race.",
  );
});

test("a root's lock and a mean over no page", () => {
  const lock = { state: "idle", readers: 0, waiters: false, count: "0x0" } as const;
  assert.equal(rwsem_text(lock), "free");
  assert.equal(rwsem_text({ ...lock, state: "readers", readers: 2, waiters: true }), "2 readers, waiters");
  assert.equal(rwsem_text({ ...lock, state: "writer" }), "one writer");
  assert.equal(rwsem_text(null), "not read");
  assert.equal(mean_vmas(null), "no page");
  assert.equal(mean_vmas(1), "1 VMA");
  assert.equal(mean_vmas(2.0320486), "2.03 VMAs");
});

test("errors become sentences", () => {
  const problem = JSON.stringify({
    type: "about:blank",
    title: "No such snapshot",
    status: 404,
    detail: "Ask for another",
  });
  assert.equal(problem_sentence(400, problem), "No such snapshot. Ask for another.");
  /* Of what is not there, without the way through the API. */
  const missing = (detail: string) => problem_sentence(404, JSON.stringify({ title: "Not Found", detail }));
  assert.equal(
    missing("There is no snapshot 9; /api/v1/snapshots lists those there are."),
    "There is no snapshot 9.",
  );
  assert.equal(
    missing("from: no snapshot has the label a; b; give an id."),
    "no snapshot has the label a; b.",
  );
  assert.equal(problem_sentence(503, '{"title":"Busy!"}'), "Busy!");
  for (const junk of ["<html>bad gateway</html>", "", "null", "[]", '{"title":7}'])
    assert.equal(problem_sentence(502, junk), "The server answered with status 502 and no explanation.");
});

test("a change says its direction, its unit and its share", () => {
  assert.equal(change_text(13, 13, count), "same");
  assert.equal(change_text(13, 8, count), "−5");
  assert.equal(change_and_share(6888, 6368, bytes), "−520 B (−7.5 %)");
  assert.equal(change_and_share(100, 350, count), "+250 (+250 %)");
  assert.equal(change_and_share(0, 5, count), "+5");
  assert.equal(change_and_share(0, 0, count), "same");
});

test("a time of the same day is a clock's, of another day it has the day", () => {
  const [noon, later, day_before] = ["2026-11-21T12:00:05", "2026-11-21T18:30:00", "2026-11-20T12:00:05"];
  assert.equal(short_time(noon, later), "12:00:05");
  assert.equal(short_time(day_before, later), "11-20 12:00");
  assert.equal(short_time("never", later), "never");
});

test("every term of the glossary is named once and explained without a full stop", () => {
  const entries = Object.values(GLOSSARY);
  assert.equal(new Set(entries.map(({ term }) => term)).size, entries.length);
  for (const { term, says } of entries) {
    assert.ok(says.length > 30 && !says.endsWith("."), term);
    assert.ok(!says.startsWith(`${term} `), `${term} is not explained by itself`);
  }
});
