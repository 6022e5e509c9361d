/* SPDX-License-Identifier: GPL-2.0-only */
/* The process beside its simulated child as a picture that scrolls, and its legend. */
import { computed, effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Drawable } from "../draw/drawable";
import { draw_fork, fork_height, fork_row_at, strip_scroll, type ForkScene } from "../draw/fork";
import { FORK_HEADER, FORK_ROW } from "../layout/fork_columns";
import { NONE } from "../model/tree";
import {
  fork_document,
  fork_hover,
  fork_model,
  fork_screen,
  fork_scroll,
  select_vma,
  selected_vma,
  step_vma,
} from "../state/process_state";
import { process } from "../state/store";
import { printable } from "../text/labels";
import { Surface } from "./surface";

function scene(): ForkScene {
  const child = fork_document.value;
  const loaded = process.value.value;
  const name = loaded.state === "ready" ? `${printable(loaded.value.comm)} ${loaded.value.pid}` : "process";
  return {
    model: fork_model.value,
    screen: fork_screen.value,
    scroll: fork_scroll.value,
    selected: selected_vma.value,
    hover: fork_hover.value,
    titles: { parent: name, child: child ? `child under ${child.policy}` : "" },
  };
}

const fork_picture: Drawable = {
  screen: fork_screen,
  scroll: { height: computed(() => fork_height(fork_model.value)), top: fork_scroll },
  draw(list) {
    draw_fork(list, scene());
    return true;
  },
  hover(at) {
    fork_hover.value = at ? fork_row_at(fork_model.peek(), fork_scroll.peek(), at.y) : NONE;
    return false;
  },
  click({ x, y }) {
    const jump = strip_scroll(scene(), x, y);
    if (jump !== null) fork_scroll.value = jump;
    else select_vma(fork_row_at(fork_model.peek(), fork_scroll.peek(), y));
  },
  keys: { ArrowUp: () => step_vma(-1), ArrowDown: () => step_vma(1) },
};

/** Scrolls so that the selected row is in the window. */
function follow_selection(): () => void {
  return effect(() => {
    const row = selected_vma.value;
    const { height } = fork_screen.value;
    if (row === NONE || height === 0) return;
    const top = row * FORK_ROW;
    const room = height - FORK_HEADER - FORK_ROW;
    const now = fork_scroll.peek();
    if (top < now) fork_scroll.value = top;
    else if (top > now + room) fork_scroll.value = top - room;
  });
}

function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      <li>
        <svg viewBox="0 0 14 14">
          <rect x="3" y="1" width="8" height="12" class="hue0" />
        </svg>
        active anon_vma; joined: shared
      </li>
      <li>
        <svg viewBox="0 0 14 14">
          <path d="M3 5l4-4M3 10l8-8M4 13l7-7M8 13l3-3" class="hatched" />
          <rect x="3.5" y="1.5" width="7" height="11" class="hatched" />
        </svg>
        new
      </li>
      <li>
        <svg viewBox="0 0 14 14">
          <path d="M7 1.5L12.5 7 7 12.5 1.5 7z" class="active" />
        </svg>
        reused
      </li>
      <li>
        <svg viewBox="0 0 14 14">
          <path d="M3 4h8v2H3zM3 8h8v2H3z" class="ink" />
        </svg>
        shared
      </li>
      <li>
        <svg viewBox="0 0 34 14">
          <rect x="2" y="4" width="7" height="7" class="hue1" />
          <rect x="14" y="4" width="7" height="7" class="hue2" />
          <rect x="26" y="4" width="7" height="7" class="hue3" />
        </svg>
        rest of the chain, head first
      </li>
    </ul>
  );
}

export function ForkStage() {
  useEffect(follow_selection, []);
  return (
    <div class="stage">
      <Surface picture={fork_picture} />
      <Legend />
    </div>
  );
}
