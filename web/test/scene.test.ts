/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fit_camera, transform_of, zoom_at, type Camera } from "../src/draw/camera";
import type { Size } from "../src/layout/size";
import { DrawList, Ink, Mark } from "../src/draw/list";
import { hit, hit_group } from "../src/draw/hit";
import type { Scene } from "../src/draw/level";
import { draw_tree } from "../src/draw/scene";
import { CHAR_WIDTH, make_picture } from "../src/layout/picture";
import { NONE, type TreeModel } from "../src/model/tree";
import { build_visible } from "../src/model/visible";
import { type Spec, build_tree, fork_split, make_document } from "./documents";
import { golden } from "./golden";

const screen: Size = { width: 900, height: 500 };

function scene_of(model: TreeModel, camera: Camera | null, grouped = true, size = screen): Scene {
  const picture = make_picture(model, build_visible(model, { grouped, open: new Set() }));
  const transform = transform_of(camera ?? fit_camera(picture, size), picture, size);
  return { model, picture, transform, screen: size, selected: NONE, hover: NONE, selected_group: NONE };
}

function draw(scene: Scene): DrawList {
  const list = new DrawList();
  draw_tree(list, scene);
  return list;
}

function fan(count: number): TreeModel {
  const specs: Spec[] = [{ id: 1, pid: 1 }];
  for (let i = 0; i < count; i++) specs.push({ id: 2 + i, parent: 1, pid: 10 + i });
  return build_tree(make_document(specs));
}

test("golden: missed reuse in two children, an idle anon_vma", () => {
  const scene = scene_of(build_tree(fork_split()), null);
  scene.selected = scene.picture.visible.visible_of[scene.model.index_of.get(11) as number];
  golden("fork_split", draw(scene).describe());
});

test("golden: the same, too small for labels of each", () => {
  const size = { width: 390, height: 90 };
  const scene = scene_of(build_tree(fork_split()), null, true, size);
  golden("fork_split_small", draw(scene).describe());
});

test("golden: a folded server", () => {
  const specs: Spec[] = [{ id: 1, pid: 10 }];
  for (let i = 0; i < 60; i++)
    for (let k = 0; k < 3; k++) specs.push({ id: 100 + i * 3 + k, parent: 1, pid: 100 + i });
  golden("folded", draw(scene_of(build_tree(make_document(specs)), null)).describe());
});

/** An idle anon_vma that can be reused, one that cannot, and two that were. */
function reuse(): TreeModel {
  return build_tree(
    make_document([
      { id: 3, pid: 100 },
      { id: 10, parent: 3 },
      { id: 11, parent: 10, pid: 101, reused: true },
      { id: 20, parent: 3 },
      { id: 21, parent: 20, pid: 102 },
      { id: 22, parent: 20, pid: 102, reused: true },
    ]),
  );
}

test("golden: reused and reusable anon_vmas have marks of their own", () => {
  const list = draw(scene_of(reuse(), null));
  const count_of = (mark: Mark, ink: Ink) =>
    [...list.mark.subarray(0, list.length)].filter((m, i) => m === mark && list.ink[i] === ink).length;
  assert.equal(count_of(Mark.DiamondFull, Ink.Active), 1);
  assert.equal(count_of(Mark.DiamondFull, Ink.Missed), 1, "missed and reused at once");
  assert.equal(count_of(Mark.Diamond, Ink.Idle), 2);
  assert.equal(count_of(Mark.Disc, Ink.Idle), 1, "the dot of the one that is reusable");
  golden("reuse", list.describe());
});

test("golden: a fan merged into runs", () => {
  golden("fan", draw(scene_of(fan(2000), null, false)).describe());
});

test("missed reuse is hatched, outlined and named, once per group", () => {
  const list = draw(scene_of(build_tree(fork_split()), null));
  const marks = [...list.mark.subarray(0, list.length)];
  assert.equal(marks.filter((m) => m === Mark.Hatch).length, 2);
  assert.equal(marks.filter((m) => m === Mark.Outline).length, 2);
  assert.equal(list.text.filter((text) => text === "missed reuse ×2").length, 2);
});

test("in a narrow window the root is named in full", () => {
  const room = (width: number) => {
    const list = draw(scene_of(build_tree(fork_split()), null, true, { width, height: 300 }));
    const text = /^text-strong text \S+ \S+ \S+ (\S+) "postgres 100"$/m.exec(list.describe().join("\n"));
    return Number(text?.[1]);
  };
  for (const width of [390, 420, 800]) assert.ok(room(width) >= "postgres 100".length * CHAR_WIDTH);
});

test("a band holds all its siblings and nobody else", () => {
  const scene = scene_of(build_tree(fork_split()), null);
  const list = draw(scene);
  const bands: [number, number][] = [];
  for (let i = 0; i < list.length; i++)
    if (list.mark[i] === Mark.Hatch)
      bands.push([list.at[i * 4 + 1], list.at[i * 4 + 1] + list.at[i * 4 + 3]]);
  const { picture, transform } = scene;
  for (let v = 1; v < 8; v++) {
    const y = picture.y[v] * transform.scale_y + transform.offset_y;
    const inside = bands.filter(([top, bottom]) => y > top && y < bottom).length;
    assert.equal(inside, picture.missed[v] === NONE ? 0 : 1);
  }
});

test("labels do not overlap", () => {
  for (const zoom of [0.3, 0.5, 0.62, 0.8, 1, 1.7]) {
    const list = draw(scene_of(build_tree(fork_split()), { x: 200, y: 100, zoom }));
    const boxes: { x: number; y: number; right: number; text: string }[] = [];
    for (let i = 0; i < list.length; i++) {
      if (list.text_of[i] < 0) continue;
      const text = list.text[list.text_of[i]];
      const [x, y, size, max] = list.at.subarray(i * 4, i * 4 + 4);
      const width = text.length * size * 0.602;
      boxes.push({ x, y, right: x + (max > 0 ? Math.min(max, width) : width), text });
    }
    for (const a of boxes)
      for (const b of boxes)
        if (a !== b && a.y <= b.y && b.y - a.y < 8 && a.x < b.right - 1 && b.x < a.right - 1)
          assert.fail(`zoom ${zoom}: "${a.text}" and "${b.text}" overlap`);
  }
});

for (const [shape, parent] of [
  ["fan", () => 1],
  ["chain", (id: number) => id - 1],
  ["binary tree", (id: number) => id >> 1],
] as [string, (id: number) => number][])
  test(`deciding what to draw of a ${shape} of 100,000 fits a frame`, () => {
    const specs: Spec[] = [{ id: 1, pid: 1 }];
    for (let id = 2; id <= 100_000; id++) specs.push({ id, parent: parent(id) });
    const document = make_document(specs.slice(0, 2));
    document.anon_vmas = specs.map((s) => ({
      ...document.anon_vmas[0],
      id: s.id,
      parent: s.parent ?? null,
      mm_id: s.id % 3 ? 1001 : null,
      num_active_vmas: s.id % 3 ? 1 : 0,
    }));
    const model = build_tree(document);
    for (const camera of [null, { x: 300, y: 40_000, zoom: 1 }, { x: 300, y: 40_000, zoom: 0.05 }]) {
      const scene = scene_of(model, camera, false);
      const list = draw(scene);
      /* What a frame costs follows the marks, not the nodes. */
      assert.ok(list.length < 10_000, `${list.length} marks`);
    }
  });

test("what the window does not show is not drawn", () => {
  const model = fan(5000);
  const near = draw(scene_of(model, { x: 300, y: 40_000, zoom: 1 }, false));
  assert.ok(near.length < 400, `${near.length} marks`);
  for (let i = 0; i < near.length; i++) {
    const y = near.at[i * 4 + 1];
    assert.ok(y > -100 && y < screen.height + 100, near.describe()[i]);
  }
});

test("a merged run carries its number", () => {
  const list = draw(scene_of(fan(2000), null, false));
  assert.ok(list.length < 700, `${list.length} marks`);
  assert.ok(list.text.includes("2000 anon_vmas"), list.text.join());
});

test("a click finds the node that is drawn there", () => {
  const scene = scene_of(build_tree(fork_split()), { x: 200, y: 100, zoom: 1 });
  const { picture, transform: t } = scene;
  for (let v = 0; v < picture.visible.count; v++) {
    const x = picture.column[picture.visible.depth[v]] * t.scale_x + t.offset_x;
    const y = picture.y[v] * t.scale_y + t.offset_y;
    assert.equal(hit(scene, x, y), v);
    assert.equal(hit(scene, x + 40, y), v, "the label belongs to the node");
  }
  assert.equal(hit(scene, 5, 5), NONE);
});

test("a click on the label of a missed group finds the group", () => {
  const scene = scene_of(build_tree(fork_split()), { x: 200, y: 100, zoom: 1 });
  const list = draw(scene);
  let labels = 0;
  for (let i = 0; i < list.length; i++) {
    if (list.text_of[i] < 0 || !list.text[list.text_of[i]].startsWith("missed reuse")) continue;
    const [x, baseline] = list.at.subarray(i * 4, i * 4 + 2);
    assert.equal(hit(scene, x + 20, baseline - 4), NONE);
    assert.equal(hit_group(scene, x + 20, baseline - 4), labels);
    assert.equal(hit_group(scene, x + 300, baseline - 4), NONE, "beside the label");
    labels++;
  }
  assert.equal(labels, 2);
  assert.equal(hit_group(scene, 5, 5), NONE);
});

test("the selected group is framed, drawn whole or merged", () => {
  const frames = (scene: Scene) => {
    scene.selected_group = 1;
    const list = draw(scene);
    let found = 0;
    for (let i = 0; i < list.length; i++)
      if (list.mark[i] === Mark.Outline && list.ink[i] === Ink.Selected) found++;
    return found;
  };
  assert.equal(frames(scene_of(build_tree(fork_split()), null)), 2);
  const specs: Spec[] = [{ id: 1, pid: 1 }];
  for (let i = 0; i < 900; i++) specs.push({ id: 2 + i, parent: 1, pid: 10 + (i % 3) });
  assert.equal(frames(scene_of(build_tree(make_document(specs)), null, false)), 2);
});

test("zooming keeps the point under the pointer", () => {
  const picture = make_picture(fan(500), build_visible(fan(500), { grouped: false, open: new Set() }));
  let camera: Camera = { x: picture.width / 2, y: 4000, zoom: 1 };
  const at = (c: Camera) => {
    const t = transform_of(c, picture, screen);
    return (200 - t.offset_y) / t.scale_y;
  };
  const before = at(camera);
  for (const factor of [1.4, 1.4, 0.5, 0.7]) camera = zoom_at(camera, picture, screen, 300, 200, factor);
  assert.ok(Math.abs(at(camera) - before) < 0.5, `${before} became ${at(camera)}`);
});

test("fitting shows every node of a fan and of a chain", () => {
  const chain: Spec[] = [{ id: 1, pid: 1 }];
  for (let i = 2; i <= 300; i++) chain.push({ id: i, parent: i - 1, pid: i });
  for (const model of [fan(1500), build_tree(make_document(chain))]) {
    const { picture, transform: t } = scene_of(model, null, false);
    for (let v = 0; v < picture.visible.count; v++) {
      const x = picture.column[picture.visible.depth[v]] * t.scale_x + t.offset_x;
      const y = picture.y[v] * t.scale_y + t.offset_y;
      assert.ok(x >= 0 && x <= screen.width && y >= 0 && y <= screen.height, `${v}: ${x} ${y}`);
    }
  }
});

/** What a text covers, in the widest font there may be. */
function text_boxes(list: DrawList) {
  const boxes = [];
  for (let i = 0; i < list.length; i++) {
    if (list.text_of[i] < 0) continue;
    const [x, baseline, size, most] = list.at.subarray(i * 4, i * 4 + 4);
    const wide = list.text[list.text_of[i]].length * size * 0.6;
    const right = x + (most > 0 ? Math.min(most, wide) : wide);
    boxes.push({
      x,
      right,
      top: baseline - size * 0.75,
      bottom: baseline + size * 0.15,
      text: list.text[list.text_of[i]],
    });
  }
  return boxes;
}

test("no label lies on another, however small the window", () => {
  const specs: Spec[] = [{ id: 1, pid: 10 }];
  for (let i = 0; i < 12; i++)
    for (let k = 0; k < 3; k++) {
      specs.push({ id: 100 + i * 3 + k, parent: 1, pid: 100 + i });
      if (i % 3 === 0) specs.push({ id: 500 + i * 3 + k, parent: 100 + i * 3 + k, pid: 300 + i });
    }
  const whole = build_tree(make_document(specs));
  for (const model of [whole, build_tree(fork_split()), reuse()])
    for (let height = 100; height <= 1000; height += 30)
      for (const width of [390, 900]) {
        const boxes = text_boxes(draw(scene_of(model, null, true, { width, height })));
        assert.ok(boxes.length > 0);
        boxes.forEach((a, i) =>
          boxes.slice(i + 1).forEach((b) => {
            const apart = a.right <= b.x || b.right <= a.x || a.bottom <= b.top || b.bottom <= a.top;
            assert.ok(apart, `${width}x${height}: ${JSON.stringify([a, b])}`);
          }),
        );
      }
});
