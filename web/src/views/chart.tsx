/* SPDX-License-Identifier: GPL-2.0-only */
/* One chart over time: uPlot on the shared series, the shared cursor and the marked range. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { Ink } from "../draw/list";
import { on_restyle, read_theme, type Theme } from "../draw/theme";
import { lone_places, nearest_point, type Series } from "../model/series";
import { NONE } from "../model/tree";
import { cursor, mark_range, open_cursor, range, series, shown_point } from "../state/overview_state";
import type { TermName } from "../text/glossary";
import { axis_time } from "../text/units";

export interface Line {
  column: string;
  name: string;
  ink: Ink;
}

export interface ChartSpec {
  key: string;
  title: string;
  /** Its entry in the glossary. */
  term?: TermName;
  hint: string;
  lines: Line[];
  /** Bytes: ticks at powers of two. */
  binary?: boolean;
  text: (value: number) => string;
  tick: (value: number) => string;
}

const HEIGHT = 118;
/** Farther than this and a press marks a range. */
const DRAG_PX = 4;
const FONT_PX = 10;

const DECIMAL = [1, 2, 5];
const DECIMAL_STEPS = Array.from({ length: 16 }, (_, i) => DECIMAL.map((step) => step * 10 ** i)).flat();
const BINARY_STEPS = Array.from({ length: 50 }, (_, i) => 2 ** i);

/** From zero where that costs little room; a flat line lies in the middle, of ticks that three digits tell apart. */
function y_range(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const room = Math.max((high - low) * 0.1, high * 0.02, 1);
  const bottom = low - room;
  return [bottom < high * 0.5 ? 0 : bottom, high + room];
}

function data_of(spec: ChartSpec, shown: Series): uPlot.AlignedData {
  const none = shown.x.map(() => null);
  const values = spec.lines.map((line) => shown.columns.get(line.column) ?? none);
  const peaks = shown.peaks.get(spec.lines[0].column) ?? none;
  return [shown.x, ...values, peaks] as uPlot.AlignedData;
}

/** Fills a part of the plot, in canvas pixels. */
function fill(plot: uPlot, colour: string, from: number, to: number): void {
  const { top, height } = plot.bbox;
  plot.ctx.fillStyle = colour;
  plot.ctx.fillRect(from, top, Math.max(1, to - from), height);
}

function draw_below(plot: uPlot, shown: Series, theme: Theme): void {
  const at = (point: number) => plot.valToPos(shown.time[point], "x", true);
  const marked = range.peek();
  if (marked && marked.first !== NONE && marked.last !== NONE) {
    const [from, to] = [at(marked.first), at(marked.last)];
    fill(plot, theme.colour[Ink.Area], from, to);
    for (const end of [from, to]) fill(plot, theme.colour[Ink.Root], end, end + devicePixelRatio);
  }
  for (const hole of shown.holes) {
    const x = Math.round(plot.valToPos(hole, "x", true));
    const { top, height } = plot.bbox;
    plot.ctx.save();
    plot.ctx.strokeStyle = theme.colour[Ink.TextFaint];
    plot.ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    plot.ctx.beginPath();
    plot.ctx.moveTo(x, top);
    plot.ctx.lineTo(x, top + height);
    plot.ctx.stroke();
    plot.ctx.restore();
  }
  const here = shown_point.peek();
  const width = 2 * devicePixelRatio;
  if (here !== NONE) fill(plot, theme.colour[Ink.Path], at(here) - width / 2, at(here) + width / 2);
}

function options(spec: ChartSpec, width: number, theme: () => Theme): uPlot.Options {
  const faint = () => theme().colour[Ink.TextFaint];
  const axis = {
    stroke: faint,
    font: `${FONT_PX}px ${theme().font}`,
    ticks: { stroke: () => theme().colour[Ink.EdgeDense], size: 3, width: 1 },
    grid: { stroke: () => theme().colour[Ink.EdgeDense], width: 1, dash: [3, 3] },
    gap: 3,
  };
  const line = (name: string, ink: Ink, thickness: number, dash?: number[]): uPlot.Series => ({
    label: name,
    stroke: () => theme().colour[ink],
    width: thickness,
    dash,
    points: {
      size: 4,
      fill: () => theme().colour[ink],
      /* Where a line cannot show it: a snapshot alone in its boot. */
      filter: (plot, i) => lone_places(plot.data[i] as (number | null)[]),
    },
  });
  return {
    width,
    height: HEIGHT,
    padding: [6, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 6, fill: (_, i) => theme().colour[spec.lines[i - 1]?.ink ?? Ink.TextFaint] },
    },
    scales: { x: { time: true }, y: { range: y_range } },
    series: [
      {},
      ...spec.lines.map((each, i) => line(each.name, each.ink, 1.5, i > 0 ? [6, 3] : undefined)),
      line("largest in the step", spec.lines[0].ink, 0.8, [3, 3]),
    ],
    axes: [
      {
        ...axis,
        size: 32,
        space: 64,
        values: (_, at, __, ___, step) =>
          at.map((time, i) => axis_time(time, step, i > 0 ? at[i - 1] : null)),
      },
      {
        ...axis,
        size: 54,
        space: 22,
        incrs: spec.binary ? BINARY_STEPS : DECIMAL_STEPS,
        values: (_, at) => at.map(spec.tick),
      },
    ],
  };
}

/** Clicks and drags on the plot; the point under the pointer is every chart's. */
function start_pointer(plot: uPlot, abort: AbortSignal): void {
  const { over } = plot;
  const options = { signal: abort };
  let down = NONE;
  let down_x = 0;
  const place = (event: PointerEvent) => event.clientX - over.getBoundingClientRect().left;
  const under = (event: PointerEvent): number => {
    const shown = series.peek();
    return shown ? nearest_point(shown, plot.posToVal(place(event), "x")) : NONE;
  };
  const select = (from: number, to: number) =>
    plot.setSelect(
      { left: Math.min(from, to), top: 0, width: Math.abs(to - from), height: over.clientHeight },
      false,
    );
  const end = () => {
    down = NONE;
    select(0, 0);
  };
  over.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      /* The button may be let go anywhere. */
      over.setPointerCapture(event.pointerId);
      down = under(event);
      down_x = place(event);
    },
    options,
  );
  over.addEventListener(
    "pointermove",
    (event) => {
      cursor.value = under(event);
      if (down !== NONE) select(down_x, Math.max(0, Math.min(over.clientWidth, place(event))));
    },
    options,
  );
  over.addEventListener("pointerleave", () => (cursor.value = NONE), options);
  /* A finger that scrolls the page. */
  over.addEventListener("pointercancel", end, options);
  over.addEventListener(
    "pointerup",
    (event) => {
      if (down === NONE) return;
      const from = down;
      const up = under(event);
      end();
      if (Math.abs(place(event) - down_x) >= DRAG_PX) mark_range(from, up);
      else {
        cursor.value = up;
        open_cursor();
      }
    },
    options,
  );
}

function start_chart(spec: ChartSpec, box: HTMLElement): () => void {
  let theme = read_theme(box);
  const shown = series.peek();
  const plot = new uPlot(
    options(spec, Math.max(1, box.clientWidth), () => theme),
    shown ? data_of(spec, shown) : [[], []],
    box,
  );
  plot.hooks.drawClear = [() => series.peek() && draw_below(plot, series.peek() as Series, theme)];
  const abort = new AbortController();
  start_pointer(plot, abort.signal);
  const stops = [
    effect(() => {
      const now = series.value;
      if (!now) return;
      plot.setData(data_of(spec, now));
      /* Around a single point uPlot shows years. */
      if (now.count === 1) plot.setScale("x", { min: now.x[0] - 60, max: now.x[0] + 60 });
    }),
    effect(() => {
      void [range.value, shown_point.value];
      plot.redraw(false);
    }),
    effect(() => {
      const at = cursor.value;
      const now = series.peek();
      const left = now && at !== NONE && at < now.count ? plot.valToPos(now.time[at], "x") : -10;
      plot.setCursor({ left, top: left < 0 ? -10 : 0 }, false);
    }),
    on_restyle(() => {
      theme = read_theme(box);
      plot.redraw(true);
    }),
  ];
  const observer = new ResizeObserver(() =>
    plot.setSize({ width: Math.max(1, box.clientWidth), height: HEIGHT }),
  );
  observer.observe(box);
  return () => {
    observer.disconnect();
    abort.abort();
    for (const stop of stops) stop();
    plot.destroy();
  };
}

/** The plot of a chart; the numbers it shows are in the table of snapshots too. */
export function Chart({ spec }: { spec: ChartSpec }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => (box.current ? start_chart(spec, box.current) : undefined), [spec]);
  return <div class="plot" ref={box} aria-hidden="true" />;
}
