/* SPDX-License-Identifier: GPL-2.0-only */
/* The process beside its simulated child as a picture: a canvas that scrolls, and its legend. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { draw_fork, fork_height, fork_row_at, strip_scroll, type ForkScene } from "../draw/fork";
import { DrawList } from "../draw/list";
import { Painter } from "../draw/paint";
import { cancel_redraw, redraw } from "../draw/scheduler";
import { read_theme, type Theme } from "../draw/theme";
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
} from "../state/process_state";
import { process } from "../state/store";
import { printable } from "../text/labels";

function scene(): ForkScene {
  const child = fork_document.peek();
  const loaded = process.value.peek();
  const name = loaded.state === "ready" ? `${printable(loaded.value.comm)} ${loaded.value.pid}` : "process";
  return {
    model: fork_model.peek(),
    screen: fork_screen.peek(),
    scroll: fork_scroll.peek(),
    selected: selected_vma.peek(),
    hover: fork_hover.peek(),
    titles: { parent: name, child: child ? `child under ${child.policy}` : "" },
  };
}

/** Draws whenever something it read has changed, once a frame. */
function start_drawing(canvas: HTMLCanvasElement, box: HTMLElement): () => void {
  const painter = new Painter(canvas);
  const list = new DrawList();
  let theme: Theme = read_theme(canvas);
  const draw = () => {
    const now = scene();
    if (now.screen.width === 0) return;
    const start = performance.now();
    draw_fork(list, now);
    painter.paint(list, theme, now.screen, devicePixelRatio);
    performance.clearMeasures("vmascope:frame");
    performance.measure("vmascope:frame", { start, end: performance.now() });
  };
  const stop = effect(() => {
    /* What a frame depends on. */
    void [fork_model.value, fork_screen.value, fork_scroll.value, selected_vma.value, fork_hover.value];
    void [fork_document.value, process.value.value];
    redraw(draw);
  });
  const restyle = () => {
    theme = read_theme(canvas);
    redraw(draw);
  };
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((q) => matchMedia(q));
  for (const query of queries) query.addEventListener("change", restyle);
  const observer = new ResizeObserver(() => {
    fork_screen.value = { width: box.clientWidth, height: box.clientHeight };
  });
  observer.observe(box);
  return () => {
    stop();
    cancel_redraw(draw);
    observer.disconnect();
    for (const query of queries) query.removeEventListener("change", restyle);
  };
}

/** Scrolls so that the selected row is in the window. */
function start_following(box: HTMLElement): () => void {
  return effect(() => {
    const row = selected_vma.value;
    const { height } = fork_screen.value;
    if (row === NONE || height === 0) return;
    const top = row * FORK_ROW;
    const room = height - FORK_HEADER - FORK_ROW;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top > box.scrollTop + room) box.scrollTop = top - room;
  });
}

function start_pointer(box: HTMLElement): () => void {
  const place = (event: MouseEvent) => {
    const at = box.getBoundingClientRect();
    return { x: event.clientX - at.left, y: event.clientY - at.top };
  };
  const move = (event: PointerEvent) => {
    fork_hover.value = fork_row_at(fork_model.peek(), fork_scroll.peek(), place(event).y);
  };
  const leave = () => (fork_hover.value = NONE);
  const click = (event: MouseEvent) => {
    const { x, y } = place(event);
    const jump = strip_scroll(scene(), x, y);
    if (jump !== null) box.scrollTop = jump;
    else select_vma(fork_row_at(fork_model.peek(), fork_scroll.peek(), y));
  };
  const scrolled = () => (fork_scroll.value = box.scrollTop);
  box.addEventListener("pointermove", move);
  box.addEventListener("pointerleave", leave);
  box.addEventListener("click", click);
  box.addEventListener("scroll", scrolled);
  return () => {
    box.removeEventListener("pointermove", move);
    box.removeEventListener("pointerleave", leave);
    box.removeEventListener("click", click);
    box.removeEventListener("scroll", scrolled);
    fork_scroll.value = 0;
    fork_hover.value = NONE;
  };
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
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!canvas.current || !box.current) return undefined;
    const stops = [
      start_drawing(canvas.current, box.current),
      start_pointer(box.current),
      start_following(box.current),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  const { height } = fork_screen.value;
  return (
    <div class="stage">
      <div class="fork" ref={box}>
        <div class="space" style={{ height: `${Math.max(fork_height(fork_model.value), 1)}px` }}>
          <canvas ref={canvas} aria-hidden="true" style={{ height: `${height}px` }} />
        </div>
      </div>
      <Legend />
    </div>
  );
}
