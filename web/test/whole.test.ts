/* SPDX-License-Identifier: GPL-2.0-only */
/* The minimap, and the whole tree as a drawing to keep. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fit_camera, transform_of } from "../src/draw/camera";
import type { Size } from "../src/layout/size";
import { DrawList, INKS, Mark } from "../src/draw/list";
import {
  draw_minimap_nodes,
  draw_minimap_window,
  is_part_hidden,
  minimap_place,
  minimap_size,
} from "../src/draw/minimap";
import { svg_text } from "../src/draw/svg";
import type { Theme } from "../src/draw/theme";
import { draw_whole, shrunk_sentence } from "../src/draw/whole";
import { make_picture, type Picture } from "../src/layout/picture";
import type { TreeModel } from "../src/model/tree";
import { build_visible } from "../src/model/visible";
import { type Spec, build_tree, fork_split, make_document } from "./documents";
import { golden } from "./golden";

const screen: Size = { width: 900, height: 500 };
const LARGE = { side: 10_000, area: 1e8 };

function placed(model: TreeModel): Picture {
  return make_picture(model, build_visible(model, { grouped: false, open: new Set() }));
}

function fan(count: number): TreeModel {
  const specs: Spec[] = [{ id: 1, pid: 1 }];
  for (let i = 0; i < count; i++) specs.push({ id: 2 + i, parent: 1, pid: 10 + i });
  return build_tree(make_document(specs));
}

const theme: Theme = {
  colour: Array.from({ length: INKS }, (_, i) => `#0000${i.toString(16).padStart(2, "0")}`),
  background: "#ffffff",
  font: '"DejaVu Sans Mono", monospace',
};

test("golden: the minimap of missed reuse, and the window on it", () => {
  const model = build_tree(fork_split());
  const picture = placed(model);
  const size = minimap_size(screen);
  const list = new DrawList();
  draw_minimap_nodes(list, model, picture, size);
  const t = transform_of({ x: 200, y: 60, zoom: 3 }, picture, screen);
  assert.ok(is_part_hidden(picture, screen, t));
  draw_minimap_window(list, picture, size, screen, t);
  golden("minimap", list.describe());
});

test("the minimap is in the whole window's place, however far in", () => {
  const model = fan(3000);
  const picture = placed(model);
  const size = minimap_size(screen);
  assert.ok(!is_part_hidden(picture, screen, transform_of(fit_camera(picture, screen), picture, screen)));
  for (const y of [0, 20_000, picture.height])
    for (const zoom of [0.05, 1, 4]) {
      const list = new DrawList();
      draw_minimap_window(list, picture, size, screen, transform_of({ x: 300, y, zoom }, picture, screen));
      const [left, top, width, height] = list.at;
      assert.ok(left >= 0 && top >= 0 && left + width < size.width && top + height < size.height);
      /* Its middle stands for where the window is. */
      const middle = minimap_place(picture, size, left + width / 2, top + height / 2);
      const grain = (picture.height / size.height) * 6;
      assert.ok(Math.abs(middle.y - Math.min(Math.max(y, 0), picture.height)) < Math.max(grain, 300 / zoom));
    }
});

test("nodes of any number cost the minimap what it can show", () => {
  const list = new DrawList();
  const model = fan(5000);
  draw_minimap_nodes(list, model, placed(model), minimap_size(screen));
  assert.ok(list.length > 0 && list.length < 100, `${list.length} marks`);
});

test("golden: the whole tree to keep, with a caption and a legend", () => {
  const list = new DrawList();
  const model = build_tree(fork_split());
  const whole = draw_whole(list, model, placed(model), ["anon_vma tree #3", "9 anon_vmas"], LARGE);
  assert.deepEqual([whole.scale_x, whole.scale_y], [1, 1]);
  assert.equal(shrunk_sentence(whole), "");
  golden("whole", list.describe());
});

test("all of it is inside the drawing, and nothing is cut while it fits", () => {
  const list = new DrawList();
  const model = fan(300);
  const { size } = draw_whole(list, model, placed(model), ["title"], LARGE);
  let named = 0;
  for (let i = 0; i < list.length; i++) {
    const [x, y, width, most] = list.at.subarray(i * 4, i * 4 + 4);
    assert.ok(x >= 0 && y >= 0 && x < size.width && y < size.height, list.describe()[i]);
    if (list.mark[i] !== Mark.Text && list.mark[i] !== Mark.TextStrong) continue;
    const text = list.text[list.text_of[i]];
    if (text.startsWith("postgres")) named++;
    assert.ok(x + text.length * width * 0.603 < size.width + 1, `${text} at ${x} ${most}`);
  }
  assert.equal(named, 301);
});

test("what is larger than the limit is shrunk, and says so", () => {
  const list = new DrawList();
  const model = fan(3000);
  const whole = draw_whole(list, model, placed(model), [], { side: 4000, area: 1e7 });
  assert.ok(whole.size.height <= 4000 && whole.size.width * whole.size.height <= 1e7);
  assert.equal(whole.scale_x, 1);
  assert.match(
    shrunk_sentence(whole),
    /^Cut short: shrunk to 7 % of its height, so anon_vmas too close together are drawn as one\.$/,
  );
});

test("golden: the same list as SVG", () => {
  const list = new DrawList();
  const model = build_tree(fork_split());
  const { size } = draw_whole(list, model, placed(model), ["anon_vma tree #3"], LARGE);
  golden("whole_svg", svg_text(list, theme, size, "anon_vma tree #3").trimEnd().split("\n"));
});

test("a name chosen by a process is text in the SVG, whatever it holds", () => {
  const list = new DrawList();
  const evil = `</text><script>alert("1")</script>&\u0001\ud800`;
  list.push_text(Mark.Text, 0, 1, 2, 11, evil);
  const text = svg_text(list, theme, { width: 10, height: 10 }, evil);
  const escaped = "&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;\ufffd\ufffd";
  assert.ok(text.includes(`>${escaped}</text>`), text);
  assert.ok(text.includes(`<title>${escaped}</title>`), text);
  assert.ok(!text.includes("<script"));
});
