/* SPDX-License-Identifier: GPL-2.0-only */
/* The overview's cards: what leads each list in the snapshot shown, how good it is, and what it cost. */
import type { ComponentChildren } from "preact";
import { last_of, type Loaded } from "../api/newest";
import type { Finding, List, Process, Snapshot, SnapshotDocument, TreeRow } from "../api/types";
import { cpu_share, wall_ns } from "../model/series";
import { series, shown_point } from "../state/overview_state";
import {
  findings_view,
  process_view,
  processes_view,
  tree_view,
  forest_view,
  locks_view,
  type View,
} from "../state/route";
import { snapshot } from "../state/snapshots";
import { database_bytes, load_view, top_findings, top_locks, top_processes, top_trees } from "../state/store";
import { excuses_text, found_text, from_text, invariants_sentence, subject_text } from "../text/findings";
import { printable } from "../text/labels";
import { quality_sentences } from "../text/sentences";
import { bytes, count, duration, percent } from "../text/units";
import { faint_zero } from "./count_column";
import { finding_place } from "./finding";
import { Failure, Link, Loading } from "./parts";
import { Term } from "./term";

function Card({
  title,
  hint,
  more,
  children,
}: {
  title: string;
  hint?: string;
  more?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="card" aria-label={title}>
      <div class="card-head">
        <h2 title={hint}>{title}</h2>
        {more}
      </div>
      {children}
    </section>
  );
}

interface ListedProps<T> {
  what: string;
  loaded: Loaded<List<T>>;
  none: string;
  head: ComponentChildren[];
  row: (row: T) => ComponentChildren;
  name: (row: T) => string | number;
  /** What the list is ordered by. */
  measure: (row: T) => number;
  /** Which rows belong to it; without: all. */
  keep?: (row: T) => boolean;
  /** Rows shown. */
  top?: number;
  /** How many there are; without: what was loaded tells. */
  total?: number;
  /** The whole list, in the same order. */
  all: View;
}

/** The first rows of a list as a table, and how many follow: those equal to the last are told apart. */
function Listed<T>(props: ListedProps<T>) {
  const { what, loaded, none, head, row, name, measure, keep, top = 6, total, all } = props;
  if (loaded.state === "failed")
    return <Failure what={`The ${what} did not load.`} error={loaded.error} retry={load_view} />;
  const list = last_of(loaded);
  if (!list) return <Loading what={what} />;
  const found = keep ? list.data.filter(keep) : list.data;
  if (found.length === 0) return <p class="none">{none}</p>;
  const rows = found.slice(0, top);
  const rest = found.slice(top);
  const last = measure(rows[rows.length - 1]);
  const level = rest.filter((each) => measure(each) === last).length;
  /* Where all that was loaded are such, there may be more. */
  const open = list.next !== null && found.length === list.data.length;
  const more = total === undefined ? rest.length : total - rows.length;
  const tie = measure(rows[0]) === last;
  return (
    <>
      <table class="top">
        <thead>
          <tr>
            {head.map((title, i) => (
              <th key={i} scope="col" class={i > 0 ? "num" : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((each) => (
            <tr key={name(each)}>{row(each)}</tr>
          ))}
        </tbody>
      </table>
      {more > 0 && (
        <p class="more-rows" title="of equal ones the newest comes first">
          <Link to={all}>
            {open && total === undefined ? "at least " : "+"}
            {count(more)} more
          </Link>
          {level > 0 &&
            `; ${open && level === rest.length ? "at least " : ""}${
              tie ? `${count(rows.length + level)} ${what} tie` : `${count(level)} of them with as much`
            }`}
        </p>
      )}
    </>
  );
}

function TreeOwner({ row }: { row: TreeRow }) {
  return (
    <td class="clip">
      <Link to={tree_view(row.root)} strong>
        #{row.root}
      </Link>{" "}
      {row.pid === null ? (
        <span class="faint">owner exited</span>
      ) : (
        <>
          {printable(row.comm ?? "")} <span class="faint">{row.pid}</span>
        </>
      )}
    </td>
  );
}

/** A finding in one line: what and where. */
function FindingLine({ row }: { row: Finding }) {
  const place = finding_place(row);
  return (
    <>
      <td class="clip" title={row.sentence}>
        {place ? <Link to={place}>{row.title}</Link> : row.title} {subject_text(row)}{" "}
        {row.process && (
          <span class="faint">
            {printable(row.process.comm)} {row.process.pid}
          </span>
        )}
      </td>
      <td class="num">{bytes(row.bytes)}</td>
    </>
  );
}

/** How many there are of each kind, and the largest of all. */
function TopFindings({ document }: { document: SnapshotDocument | null }) {
  const kinds = document?.findings.filter((kind) => kind.count > 0) ?? [];
  return (
    <Card title="Findings" more={<Link to={findings_view()}>all findings</Link>}>
      {kinds.length > 0 && (
        <table class="top">
          <thead>
            <tr>
              <th scope="col">kind</th>
              <th scope="col" class="num">
                found
              </th>
              <th scope="col" class="num">
                bytes
              </th>
            </tr>
          </thead>
          <tbody>
            {kinds.map((kind) => (
              <tr key={kind.kind}>
                <td class="clip" title={kind.description}>
                  <Link to={findings_view({ kind: kind.kind })} strong>
                    {kind.title}
                  </Link>
                </td>
                <td class="num">{found_text(kind.kind, kind.count)}</td>
                <td class="num">{bytes(kind.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Listed<Finding>
        what="findings"
        loaded={top_findings.value.value}
        none="Nothing found in this snapshot."
        head={["largest", "bytes"]}
        name={(row) => row.id}
        row={(row) => <FindingLine row={row} />}
        measure={(row) => row.bytes}
        top={3}
        total={document ? kinds.reduce((sum, kind) => sum + kind.count, 0) : undefined}
        all={findings_view()}
      />
    </Card>
  );
}

const MOST_MISSED = processes_view("-missed_reuse");

function TopProcesses() {
  const unit = snapshot.value?.boot.anon_vma_bytes ?? 0;
  return (
    <Card
      title="Most missed reuse"
      hint="processes whose fork() allocated most anon_vmas that sharing would have saved"
      more={<Link to={MOST_MISSED}>all processes</Link>}
    >
      <Listed<Process>
        what="processes"
        loaded={top_processes.value.value}
        none="No process missed reuse."
        head={["process", "anon_vmas", "bytes"]}
        name={(row) => row.pid}
        row={(row) => (
          <>
            <td class="clip">
              <Link to={process_view(row.pid)} strong>
                {printable(row.comm)} {row.pid}
              </Link>
            </td>
            <td class="num missed-text strong">{count(row.missed_reuse)}</td>
            <td class="num">{bytes(row.missed_reuse * unit)}</td>
          </>
        )}
        measure={(row) => row.missed_reuse}
        keep={(row) => row.missed_reuse > 0}
        all={MOST_MISSED}
      />
    </Card>
  );
}

function TopLocks({ shown }: { shown: Snapshot }) {
  return (
    <Card
      title="Widest root locks"
      hint="trees whose root's rwsem covers most address spaces"
      more={<Link to={locks_view()}>all locks</Link>}
    >
      <Listed<TreeRow>
        what="trees"
        loaded={top_locks.value.value}
        none="There is no tree."
        head={["tree", <Term name="mm">processes (mms)</Term>, "anon_vmas"]}
        name={(row) => row.root}
        row={(row) => (
          <>
            <TreeOwner row={row} />
            <td class="num">{count(row.mms)}</td>
            <td class="num">{count(row.anon_vmas)}</td>
          </>
        )}
        measure={(row) => row.mms}
        total={shown.totals.trees}
        all={locks_view()}
      />
      <p class="faint">
        <Link to={findings_view({ kind: "wide_lock" })}>wide lock</Link>:{" "}
        {from_text("wide_lock", shown.thresholds)}
      </p>
    </Card>
  );
}

function TopTrees({ shown }: { shown: Snapshot }) {
  const all = forest_view({ grouped: false });
  return (
    <Card title="Largest trees" more={<Link to={forest_view()}>forest</Link>}>
      <Listed<TreeRow>
        what="trees"
        loaded={top_trees.value.value}
        none="There is no tree."
        head={["tree", <Term name="missed">missed{"\u00a0"}reuse, anon_vmas</Term>, "bytes"]}
        name={(row) => row.root}
        row={(row) => (
          <>
            <TreeOwner row={row} />
            <td class="num">{faint_zero(row.missed_reuse, "missed-text strong")}</td>
            <td class="num">{bytes(row.tree_bytes)}</td>
          </>
        )}
        measure={(row) => row.tree_bytes}
        total={shown.totals.trees}
        all={all}
      />
    </Card>
  );
}

/** How far the snapshot can be trusted. */
function QualityCard({ shown, document }: { shown: Snapshot; document: SnapshotDocument | null }) {
  const problems = quality_sentences(shown.quality);
  const invariants = document?.invariants ?? [];
  const races = invariants
    .map((each) => ({ number: each.number, statement: each.statement, why: excuses_text(each.excused) }))
    .filter((each) => each.why !== "");
  return (
    <Card
      title="Quality"
      more={
        <span class={shown.quality.complete ? "badge good" : "badge bad"}>
          {shown.quality.complete ? "complete" : "incomplete"}
        </span>
      }
    >
      <div class="prose">
        {problems.length ? (
          problems.map((text) => <p key={text}>{text}</p>)
        ) : (
          <p>Every mm held still while it was read, every chain is whole.</p>
        )}
        {document && (
          <p>
            {invariants_sentence(invariants)} <Link to={findings_view({ kind: "invariant" })}>which</Link>
          </p>
        )}
        {races.length > 0 && (
          <p>
            Excused:{" "}
            {races.map((each, i) => (
              <span key={each.number} title={each.statement}>
                {i > 0 && "; "}rule {each.number}: {each.why}
              </span>
            ))}
            .
          </p>
        )}
      </div>
    </Card>
  );
}

const STEPS: [key: "walk_ns" | "identity_ns" | "analyse_ns" | "store_ns", name: string, tone: string][] = [
  ["walk_ns", "walk", "hue0"],
  ["identity_ns", "identity", "hue1"],
  ["analyse_ns", "analysis", "hue2"],
  ["store_ns", "store", "hue3"],
];

/** What vmascope itself takes. */
function CostCard({ shown }: { shown: Snapshot }) {
  const { cost } = shown;
  const database = database_bytes.value.value;
  const share = series.value ? cpu_share(series.value, shown_point.value) : null;
  const whole = wall_ns(shown);
  let x = 0;
  return (
    <Card title="Cost of vmascope" more={<span class="num">{duration(whole)}</span>}>
      <svg class="steps" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        {STEPS.map(([key, name, tone]) => {
          const width = whole > 0 ? (100 * cost[key]) / whole : 0;
          x += width;
          return (
            <rect key={name} class={tone} x={x - width} y="0" width={Math.max(0, width - 0.4)} height="1" />
          );
        })}
      </svg>
      <dl class="pairs">
        {STEPS.map(([key, name, tone]) => (
          <div key={name}>
            <dt>
              <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
                <rect width="8" height="8" class={tone} />
              </svg>{" "}
              {name}
            </dt>
            <dd>{duration(cost[key])}</dd>
          </div>
        ))}
        <div>
          <dt>CPU time</dt>
          <dd>{duration(cost.cpu_ns)}</dd>
        </div>
        {share !== null && (
          <div title="processor time over the time since the snapshot before">
            <dt>of one CPU</dt>
            <dd>{percent(share)}</dd>
          </div>
        )}
        <div title="records that the kernel's iterator wrote">
          <dt>stream</dt>
          <dd>{bytes(cost.stream_bytes)}</dd>
        </div>
        {database.state === "ready" && database.value !== null && (
          <div title="the whole history, with its write-ahead log">
            <dt>database</dt>
            <dd>{bytes(database.value)}</dd>
          </div>
        )}
        <div title="for each VMA">
          <dt>per VMA</dt>
          <dd>{shown.totals.vmas ? duration(Math.round(whole / shown.totals.vmas)) : "none"}</dd>
        </div>
      </dl>
    </Card>
  );
}

export function Cards({ shown, document }: { shown: Snapshot; document: SnapshotDocument | null }) {
  return (
    <div class="cards">
      <TopFindings document={document} />
      <TopProcesses />
      <TopTrees shown={shown} />
      <TopLocks shown={shown} />
      <QualityCard shown={shown} document={document} />
      <CostCard shown={shown} />
    </div>
  );
}
