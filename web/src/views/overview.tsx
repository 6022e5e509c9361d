/* SPDX-License-Identifier: GPL-2.0-only */
/* The start of the page: how the totals went, the snapshots, and the cards of the one shown. */
import type { ComponentChildren } from "preact";
import type { Snapshot } from "../api/types";
import { wall_ns } from "../model/series";
import { NONE } from "../model/tree";
import { route } from "../state/location";
import {
  adjust_overview,
  clear_range,
  cursor,
  range,
  read_point,
  series,
  shown_point,
} from "../state/overview_state";
import { diff_view, type Route } from "../state/route";
import {
  kept_ends,
  show_snapshot,
  snapshot,
  snapshot_document,
  snapshot_id,
  timeline,
} from "../state/snapshots";
import { load_view, stats } from "../state/store";
import { printable } from "../text/labels";
import { quality_sentences } from "../text/sentences";
import { bytes, duration, local_time } from "../text/units";
import { Chip, Chips } from "./buttons";
import { Charts } from "./charts";
import { Cards } from "./overview_cards";
import { faint_zero } from "./count_column";
import { Grid, type Column } from "./grid";
import { PagedFooter } from "./paged";
import { Failure, Loading, RouteLink } from "./parts";

const SPANS: [number | null, string][] = [
  [900, "15 min"],
  [3600, "1 h"],
  [86400, "1 d"],
  [604800, "1 w"],
  [null, "all"],
];

function diff_route(from: number, to: number): Route {
  return { snapshot: to, view: diff_view(from) };
}

function Compare({ from, to, children }: { from: number; to: number; children: ComponentChildren }) {
  return <RouteLink to={diff_route(from, to)}>{children}</RouteLink>;
}

/** What is marked, or what could be. */
function Marked() {
  const marked = range.value;
  const shown = series.value;
  if (!marked || !shown) return null;
  const { from, to, first, last } = marked;
  const known = first !== NONE && last !== NONE;
  return (
    <span class="marked" role="status">
      <span>
        marked <span class="strong num">#{from}</span> to <span class="strong num">#{to}</span>
        {known && `, ${duration((shown.time[last] - shown.time[first]) * 1e9)}`}
        {known && shown.boot[first] !== shown.boot[last] && ", across a boot"}
      </span>
      <Compare from={from} to={to}>
        Compare these two
      </Compare>
      <button type="button" class="link" onClick={clear_range} aria-keyshortcuts="Escape">
        Clear
      </button>
    </span>
  );
}

/** The two that most want to compare, whatever is marked. */
function Hint() {
  const shown = series.value;
  const id = snapshot_id.value;
  if (!shown || id === null) return null;
  const at = shown_point.value;
  const before = at > 0 ? shown.snapshot[at - 1] : null;
  const whole = kept_ends.value;
  return (
    <span class="hint">
      {!range.value && (
        <span class="faint wide-only">click a chart: that snapshot · drag: mark two to compare</span>
      )}
      {before !== null && !range.value && (
        <Compare from={before} to={id}>
          #{id} against #{before}
        </Compare>
      )}
      {whole && (
        <Compare from={whole[0]} to={whole[1]}>
          first against last: #{whole[0]} → #{whole[1]}
        </Compare>
      )}
    </span>
  );
}

/** The snapshot that the numbers beside the charts are of. */
function ReadAt() {
  const shown = series.value;
  const at = read_point.value;
  if (!shown || at === NONE) return null;
  const when = local_time(new Date(shown.time[at] * 1000).toISOString());
  return (
    <span class="read-at num">
      <span class="faint">{cursor.value === NONE ? "shown:" : "at:"}</span> #{shown.snapshot[at]} {when}
    </span>
  );
}

function Tools() {
  const { view } = route.value;
  if (view.name !== "overview") return null;
  const shown = series.value;
  return (
    <div class="tools">
      <Chips label="How far back the charts go">
        {SPANS.map(([last, name]) => (
          <Chip key={name} chosen={view.last === last} on_press={() => adjust_overview({ last })}>
            {name}
          </Chip>
        ))}
      </Chips>
      {shown?.step_s && (
        <span class="faint" title="dashed: the largest within the step">
          a point each {duration(shown.step_s * 1e9)}
        </span>
      )}
      <ReadAt />
      <span class="grow" />
      <Hint />
      <Marked />
    </div>
  );
}

function TimeLine() {
  const loaded = stats.value.value;
  if (loaded.state === "failed")
    return <Failure what="The totals over time did not load." error={loaded.error} retry={load_view} />;
  if (!series.value) return <Loading what="totals over time" />;
  if (series.value.count === 0)
    return <p class="notice">No snapshot was taken in this time; choose a longer one above.</p>;
  return <Charts />;
}

const SNAPSHOT_COLUMNS: Column<Snapshot>[] = [
  {
    key: "id",
    title: "id",
    width: "58px",
    narrow: "56px",
    cell: (row) => (
      <RouteLink to={{ ...route.value, snapshot: row.id }} strong>
        #{row.id}
      </RouteLink>
    ),
  },
  {
    key: "time",
    title: "taken",
    width: "150px",
    narrow: "minmax(150px, 1fr)",
    cell: (row) => <span title={row.taken_at}>{local_time(row.taken_at)}</span>,
  },
  {
    key: "label",
    title: "label",
    width: "minmax(40px, 1fr)",
    optional: true,
    cell: (row) => (
      <>
        {row.pinned && (
          <span class="badge" title="kept whatever its age">
            pinned
          </span>
        )}
        {row.tree_tgid !== null && (
          <span class="badge" title={`only process ${row.tree_tgid} and its descendants`}>
            only pid {row.tree_tgid}
          </span>
        )}
        {!row.quality.complete && (
          <span class="badge bad" title={quality_sentences(row.quality).join("\n")}>
            incomplete
          </span>
        )}
        {row.label && printable(row.label)}
      </>
    ),
  },
  {
    key: "vmas",
    term: "vma",
    title: "VMAs",
    width: "66px",
    numeric: true,
    optional: true,
    cell: (row) => faint_zero(row.totals.vmas),
  },
  {
    key: "anon_vmas",
    term: "anon_vma",
    title: "anon_vmas",
    width: "76px",
    numeric: true,
    cell: (row) => faint_zero(row.totals.anon_vmas),
  },
  {
    key: "avcs",
    term: "avc",
    title: "AVCs",
    width: "66px",
    numeric: true,
    optional: true,
    cell: (row) => faint_zero(row.totals.avcs),
  },
  {
    key: "bytes",
    term: "objects",
    title: "objects",
    width: "76px",
    numeric: true,
    optional: true,
    cell: (row) => bytes(row.totals.object_bytes),
  },
  {
    key: "missed",
    term: "missed",
    title: "missed reuse",
    hint: "in anon_vmas",
    width: "88px",
    numeric: true,
    cell: (row) => faint_zero(row.totals.missed_reuse, "missed-text strong"),
  },
  {
    key: "chain",
    term: "chain",
    title: "chain",
    hint: "longest chain, in AVCs",
    width: "48px",
    numeric: true,
    optional: true,
    cell: (row) => faint_zero(row.totals.max_chain),
  },
  {
    key: "rmap",
    term: "rmap",
    title: "rmap",
    hint: "VMAs that a reverse-map walk from one page visits, at most",
    width: "48px",
    numeric: true,
    optional: true,
    cell: (row) => faint_zero(row.rmap.max_visits),
  },
  {
    key: "wall",
    title: "took",
    hint: "walk, identity, analysis and store",
    width: "70px",
    numeric: true,
    optional: true,
    cell: (row) => duration(wall_ns(row)),
  },
];

/** The picker, and the table of what the charts show; its active row is their cursor. */
function Snapshots() {
  const { rows } = timeline.state.value;
  const shown = series.value;
  const pointed = cursor.value !== NONE && shown ? shown.snapshot[cursor.value] : snapshot_id.value;
  return (
    <section class="snapshots" aria-label="Snapshots">
      <div class="card-head">
        <h2>Snapshots</h2>
        <span class="faint wide-only">newest first; Enter or double click opens</span>
        <PagedFooter of={timeline} one="snapshot" />
      </div>
      <Grid
        id="timeline"
        label="Snapshots, with the totals that the charts show"
        columns={SNAPSHOT_COLUMNS}
        count={rows.length}
        row={(i) => rows[i]}
        selected={rows.findIndex((row) => row.id === pointed)}
        on_active={(i) => (cursor.value = shown ? shown.snapshot.indexOf(rows[i].id) : NONE)}
        on_open={(i) => show_snapshot(rows[i].id)}
        row_class={(row) => (row.id === snapshot_id.value ? "openable shown" : "openable")}
        on_end={timeline.more_at_end}
      />
    </section>
  );
}

export function Overview() {
  const shown = snapshot.value;
  if (!shown) return null;
  return (
    <section class="overview" aria-label="Overview">
      <h1 class="hidden">Overview</h1>
      <Tools />
      <TimeLine />
      <div class="lower">
        <Snapshots />
        <Cards shown={shown} document={snapshot_document.value} />
      </div>
    </section>
  );
}
