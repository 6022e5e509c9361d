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
  fork_longest_name,
  fork_model,
  fork_screen,
  fork_scroll,
  select_vma,
  selected_vma,
  step_vma,
} from "../state/process_state";
import { process } from "../state/store";
import { printable } from "../text/labels";
import { Legend, type SignMeaning } from "./legend";
import { Surface } from "./surface";

function scene(): ForkScene {
  const child = fork_document.value;
  const loaded = process.value.value;
  const name = loaded.state === "ready" ? `${printable(loaded.value.comm)} ${loaded.value.pid}` : "process";
  return {
    model: fork_model.value,
    longest_name: fork_longest_name.value,
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

const LEGEND: SignMeaning[] = [
  ["chain_head", "active anon_vma; joined: shared"],
  ["allocated", "new"],
  ["reused", "reused"],
  ["shared", "shared"],
  ["chain_rest", "rest of the chain, head first"],
];

export function ForkStage() {
  useEffect(follow_selection, []);
  return (
    <div class="stage">
      <Surface picture={fork_picture} />
      <Legend signs={LEGEND} />
    </div>
  );
}
