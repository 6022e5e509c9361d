/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessAnonVma, ProcessAnonVmas, Vma } from "../src/api/types";
import type { Size } from "../src/layout/size";
import { DrawList, Ink, Mark } from "../src/draw/list";
import { draw_strip, type StripScene } from "../src/draw/strip";
import {
  clamp_strip,
  GAP_WIDTH,
  make_strip,
  NOWHERE,
  reveal_in_strip,
  strip_fit,
  strip_place,
  strip_transform,
  STRIP_MARGIN,
  vma_width,
  zoom_strip,
  type StripCamera,
} from "../src/layout/address_strip";
import {
  build_address_space,
  chain_to_root,
  gap_before,
  hue_of_look,
  pattern_of_look,
  type AddressSpace,
} from "../src/model/address_space";
import { NONE } from "../src/model/tree";
import { golden } from "./golden";

const WIDE: Size = { width: 1100, height: 128 };
const NARROW: Size = { width: 390, height: 128 };
const PAGE = 4096;

const hex = (value: number) => `0x${value.toString(16)}`;

function vma(start: number, bytes: number, chain: number[], more: Partial<Vma> = {}): Vma {
  return {
    vm_start: hex(start),
    vm_end: hex(start + bytes),
    vm_pgoff: "0x0",
    vm_flags: "0x100073",
    permissions: "rw-p",
    dev: null,
    ino: null,
    path: null,
    name: null,
    anon_vma: chain[0] ?? null,
    root: chain[chain.length - 1] ?? null,
    reused: false,
    chain,
    anon_pgoff: null,
    numa_policy: false,
    ...more,
  };
}

function anon_vma(id: number, parent: number | null, more: Partial<ProcessAnonVma> = {}): ProcessAnonVma {
  return {
    id,
    root: 3,
    parent,
    num_children: 0,
    num_active_vmas: 1,
    described: true,
    reusable: false,
    own_vmas: 1,
    active_mms: 1,
    process: { pid: 7, comm: "server" },
    ...more,
  };
}

/** Text of a file, data that was split, a reused heap, and far above a mapping that shares with the data. */
const SPLIT: Vma[] = [
  vma(0x400000, 16 * PAGE, [], { path: "/usr/sbin/server", permissions: "r-xp" }),
  vma(0x410000, 2 * PAGE, [17, 3], { path: "/usr/sbin/server" }),
  vma(0x412000, PAGE, [18, 3], { path: "/usr/sbin/server" }),
  vma(0x900000, 4096 * PAGE, [30, 31, 3], { name: "heap", anon_vma: 30, reused: true }),
  vma(0x7f0000000000, 8 * PAGE, [17, 3]),
  vma(0x7f0000008000, 262144 * PAGE, []),
];

const LINKED: ProcessAnonVmas = {
  mm_id: 1,
  anon_vmas: [
    anon_vma(3, null, { own_vmas: 0 }),
    anon_vma(17, 3),
    anon_vma(18, 3),
    anon_vma(30, 3),
    anon_vma(31, 30, { num_active_vmas: 0, active_mms: 0, process: null, own_vmas: 0 }),
  ],
  missed_groups: [{ parent: 3, anon_vmas: [17, 18], missed_reuse: 1 }],
};

/** `count` VMAs of one page in runs of eight; `id` gives the anon_vma of each. */
function many(count: number, id: (i: number) => number | null): AddressSpace {
  const vmas = Array.from({ length: count }, (_, i) => {
    const own = id(i);
    return vma(0x10000000 + (i + Math.floor(i / 8)) * PAGE, PAGE, own === null ? [] : [own]);
  });
  return build_address_space(vmas, null);
}

function scene_of(space: AddressSpace, screen = WIDE, camera?: StripCamera): StripScene {
  const strip = make_strip(space);
  const at = clamp_strip(camera ?? strip_fit(strip, screen), strip, screen);
  const view = strip_transform(at, screen);
  return { space, strip, ...view, screen, selected: NONE, hover: NONE, related: null };
}

function draw(scene: StripScene): DrawList {
  const list = new DrawList();
  draw_strip(list, scene);
  return list;
}

function marks(list: DrawList, mark: Mark, ink: Ink): number[][] {
  const found: number[][] = [];
  for (let i = 0; i < list.length; i++)
    if (list.mark[i] === mark && list.ink[i] === ink) found.push([...list.at.subarray(i * 4, i * 4 + 4)]);
  return found;
}

const split_space = () => build_address_space(SPLIT, LINKED);

test("golden: shared, split, reused, gaps, one VMA selected", () => {
  const scene = { ...scene_of(split_space()), selected: 1, hover: 3, related: 17 };
  golden("strip_split", draw(scene).describe());
});

test("golden: the same in a narrow window", () => {
  golden("strip_split_narrow", draw(scene_of(split_space(), NARROW)).describe());
});

test("golden: 60,000 VMAs: one anon_vma, one each, none", () => {
  const space = many(60000, (i) => (i < 20000 ? 5 : i < 40000 ? 100 + i : null));
  const scene = scene_of(space);
  golden("strip_60000", draw({ ...scene, selected: 100, related: 5 }).describe());
});

test("golden: 60,000 VMAs, zoomed in to single ones", () => {
  const space = many(60000, (i) => (i % 3 === 2 ? null : 100 + (i % 16)));
  const strip = make_strip(space);
  golden("strip_60000_near", draw(scene_of(space, NARROW, { x: strip.width / 2, zoom: 3 })).describe());
});

test("a VMA is as wide as the logarithm of its pages, between bounds", () => {
  assert.ok(vma_width(PAGE) >= 8, "a page can be seen");
  assert.ok(vma_width(2 ** 30) < 12 * vma_width(PAGE), "a gigabyte does not push the rest out");
  assert.ok(vma_width(2 ** 21) > vma_width(2 ** 20));
  assert.equal(vma_width(2 ** 56), vma_width(2 ** 60));
});

test("gaps are folded: one width, whatever they span", () => {
  const space = split_space();
  const strip = make_strip(space);
  assert.deepEqual(
    SPLIT.map((_, i) => gap_before(space, i) > 0),
    [false, false, false, true, true, false],
  );
  assert.equal(strip.left[1], strip.right[0]);
  assert.equal(strip.left[3] - strip.right[2], GAP_WIDTH);
  assert.equal(strip.left[4] - strip.right[3], GAP_WIDTH, "of 127 TiB too");
  assert.equal(gap_before(space, 4), 0x7f0000000000 - (0x900000 + 4096 * PAGE));
  assert.equal(strip.right[5], strip.width);
});

test("addresses of the highest pages are exact", () => {
  const space = build_address_space(
    [
      vma(0x7ffffffde000, PAGE, []),
      { ...vma(0, 0, []), vm_start: "0xffffffffff600000", vm_end: "0xffffffffff601000" },
    ],
    null,
  );
  assert.equal(space.end[1] - space.start[1], PAGE);
});

test("what is drawn at a place is found there", () => {
  const strip = make_strip(split_space());
  for (let i = 0; i < SPLIT.length; i++) {
    const middle = (strip.left[i] + strip.right[i]) / 2;
    assert.deepEqual(strip_place(strip, middle), { vma: i, in_gap: false });
  }
  assert.deepEqual(strip_place(strip, strip.left[3] - 1), { vma: 3, in_gap: true });
  assert.deepEqual(strip_place(strip, -1), NOWHERE);
  assert.deepEqual(strip_place(strip, strip.width), NOWHERE);
  assert.deepEqual(strip_place(make_strip(build_address_space([], null)), 0), NOWHERE);
});

test("one active anon_vma has one look, far apart too, and neighbours differ in two ways", () => {
  const { look } = split_space();
  assert.equal(look[1], look[4]);
  assert.equal(look[0], NONE);
  const looks = new Set<string>();
  for (let i = 0; i < 32; i++) {
    looks.add(`${hue_of_look(i)} ${pattern_of_look(i)}`);
    assert.notEqual(hue_of_look(i), hue_of_look(i + 1));
    assert.notEqual(pattern_of_look(i), pattern_of_look(i + 1), `${i}`);
  }
  assert.equal(looks.size, 32);
});

test("members of missed groups are hatched and outlined, reused ones have a diamond", () => {
  const list = draw(scene_of(split_space()));
  assert.equal(marks(list, Mark.Hatch, Ink.Missed).length, 3, "#17 twice, #18");
  assert.equal(marks(list, Mark.Outline, Ink.Missed).length, 3);
  assert.equal(marks(list, Mark.DiamondFull, Ink.Active).length, 1);
  assert.equal(marks(draw(scene_of(build_address_space(SPLIT, null))), Mark.Hatch, Ink.Missed).length, 0);
});

test("what is linked to the selected anon_vma is told apart from where it is active", () => {
  const list = draw({ ...scene_of(split_space()), related: 3 });
  const bars = marks(list, Mark.Rect, Ink.Selected);
  assert.equal(bars.length, 4, "every chain has the root");
  assert.ok(
    bars.every(([, , , height]) => height === 1),
    "nobody here has it active",
  );
  const own = marks(draw({ ...scene_of(split_space()), related: 17 }), Mark.Rect, Ink.Selected);
  assert.deepEqual(
    own.map(([, , , height]) => height),
    [4, 4],
  );
});

test("60,000 VMAs cost what the window shows, and all are there", () => {
  const scene = scene_of(many(60000, (i) => 100 + i));
  const list = draw(scene);
  assert.ok(list.length < 300, `${list.length} marks`);
  const alternating = draw(scene_of(many(60000, (i) => (Math.floor(i / 200) % 2 ? null : 5))));
  assert.ok(alternating.length < 4000, `${alternating.length} marks`);
  const several = marks(list, Mark.Rect, Ink.Fold);
  const wide = several.reduce((sum, [, , width]) => sum + width, 0);
  assert.ok(wide > WIDE.width - 2 * STRIP_MARGIN - 8, `${wide} pixels`);
});

test("a missed VMA among thousands is seen without zooming in", () => {
  const { vmas } = many(60000, () => 5);
  vmas[31234] = { ...vmas[31234], anon_vma: 17, chain: [17, 3] };
  vmas[31235] = { ...vmas[31235], anon_vma: 18, chain: [18, 3] };
  const list = draw(scene_of(build_address_space(vmas, LINKED)));
  assert.ok(marks(list, Mark.Rect, Ink.Missed).length >= 1);
});

test("zooming keeps what is under the pointer, and ends at the whole strip", () => {
  const strip = make_strip(many(5000, () => 5));
  let camera = strip_fit(strip, WIDE);
  const at = (c: StripCamera, x: number) => (x - strip_transform(c, WIDE).offset) / c.zoom;
  const before = at(camera, 700);
  camera = zoom_strip(camera, strip, WIDE, 700, 8);
  assert.ok(Math.abs(at(camera, 700) - before) < 1e-6);
  camera = zoom_strip(camera, strip, WIDE, 100, 1e9);
  assert.ok(camera.zoom <= 24);
  camera = zoom_strip(camera, strip, WIDE, 100, 1e-9);
  assert.deepEqual(camera, strip_fit(strip, WIDE));
});

test("the camera stays on the strip, and a short one begins at the left", () => {
  const strip = make_strip(many(5000, () => 5));
  for (const x of [-1e9, 1e9]) {
    const { scale, offset } = strip_transform(clamp_strip({ x, zoom: 2 }, strip, WIDE), WIDE);
    assert.ok(offset <= STRIP_MARGIN + 1e-6);
    assert.ok(strip.width * scale + offset >= WIDE.width - STRIP_MARGIN - 1e-6);
  }
  const short = make_strip(many(2, () => 5));
  const fit = strip_fit(short, WIDE);
  assert.ok(Math.abs(strip_transform(fit, WIDE).offset - STRIP_MARGIN) < 1e-9);
  assert.ok(fit.zoom <= 4);
});

test("a selected VMA comes into the window, and one that is there moves nothing", () => {
  const strip = make_strip(many(5000, () => 5));
  const camera = clamp_strip({ x: 0, zoom: 2 }, strip, WIDE);
  for (const i of [4000, 4999, 0, 2500]) {
    const { scale, offset } = strip_transform(reveal_in_strip(camera, strip, WIDE, i), WIDE);
    const left = strip.left[i] * scale + offset;
    assert.ok(left >= 0 && strip.right[i] * scale + offset <= WIDE.width, `${i} at ${left}`);
  }
  assert.equal(reveal_in_strip(camera, strip, WIDE, 20), camera);
});

test("a chain goes from its own end to the root, whatever its order in the list", () => {
  const space = split_space();
  const ids = (chain: number[]) => chain_to_root(space, chain).map((link) => link.id);
  assert.deepEqual(ids([3, 17]), [17, 3]);
  assert.deepEqual(ids([30, 31, 3]), [31, 30, 3], "the deepest first, also when reused");
  assert.deepEqual(ids([99, 3]), [99, 3], "what is not known stays where it is");
  assert.equal(chain_to_root(build_address_space(SPLIT, null), [17, 3])[0].anon_vma, null);
});

test("a parent that leads round in a circle ends", () => {
  const space = build_address_space([], { ...LINKED, anon_vmas: [anon_vma(8, 9), anon_vma(9, 8)] });
  assert.equal(chain_to_root(space, [8, 9]).length, 2);
});

test("nothing to draw is no error", () => {
  assert.doesNotThrow(() => draw(scene_of(build_address_space([], null))));
  assert.doesNotThrow(() => draw({ ...scene_of(split_space()), selected: 99, hover: 99 }));
});
