/* SPDX-License-Identifier: GPL-2.0-only */
/* The totals over time: small charts of one time axis, read at one place at once. */
import { Ink } from "../draw/list";
import { value_at } from "../model/series";
import { NONE } from "../model/tree";
import {
  clear_range,
  cursor,
  open_cursor,
  range,
  read_point,
  series,
  step_cursor,
} from "../state/overview_state";
import type { TermName } from "../text/glossary";
import { bytes, compact, count, duration, local_time, plural, signed } from "../text/units";
import { Chart, type ChartSpec } from "./chart";
import { Term } from "./term";

const PAGE = 10;

const counted = (key: string, title: string, term: TermName, hint: string, ink = Ink.Root): ChartSpec => ({
  key,
  title,
  term,
  hint,
  lines: [{ column: key, name: title, ink }],
  text: count,
  tick: compact,
});

export const CHARTS: ChartSpec[] = [
  counted("vmas", "VMAs", "vma", "of all processes"),
  {
    ...counted("anon_vmas", "anon_vmas", "anon_vma", "all of them, and the idle ones, with no active VMA"),
    lines: [
      { column: "anon_vmas", name: "anon_vmas", ink: Ink.Root },
      { column: "idle_anon_vmas", name: "idle", ink: Ink.Idle },
    ],
  },
  counted("avcs", "AVCs", "avc", "anon_vma_chain: links between VMAs and anon_vmas"),
  {
    ...counted("object_bytes", "objects", "objects", "VMAs, anon_vmas and AVCs"),
    binary: true,
    text: bytes,
    tick: (value) => (value === 0 ? "0" : bytes(value)),
  },
  {
    ...counted(
      "missed_reuse",
      "missed reuse",
      "missed",
      "anon_vmas that sharing would have saved",
      Ink.Missed,
    ),
    text: (value) => plural(value, "anon_vma"),
  },
  {
    ...counted("max_chain", "longest chain", "chain", "AVCs of the VMA that has most of them"),
    text: (value) => plural(value, "AVC"),
  },
  {
    ...counted(
      "rmap_max_visits",
      "widest rmap",
      "rmap",
      "VMAs that a reverse-map walk from one page visits, at most",
    ),
    text: (value) => plural(value, "VMA"),
  },
  {
    key: "wall_ns",
    title: "vmascope itself",
    hint: "what taking the snapshot took: walk, identity, analysis, store; and its processor time",
    lines: [
      { column: "wall_ns", name: "time", ink: Ink.Root },
      { column: "cpu_ns", name: "CPU", ink: Ink.Idle },
    ],
    text: duration,
    tick: (value) => (value === 0 ? "0" : duration(value)),
  },
];

function Reading({ spec }: { spec: ChartSpec }) {
  const shown = series.value;
  const at = read_point.value;
  const marked = range.value;
  if (!shown || at === NONE) return null;
  const read = (column: string, point: number) => value_at(shown, column, point);
  const [first, ...others] = spec.lines;
  const value = read(first.column, at);
  const from = marked && read(first.column, marked.first);
  const to = marked && read(first.column, marked.last);
  return (
    <>
      <span class="value">{value === null ? "not known" : spec.text(value)}</span>
      {marked && typeof from === "number" && typeof to === "number" ? (
        <span class="change" title={`from #${marked.from} to #${marked.to}`}>
          {signed(to - from, spec.text)}
        </span>
      ) : (
        others.map((line) => {
          const other = read(line.column, at);
          return (
            <span key={line.column} class="other">
              {line.name} {other === null ? "not known" : spec.text(other)}
            </span>
          );
        })
      )}
    </>
  );
}

/** What is at the cursor, in words; said when the cursor is moved by key. */
function announcement(): string {
  const shown = series.value;
  const at = cursor.value;
  if (!shown || at === NONE || at >= shown.count) return "";
  const when = local_time(new Date(shown.time[at] * 1000).toISOString());
  const values = CHARTS.map((spec) => {
    const value = value_at(shown, spec.key, at);
    return value === null ? "" : `${spec.title} ${spec.text(value)}`;
  });
  return [`snapshot ${shown.snapshot[at]}`, when, ...values].filter(Boolean).join(", ");
}

function on_key(event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const count = series.peek()?.count ?? 0;
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    PageUp: -PAGE,
    PageDown: PAGE,
    Home: -count,
    End: count,
  };
  if (event.key in steps) step_cursor(steps[event.key], event.shiftKey);
  else if (event.key === "Enter") open_cursor();
  else if (event.key === "Escape" && (range.peek() || cursor.peek() !== NONE)) {
    clear_range();
    cursor.value = NONE;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

export function Charts() {
  return (
    <div
      class="charts"
      id="charts"
      role="group"
      tabIndex={0}
      aria-label="Totals over time; arrow keys move along, with Shift they mark a range, Enter opens the snapshot; the table of snapshots has the same numbers"
      onKeyDown={on_key}
    >
      {CHARTS.map((spec) => (
        <figure key={spec.key} class="chart" title={spec.hint}>
          <figcaption>
            <span class="name">{spec.term ? <Term name={spec.term}>{spec.title}</Term> : spec.title}</span>{" "}
            <Reading spec={spec} />
          </figcaption>
          <Chart spec={spec} />
        </figure>
      ))}
      <p class="hidden" role="status">
        {announcement()}
      </p>
    </div>
  );
}
