/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree as a picture: a canvas, the pointer, and what floats above it. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { hit, hit_group } from "../draw/hit";
import { DrawList } from "../draw/list";
import { Painter } from "../draw/paint";
import { draw_tree } from "../draw/scene";
import { cancel_redraw, redraw } from "../draw/scheduler";
import { read_theme, type Theme } from "../draw/theme";
import { NONE } from "../model/tree";
import { fold_at } from "../model/visible";
import {
  camera,
  current_transform,
  fit,
  hover,
  model,
  pan,
  picture,
  screen,
  select,
  select_group,
  selected,
  selected_group,
  set_open,
  visible,
  zoom,
} from "../state/tree_state";
import { visible_label } from "../text/labels";
import { count, plural } from "../text/units";

/** Farther than this and a press is a drag, not a click. */
const DRAG_PX = 4;

function Tooltip() {
  const v = hover.value;
  const tree = model.value;
  const shown = visible.value;
  const t = current_transform();
  if (v === NONE || !tree || !shown || v >= shown.count || !t || !picture.value) return null;
  /* Follows the camera too. */
  void camera.value;
  const x = picture.value.column[shown.depth[v]] * t.scale_x + t.offset_x;
  const y = picture.value.y[v] * t.scale_y + t.offset_y;
  const { width, height } = screen.value;
  const fold = fold_at(shown, v);
  const node = shown.source[v];
  const { owner } = visible_label(tree, shown, v);
  const lines = fold
    ? [
        `${plural(fold.nodes, "anon_vma")} in ${plural(fold.processes, "mm")}`,
        fold.missed ? `missed reuse ×${count(fold.missed)}` : "no missed reuse",
        "Enter or double click expands",
      ]
    : [
        `anon_vma #${tree.id[node]}`,
        `num_children ${count(tree.num_children[node])}   num_active_vmas ${count(tree.num_active[node])}`,
        `refcount ${count(tree.refcount[node])}   linked VMAs ${count(tree.linked[node])}`,
        ...(tree.reused[node] ? [`reused by ${plural(tree.reused[node], "VMA")}`] : []),
      ];
  const below = y < height - 110;
  return (
    <div
      class="tooltip"
      aria-hidden="true"
      style={{
        left: `${Math.max(4, Math.min(x + 16, width - 300))}px`,
        top: below ? `${y + 14}px` : "auto",
        bottom: below ? "auto" : `${height - y + 14}px`,
      }}
    >
      <strong>{owner}</strong>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </div>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      <li>
        <svg viewBox="0 0 14 14">
          <rect x="2.5" y="2.5" width="9" height="9" class="root" />
        </svg>
        root
      </li>
      <li>
        <svg viewBox="0 0 14 14">
          <circle cx="7" cy="7" r="4.5" class="active" />
        </svg>
        active
      </li>
      <li>
        <svg viewBox="0 0 14 14">
          <path d="M7 2l5 5-5 5-5-5z" class="idle" />
        </svg>
        idle
      </li>
      <li title="idle, and free for the next fork()">
        <svg viewBox="0 0 14 14">
          <path d="M7 2l5 5-5 5-5-5z" class="idle" />
          <circle cx="7" cy="7" r="2" class="reusable" />
        </svg>
        reusable
      </li>
      <li title="active, after fork() found it idle: no anon_vma was allocated">
        <svg viewBox="0 0 14 14">
          <path d="M7 1.5L12.5 7 7 12.5 1.5 7z" class="active" />
        </svg>
        reused
      </li>
      <li>
        <svg viewBox="0 0 22 14">
          <path d="M1 13L13 1M5 13L17 1M9 13L21 1M1 9L9 1M13 13l8-8" class="hatch" />
          <rect x="0.5" y="0.5" width="21" height="13" class="outline" />
          <circle cx="11" cy="7" r="4" class="missed" />
        </svg>
        missed reuse
      </li>
      <li class="wide-only">
        <svg viewBox="0 0 14 14">
          <rect x="4.5" y="2" width="8" height="8" class="fold" />
          <rect x="1.5" y="4.5" width="8" height="8" class="fold" />
        </svg>
        process group
      </li>
      <li class="wide-only">
        <svg viewBox="0 0 40 14">
          <circle cx="5" cy="7" r="3.8" class="active" />
          <circle cx="17" cy="7" r="5.2" class="active" />
          <circle cx="32" cy="7" r="6.8" class="active" />
        </svg>
        1, 10, 100 linked VMAs
      </li>
    </ul>
  );
}

/** Draws whenever something it read has changed, once a frame. */
function start_drawing(canvas: HTMLCanvasElement): () => void {
  const painter = new Painter(canvas);
  const list = new DrawList();
  let theme: Theme = read_theme(canvas);
  const draw = () => {
    const tree = model.peek();
    const drawn = picture.peek();
    const transform = current_transform();
    const size = screen.peek();
    if (!tree || !drawn || !transform || size.width === 0) return;
    const start = performance.now();
    draw_tree(list, {
      model: tree,
      picture: drawn,
      transform,
      screen: size,
      selected: selected.peek(),
      hover: hover.peek(),
      selected_group: selected_group.peek(),
    });
    painter.paint(list, theme, size, devicePixelRatio);
    performance.clearMeasures("vmascope:frame");
    performance.measure("vmascope:frame", { start, end: performance.now() });
  };
  const stop = effect(() => {
    /* What a frame depends on. */
    void [model.value, picture.value, camera.value, screen.value, hover.value];
    void [selected.value, selected_group.value];
    redraw(draw);
  });
  const restyle = () => {
    theme = read_theme(canvas);
    redraw(draw);
  };
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((q) => matchMedia(q));
  for (const query of queries) query.addEventListener("change", restyle);
  const observer = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    screen.value = { width, height };
  });
  observer.observe(canvas.parentElement ?? canvas);
  return () => {
    stop();
    cancel_redraw(draw);
    observer.disconnect();
    for (const query of queries) query.removeEventListener("change", restyle);
  };
}

/** What `find` (of draw/hit.ts) finds under the pointer. */
function under(event: MouseEvent, stage: HTMLElement, find: typeof hit): number {
  const tree = model.peek();
  const drawn = picture.peek();
  const transform = current_transform();
  if (!tree || !drawn || !transform) return NONE;
  const box = stage.getBoundingClientRect();
  return find({ model: tree, picture: drawn, transform }, event.clientX - box.left, event.clientY - box.top);
}

function node_at(event: MouseEvent, stage: HTMLElement): number {
  return under(event, stage, hit);
}

function click(event: PointerEvent, stage: HTMLElement): void {
  const node = node_at(event, stage);
  const group = node === NONE ? under(event, stage, hit_group) : NONE;
  if (group === NONE) select(node, false);
  else select_group(group, false);
}

function start_pointer(stage: HTMLElement): () => void {
  const down = new Map<number, { x: number; y: number }>();
  let travelled = 0;
  let spread = 0;
  const press = (event: PointerEvent) => {
    if (event.button !== 0 || (event.target as Element).closest("button")) return;
    stage.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    travelled = 0;
    spread = 0;
  };
  const pinch = () => {
    const [a, b] = [...down.values()];
    const now = Math.hypot(a.x - b.x, a.y - b.y);
    const box = stage.getBoundingClientRect();
    if (spread > 0 && now > 0) zoom(now / spread, (a.x + b.x) / 2 - box.left, (a.y + b.y) / 2 - box.top);
    spread = now;
  };
  const move = (event: PointerEvent) => {
    const last = down.get(event.pointerId);
    if (!last) {
      hover.value = node_at(event, stage);
      const pointing = hover.value !== NONE || under(event, stage, hit_group) !== NONE;
      stage.classList.toggle("pointing", pointing);
      return;
    }
    const dx = event.clientX - last.x;
    const dy = event.clientY - last.y;
    travelled += Math.abs(dx) + Math.abs(dy);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (down.size === 2) return pinch();
    if (travelled < DRAG_PX) return;
    hover.value = NONE;
    stage.classList.add("dragging");
    pan(dx, dy);
  };
  const release = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    stage.classList.remove("dragging");
    if (event.type === "pointerup" && travelled < DRAG_PX) click(event, stage);
  };
  const leave = () => (hover.value = NONE);
  const open = (event: MouseEvent) => {
    const v = node_at(event, stage);
    const shown = visible.peek();
    const fold = shown && v !== NONE ? fold_at(shown, v) : null;
    if (fold) set_open(fold.key, true);
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey) pan(-(event.deltaX + event.deltaY) * pixels, 0);
    else zoom(Math.exp((-event.deltaY * pixels) / 400), event.clientX - box.left, event.clientY - box.top);
  };
  stage.addEventListener("pointerdown", press);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("pointerleave", leave);
  stage.addEventListener("dblclick", open);
  stage.addEventListener("wheel", wheel, { passive: false });
  return () => {
    stage.removeEventListener("pointerdown", press);
    stage.removeEventListener("pointermove", move);
    stage.removeEventListener("pointerup", release);
    stage.removeEventListener("pointercancel", release);
    stage.removeEventListener("pointerleave", leave);
    stage.removeEventListener("dblclick", open);
    stage.removeEventListener("wheel", wheel);
  };
}

export function Stage() {
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => (canvas.current ? start_drawing(canvas.current) : undefined), []);
  useEffect(() => (stage.current ? start_pointer(stage.current) : undefined), []);
  return (
    <div class="stage">
      <div class="surface" ref={stage}>
        <canvas ref={canvas} aria-hidden="true" />
        <Tooltip />
      </div>
      <div class="zoom">
        <button
          type="button"
          class="icon"
          title="Zoom in  +"
          aria-label="Zoom in"
          aria-keyshortcuts="+"
          onClick={() => zoom(1.4)}
        >
          +
        </button>
        <button
          type="button"
          class="icon"
          title="Zoom out  −"
          aria-label="Zoom out"
          aria-keyshortcuts="-"
          onClick={() => zoom(1 / 1.4)}
        >
          −
        </button>
        <button
          type="button"
          title="Show the whole tree  0"
          aria-label="fit the whole tree"
          aria-keyshortcuts="0"
          onClick={fit}
        >
          fit
        </button>
      </div>
      <Legend />
    </div>
  );
}
