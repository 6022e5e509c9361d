/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole tree in the corner of its picture; dragging there moves the picture. */
import { computed, signal } from "@preact/signals";
import type { Size } from "../layout/size";
import type { Drawable } from "../draw/drawable";
import { DrawList } from "../draw/list";
import {
  draw_minimap_nodes,
  draw_minimap_window,
  is_part_hidden,
  minimap_place,
  minimap_size,
} from "../draw/minimap";
import type { TreeNodes } from "../model/tree";
import type { TreeWindow } from "../state/tree_window";
import { Surface } from "./surface";

/** The minimap of a window; made once for each. */
export function make_minimap<Nodes extends TreeNodes>(window_of: TreeWindow<Nodes>) {
  const { camera, centre_on, current_transform, model, picture, screen, zoom } = window_of;
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

  return { screen, is_shown: computed(() => window_on_picture.value !== null), minimap };
}

export function Minimap({ of }: { of: ReturnType<typeof make_minimap> }) {
  if (!of.is_shown.value) return null;
  const { width, height } = minimap_size(of.screen.value);
  return (
    <div
      class="minimap"
      title="The whole tree; drag to move the window on it"
      style={{ width: `${width}px`, height: `${height}px` }}
    >
      <Surface picture={of.minimap} />
    </div>
  );
}
