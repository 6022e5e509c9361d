/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForkDocument, ForkPolicy, ForkVma, Vma } from "../src/api/types";
import type { Size } from "../src/layout/size";
import {
  columns_of,
  draw_fork,
  fork_height,
  fork_row_at,
  strip_scroll,
  type ForkScene,
} from "../src/draw/fork";
import { DrawList, Ink, Mark } from "../src/draw/list";
import { FORK_HEADER, FORK_ROW, longest_name } from "../src/layout/fork_columns";
import { CHAR_WIDTH } from "../src/layout/picture";
import { build_address_space, HUES, hue_of_look, pattern_of_look } from "../src/model/address_space";
import { build_fork, child_mark, fork_id_text, type ForkModel } from "../src/model/fork";
import { NONE } from "../src/model/tree";
import { outcome_of } from "../src/text/outcome";
import { golden } from "./golden";

const WIDE: Size = { width: 835, height: 400 };
const NARROW: Size = { width: 390, height: 300 };

const hex = (value: number) => `0x${value.toString(16)}`;

function vma(k: number, active: number | null, chain: number[], more: Partial<Vma> = {}): Vma {
  return {
    vm_start: hex(0x7f0000000000 + k * 0x10000),
    vm_end: hex(0x7f0000000000 + k * 0x10000 + 0x10000),
    vm_pgoff: "0x0",
    vm_flags: "0x100073",
    permissions: "rw-p",
    dev: null,
    ino: null,
    path: null,
    name: null,
    anon_vma: active,
    root: chain[chain.length - 1] ?? null,
    reused: false,
    chain,
    anon_pgoff: null,
    numa_policy: false,
    ...more,
  };
}

function copy(parent: Vma, anon_vma: number | null, chain: number[], more: Partial<ForkVma> = {}): ForkVma {
  const { vm_start, vm_end, permissions, path, name } = parent;
  return {
    vm_start,
    vm_end,
    permissions,
    path,
    name,
    anon_vma,
    chain,
    reused: false,
    shared: false,
    ...more,
  };
}

function document_of(vmas: ForkVma[]): ForkDocument {
  return {
    policy: "khlebnikov_v2",
    kernels: "",
    description: "",
    policy_observed: false,
    kernel_policy: "counters",
    kernel_policy_observed: false,
    process: { pid: 7, comm: "server" },
    allocates: { vmas: vmas.length, anon_vmas: 1, avcs: 4, bytes: 400 },
    violations: [],
    vmas,
    new_anon_vmas: [],
    changes: [],
    policies: [],
  };
}

/** Three VMAs on one anon_vma that the child shares too, a file, a reuse, one wiped, one left out. */
function parents(): Vma[] {
  return [
    vma(0, null, [], { path: "/usr/sbin/server", permissions: "r-xp" }),
    vma(1, 3, [3]),
    vma(2, 3, [3], { permissions: "r--p" }),
    vma(3, 3, [3]),
    vma(4, 12, [12, 11, 3], { name: "heap" }),
    vma(5, 13, [13]),
    vma(6, 14, [14]),
  ];
}

function shared_model(): ForkModel {
  const vmas = parents();
  return build_fork(
    vmas,
    document_of([
      copy(vmas[0], null, []),
      copy(vmas[1], -1, [-1, 3]),
      copy(vmas[2], -1, [-1, 3], { shared: true }),
      copy(vmas[3], -1, [-1, 3], { shared: true }),
      copy(vmas[4], 11, [12, 11, 3], { reused: true }),
      copy(vmas[5], null, []),
    ]),
  );
}

/** As a rule that breaks what mm/rmap.c relies on would have it. */
function broken_model(): ForkModel {
  const vmas = parents().slice(1, 3);
  return build_fork(
    vmas,
    document_of([copy(vmas[0], -1, [-1, 3]), copy(vmas[1], -1, [3], { shared: true })]),
  );
}

/** `count` VMAs on one anon_vma, which fork() gives one each. */
function large_model(count: number, depth = 1): ForkModel {
  const chain = Array.from({ length: depth }, (_, i) => 3 + i);
  const vmas = Array.from({ length: count }, (_, k) => vma(k, 3, chain));
  return build_fork(vmas, document_of(vmas.map((parent, k) => copy(parent, -1 - k, [-1 - k, ...chain]))));
}

function scene_of(model: ForkModel, screen = WIDE, scroll = 0, selected = NONE): ForkScene {
  const titles = { parent: "server 7", child: "child" };
  return { model, longest_name: longest_name(model), screen, scroll, selected, hover: NONE, titles };
}

function draw(scene: ForkScene): DrawList {
  const list = new DrawList();
  draw_fork(list, scene);
  return list;
}

test("golden: a child under khlebnikov_v2, one VMA selected", () => {
  golden("fork_shared", draw(scene_of(shared_model(), WIDE, 0, 2)).describe());
});

test("golden: the same in a narrow window", () => {
  golden("fork_shared_narrow", draw(scene_of(shared_model(), NARROW)).describe());
});

test("golden: a child that is not linked to its active anon_vma", () => {
  golden("fork_broken", draw(scene_of(broken_model())).describe());
});

test("golden: the parent alone, while the child is on its way", () => {
  golden("fork_parent", draw(scene_of(build_fork(parents(), null))).describe());
});

test("no word runs into the chain behind it", () => {
  for (const width of [320, 500, 600, 800, 1200]) {
    const scene = scene_of(broken_model(), { width, height: 300 });
    const list = draw(scene);
    const { mark_x, child_chain_x } = columns_of(scene);
    const word = list.text.find((text) => text.startsWith("!")) as string;
    assert.ok(mark_x + word.length * CHAR_WIDTH + 4 < child_chain_x, `${width}: ${word}`);
  }
});

test("each VMA says what fork() did for it", () => {
  assert.deepEqual(shared_model().rows.map(child_mark), [
    "",
    "",
    "shared",
    "shared",
    "reused",
    "wiped",
    "not copied",
  ]);
  assert.deepEqual(broken_model().rows.map(child_mark), ["", "unlinked"]);
});

test("anon_vmas are told apart by number, and neighbours by colour", () => {
  const { looks, rows } = large_model(40);
  assert.equal(fork_id_text(-3), "new 3");
  assert.equal(fork_id_text(3), "#3");
  const hue = (i: number) => hue_of_look(looks.get(rows[i].child?.anon_vma as number) as number);
  for (let i = 1; i < rows.length; i++) {
    assert.notEqual(hue(i - 1), hue(i));
    assert.ok(hue(i) >= 0 && hue(i) < HUES);
  }
});

test("under every policy an anon_vma looks as in the address strip", () => {
  const strip = build_address_space(parents(), null).look_of;
  assert.equal(strip.size, 5, "active ones and those they are linked to");
  for (const model of [shared_model(), build_fork(parents(), null)])
    for (const [id, look] of strip) assert.equal(model.looks.get(id), look, `#${id}`);
  const list = draw(scene_of(build_fork(parents(), null)));
  const row = 4;
  const { parent_x } = columns_of(scene_of(build_fork(parents(), null)));
  const cuts = Array.from(list.ink.subarray(0, list.length), (ink, i) => [
    ink,
    ...list.at.subarray(i * 4, i * 4 + 4),
  ])
    .filter(([ink, x, y]) => ink === Ink.Halo && x === parent_x && y > FORK_HEADER + row * FORK_ROW)
    .filter(([, , y]) => y < FORK_HEADER + (row + 1) * FORK_ROW);
  assert.equal(cuts.length, pattern_of_look(strip.get(12) as number));
});

test("a band is joined where neighbours share it, and only there", () => {
  const list = draw(scene_of(shared_model()));
  const bands: [number, number, number][] = [];
  for (let i = 0; i < list.length; i++)
    if (list.mark[i] === Mark.Hatch) bands.push([...list.at.subarray(i * 4, i * 4 + 4)].slice(1) as never);
  assert.equal(bands.length, 3, "three VMAs of the child lie on a new anon_vma");
  const [first, second, third] = bands.map(([y, , height]) => ({ from: y, to: y + height }));
  assert.equal(first.to, second.from);
  assert.equal(second.to, third.from);
  assert.ok(first.from > FORK_HEADER + FORK_ROW, "open above");
});

test("a selected VMA and its counterpart are framed alike", () => {
  const list = draw(scene_of(shared_model(), WIDE, 0, 2));
  const frames: number[][] = [];
  for (let i = 0; i < list.length; i++)
    if (list.mark[i] === Mark.Outline && list.ink[i] === Ink.Selected)
      frames.push([...list.at.subarray(i * 4, i * 4 + 4)]);
  assert.equal(frames.length, 2);
  assert.equal(frames[0][1], frames[1][1], "in one row");
  assert.ok(frames[0][0] + frames[0][2] < frames[1][0], "side by side");
});

test("a row is found where it is drawn, scrolled or not", () => {
  const model = large_model(5000);
  assert.equal(fork_row_at(model, 0, FORK_HEADER - 1), NONE);
  assert.equal(fork_row_at(model, 0, FORK_HEADER), 0);
  assert.equal(fork_row_at(model, 70 * FORK_ROW, FORK_HEADER + 5), 70);
  assert.equal(fork_row_at(model, 0, fork_height(model) + 10), NONE);
});

test("5,000 VMAs cost what the window shows, and all of them are in the strip", () => {
  const scene = scene_of(large_model(5000), WIDE, 2500 * FORK_ROW);
  const list = draw(scene);
  assert.ok(list.length < 1200, `${list.length} marks`);
  for (let i = 0; i < list.length; i++) {
    const y = list.at[i * 4 + 1];
    assert.ok(y > -FORK_ROW && y < WIDE.height + FORK_ROW, list.describe()[i]);
  }
  const middle = strip_scroll(scene, 5, FORK_HEADER + (WIDE.height - FORK_HEADER) / 2) as number;
  assert.ok(Math.abs(middle + WIDE.height / 2 - 2500 * FORK_ROW) < WIDE.height, `${middle}`);
  assert.equal(strip_scroll(scene, 200, 100), null, "beside the strip");
  assert.equal(strip_scroll(scene_of(shared_model()), 5, 100), null, "all rows are in view: no strip");
});

for (const [model, what] of [
  [shared_model(), "short chains"],
  [large_model(30, 12), "chains of 12"],
  [large_model(30, 400), "chains of 400"],
  [build_fork([vma(0, 1234567, [1234567, 1234566])], null), "ids of seven digits"],
] as [ForkModel, string][])
  test(`columns keep their order and stay in the window: ${what}`, () => {
    for (let width = 320; width <= 1600; width += 20) {
      const c = columns_of(scene_of(model, { width, height: 300 }));
      const places = [0, c.label_x, c.parent_x, c.parent_chain_x, c.child_x, c.mark_x, c.child_chain_x];
      for (let i = 1; i < places.length; i++) assert.ok(places[i] > places[i - 1], `${width}: ${places}`);
      const cut = c.child_cells < model.child_cells ? 4 * CHAR_WIDTH : 0;
      assert.ok(
        c.child_chain_x + c.child_cells * c.cell + cut <= width + 1,
        `${width}: the chain ends outside`,
      );
    }
  });

test("what a chain has beyond its columns is counted", () => {
  const list = draw(scene_of(large_model(5, 400)));
  const rest = list.text.filter((text) => /^\+[0-9]+$/.test(text));
  assert.equal(rest.length, 10, "of each parent and child");
  assert.ok(rest.every((text) => Number(text) > 300));
});

test("a list with the child of another set of VMAs is no error", () => {
  const model = build_fork(parents().slice(0, 2), document_of([copy(vma(40, 9, [9]), -1, [-1, 9])]));
  assert.deepEqual(
    model.rows.map((row) => row.child),
    [null, null],
  );
  assert.doesNotThrow(() => draw(scene_of(model)));
  assert.doesNotThrow(() => draw(scene_of(build_fork([], null))));
});

test("what the policies save is said against the kernel's own", () => {
  const row = (policy: string, anon_vmas: number, bytes: number, violations: string[] = []): ForkPolicy => ({
    policy,
    kernels: "",
    description: "",
    anon_vmas,
    avcs: 0,
    bytes,
    reused_vmas: 0,
    shared_vmas: 0,
    max_chain: 1,
    violations,
  });
  const document = document_of([]);
  document.policies = [
    row("counters", 13, 6000),
    row("khlebnikov_v2", 8, 5480),
    row("yang", 8, 5160, ["shares_root"]),
    row("degree", 13, 6000),
    row("reversed", 13, 5900),
    row("chain", 15, 6208),
  ];
  assert.deepEqual(outcome_of(document), {
    chosen: "khlebnikov_v2 5 = 520 B",
    others: "yang 5 = 840 B !, reversed 100 B, chain −2 = −208 B",
  });
  assert.deepEqual(outcome_of({ ...document, policy: "counters" }), {
    chosen: "",
    others: "khlebnikov_v2 5 = 520 B, yang 5 = 840 B !, reversed 100 B, chain −2 = −208 B",
  });
  const same = { ...document, policy: "counters", policies: document.policies.slice(0, 1) };
  assert.deepEqual(outcome_of(same), { chosen: "", others: "no other" });
  assert.equal(outcome_of({ ...document, policy: "degree" })?.chosen, "degree nothing");
  assert.equal(outcome_of({ ...document, policies: [] }), null);
});
