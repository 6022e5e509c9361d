/* SPDX-License-Identifier: GPL-2.0-only */
/* The canvas of every picture: when it is drawn, and what the pointer and the keys mean to it. */
import { effect, signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Drawable, Point } from "../draw/drawable";
import { DrawList } from "../draw/list";
import { Painter } from "../draw/paint";
import { cancel_redraw, redraw } from "../draw/scheduler";
import { on_restyle, read_theme } from "../draw/theme";

/** Farther than this and a press is a drag, not a click. */
const DRAG_PX = 4;
const LINE_PX = 16;
/** Room a tip needs below the place it explains; else it stands above. */
const TIP_HEIGHT = 150;
const TIP_WIDTH = 300;

/** Draws whenever something that was read while drawing has changed, once a frame. */
function start_drawing(picture: Drawable, canvas: HTMLCanvasElement, box: HTMLElement): () => void {
  const painter = new Painter(canvas);
  const list = new DrawList();
  const theme = signal(read_theme(canvas));
  const frame = signal(0);
  let in_frame = false;
  let drew = false;
  const draw = () => {
    in_frame = true;
    frame.value++;
    in_frame = false;
    return drew;
  };
  /* Runs twice for each picture: told of a change it asks for a frame, and in the frame it draws,
   * which is when it learns what the next change may be of. */
  const stop = effect(() => {
    void frame.value;
    if (!in_frame) {
      redraw(draw);
      return;
    }
    const screen = picture.screen.value;
    const colours = theme.value;
    drew = screen.width > 0 && screen.height > 0 && picture.draw(list);
    if (drew) painter.paint(list, colours, screen, devicePixelRatio);
  });
  const stop_restyle = on_restyle(() => (theme.value = read_theme(canvas)));
  const measure = () => (picture.screen.value = { width: box.clientWidth, height: box.clientHeight });
  const observer = new ResizeObserver(measure);
  observer.observe(box);
  /* Now, too: the first picture need not wait for the observer. */
  measure();
  return () => {
    stop();
    cancel_redraw(draw);
    observer.disconnect();
    stop_restyle();
  };
}

/** Keeps the box and the picture at one scroll position. */
function start_scrolling(picture: Drawable, box: HTMLElement): () => void {
  const { scroll } = picture;
  if (!scroll) return () => {};
  const scrolled = () => (scroll.top.value = box.scrollTop);
  const stop = effect(() => {
    /* What it can scroll follows its size. */
    void [scroll.height.value, picture.screen.value];
    if (Math.abs(box.scrollTop - scroll.top.value) >= 1) box.scrollTop = scroll.top.value;
  });
  box.addEventListener("scroll", scrolled);
  return () => {
    stop();
    box.removeEventListener("scroll", scrolled);
    scroll.top.value = 0;
  };
}

function start_pointer(picture: Drawable, box: HTMLElement): () => void {
  const down = new Map<number, Point>();
  const movable = picture.pan !== undefined || picture.drag !== undefined;
  let travelled = 0;
  let spread = 0;
  const place = (at: { clientX: number; clientY: number }): Point => {
    const edge = box.getBoundingClientRect();
    return { x: at.clientX - edge.left, y: at.clientY - edge.top };
  };
  const on_control = (event: Event) => (event.target as Element).closest("button, .surface") !== box;
  const hover = (at: Point | null) => box.classList.toggle("pointing", picture.hover?.(at) ?? false);

  const press = (event: PointerEvent) => {
    /* Beyond the client area is the scroll bar. */
    if (event.button !== 0 || on_control(event) || place(event).x >= box.clientWidth) return;
    if (movable) box.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    travelled = 0;
    spread = 0;
    picture.drag?.(place(event));
  };
  const pinch = () => {
    const [a, b] = [...down.values()];
    const now = Math.hypot(a.x - b.x, a.y - b.y);
    if (spread > 0 && now > 0) picture.zoom?.(now / spread, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    spread = now;
  };
  const move = (event: PointerEvent) => {
    const last = down.get(event.pointerId);
    if (!last) {
      hover(on_control(event) ? null : place(event));
      return;
    }
    const at = place(event);
    travelled += Math.abs(at.x - last.x) + Math.abs(at.y - last.y);
    down.set(event.pointerId, at);
    if (picture.drag) return picture.drag(at);
    if (down.size === 2) return pinch();
    if (travelled < DRAG_PX || !picture.pan) return;
    hover(null);
    box.classList.add("dragging");
    picture.pan(at.x - last.x, at.y - last.y);
  };
  const release = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    box.classList.remove("dragging");
    if (event.type === "pointerup" && travelled < DRAG_PX) picture.click?.(place(event));
  };
  const leave = () => hover(null);
  const double_click = (event: MouseEvent) => {
    if (!on_control(event)) picture.double_click?.(place(event));
  };
  const wheel = (event: WheelEvent) => {
    if (!picture.zoom || on_control(event)) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
    if (event.shiftKey) picture.pan?.(-(event.deltaX + event.deltaY) * pixels, 0);
    else picture.zoom(Math.exp((-event.deltaY * pixels) / 400), place(event));
  };
  const stop = new AbortController();
  const { signal } = stop;
  box.addEventListener("pointerdown", press, { signal });
  box.addEventListener("pointermove", move, { signal });
  box.addEventListener("pointerup", release, { signal });
  box.addEventListener("pointercancel", release, { signal });
  box.addEventListener("pointerleave", leave, { signal });
  box.addEventListener("dblclick", double_click, { signal });
  box.addEventListener("wheel", wheel, { signal, passive: false });
  return () => {
    stop.abort();
    picture.hover?.(null);
  };
}

/** The pictures on the page, the last one asked first. */
const mounted: Drawable[] = [];

/** Gives a key to the pictures on the page; false: none wants it. */
export function press_key(event: KeyboardEvent): boolean {
  const arrow = event.shiftKey && event.key.startsWith("Arrow");
  const name = arrow ? `Shift+${event.key}` : event.key;
  const action = mounted.findLast((picture) => picture.keys?.[name])?.keys?.[name];
  action?.();
  return action !== undefined;
}

function start_keys(picture: Drawable): () => void {
  mounted.push(picture);
  return () => void mounted.splice(mounted.indexOf(picture), 1);
}

function Tooltip({ picture }: { picture: Drawable }) {
  const tip = picture.tip?.();
  if (!tip) return null;
  const { width, height } = picture.screen.value;
  const below = tip.y < height - TIP_HEIGHT;
  return (
    <div
      class="tooltip"
      aria-hidden="true"
      style={{
        left: `${Math.max(4, Math.min(tip.x + 16, width - TIP_WIDTH))}px`,
        top: below ? `${tip.y + 14}px` : "auto",
        bottom: below ? "auto" : `${height - tip.y + 14}px`,
      }}
    >
      <strong>{tip.title}</strong>
      {tip.lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </div>
  );
}

/**
 * Shows a picture, which must stay the same while it is shown. The canvas is
 * hidden from screen readers: beside it belongs a table or treegrid of the same.
 */
export function Surface({ picture, children }: { picture: Drawable; children?: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (!canvas.current || !box.current) return undefined;
    /* A frame measured from here on has this picture. */
    performance.clearMeasures("vmascope:frame");
    const stops = [
      start_drawing(picture, canvas.current, box.current),
      start_scrolling(picture, box.current),
      start_pointer(picture, box.current),
      start_keys(picture),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [picture]);
  const { scroll } = picture;
  const kind = scroll ? "scrolling" : picture.pan || picture.drag ? "movable" : "";
  return (
    <div class={`surface ${kind}`} ref={box}>
      {scroll ? (
        <div style={{ height: `${Math.max(1, scroll.height.value)}px` }}>
          <canvas ref={canvas} aria-hidden="true" style={{ height: `${picture.screen.value.height}px` }} />
        </div>
      ) : (
        <canvas ref={canvas} aria-hidden="true" />
      )}
      <Tooltip picture={picture} />
      {children}
    </div>
  );
}
