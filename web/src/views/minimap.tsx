/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole tree in the corner of its picture; dragging there moves the picture. */
import { computed, signal } from "@preact/signals";
import type { Size } from "../draw/camera";
import type { Drawable } from "../draw/drawable";
import { DrawList } from "../draw/list";
import {
  draw_minimap_nodes,
  draw_minimap_window,
  is_part_hidden,
  minimap_place,
  minimap_size,
} from "../draw/minimap";
import { camera, centre_on, current_transform, model, picture, screen, zoom } from "../state/tree_state";
import { Surface } from "./surface";

const size = signal<Size>({ width: 0, height: 0 });

const nodes = computed<DrawList>(() => {
  const list = new DrawList();
  if (model.value && picture.value) draw_minimap_nodes(list, model.value, picture.value, size.value);
  return list;
});

/** How the window lies on the picture, or null where it shows all of it. */
const window_on_picture = computed(() => {
  void camera.value;
  const drawn = picture.value;
  const window = screen.value;
  const transform = current_transform();
  return drawn && transform && is_part_hidden(drawn, window, transform) ? transform : null;
});

const minimap: Drawable = {
  screen: size,
  draw(list) {
    const drawn = picture.value;
    const transform = window_on_picture.value;
    if (!drawn || !transform) return false;
    list.clear();
    list.append(nodes.value);
    draw_minimap_window(list, drawn, size.value, screen.value, transform);
    return true;
  },
  hover: (at) => at !== null,
  drag({ x, y }) {
    const drawn = picture.peek();
    if (drawn) centre_on(minimap_place(drawn, size.peek(), x, y));
  },
  zoom: (factor) => zoom(factor),
};

const is_shown = computed(() => window_on_picture.value !== null);

export function Minimap() {
  if (!is_shown.value) return null;
  const { width, height } = minimap_size(screen.value);
  return (
    <div
      class="minimap"
      title="The whole tree; drag to move the window on it"
      style={{ width: `${width}px`, height: `${height}px` }}
    >
      <Surface picture={minimap} />
    </div>
  );
}
