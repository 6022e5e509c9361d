/* SPDX-License-Identifier: GPL-2.0-only */
/* The zoom of a tree's picture, for the mouse. */
import type { TreeWindow } from "../state/tree_window";

const STEP = 1.4;

export function ZoomButtons({ of }: { of: Pick<TreeWindow, "zoom" | "fit"> }) {
  return (
    <div class="zoom">
      <button
        type="button"
        class="icon"
        title="Zoom in  +"
        aria-label="Zoom in"
        aria-keyshortcuts="+"
        onClick={() => of.zoom(STEP)}
      >
        +
      </button>
      <button
        type="button"
        class="icon"
        title="Zoom out  −"
        aria-label="Zoom out"
        aria-keyshortcuts="-"
        onClick={() => of.zoom(1 / STEP)}
      >
        −
      </button>
      <button
        type="button"
        title="Show the whole tree  0"
        aria-label="reset the zoom: show the whole tree"
        aria-keyshortcuts="0"
        onClick={of.fit}
      >
        reset
      </button>
    </div>
  );
}
