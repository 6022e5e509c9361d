/* SPDX-License-Identifier: GPL-2.0-only */
/* What changed between two snapshots: totals, lists, one tree of both. */
import { is_gone, type ApiError } from "../api/problem";
import type { DiffSummary } from "../api/types";
import {
  before_id,
  compare,
  from_ref,
  is_same,
  load_diff,
  pair,
  summary,
  swap,
  view,
} from "../state/diff_state";
import { route } from "../state/location";
import { diff_view } from "../state/route";
import { snapshot_error, snapshot_id, timeline } from "../state/snapshots";
import { TOTALS } from "../text/diff_rows";
import { signed } from "../text/units";
import { Ends } from "./diff_ends";
import { DiffList } from "./diff_list";
import { DiffTreeView } from "./diff_tree";
import { Term } from "./term";
import { Failure, Loading, RouteLink } from "./parts";

/** A column each in a wide window, a row each in a narrow one; the same table. */
function TotalsTable({ of }: { of: DiffSummary }) {
  const { before, after, change } = of.totals;
  const head = (text: string) => (
    <th role="columnheader" scope="col" class="num">
      {text}
    </th>
  );
  return (
    <table class="both-totals" role="table" aria-label="Totals before and after">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col" aria-label="total" />
          {head(`#${of.from.id}`)}
          {head(`#${of.to.id}`)}
          {head("change")}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {TOTALS.map(({ key, name, term, text }) => (
          <tr key={key} role="row" class={change[key] === 0 ? "unchanged" : undefined}>
            <th role="rowheader" scope="row">
              {term ? <Term name={term}>{name}</Term> : name}
            </th>
            <td role="cell" class="num">
              {text(before[key])}
            </td>
            <td role="cell" class="num">
              {text(after[key])}
            </td>
            <td role="cell" class="num strong">
              {signed(change[key], text)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Nothing to compare `id` with, unless it is its neighbour. */
function NoPair({ id, says }: { id: number; says: string }) {
  const other = before_id.value ?? timeline.state.value.rows.findLast((row) => row.id > id)?.id;
  return (
    <div class="notice none">
      <p>{says}</p>
      {other === undefined ? (
        <p>Wait for the next one.</p>
      ) : (
        <button type="button" onClick={() => compare(Math.min(id, other), Math.max(id, other))}>
          Compare with #{other}
        </button>
      )}
    </div>
  );
}

function OtherBoots({ of }: { of: DiffSummary }) {
  return (
    <p class="notice boots" role="note">
      <strong>Different boots.</strong> #{of.from.id} is of {of.from.boot.host}, kernel {of.from.boot.release}
      , boot {of.from.boot.boot_id.slice(0, 8)}; #{of.to.id} of {of.to.boot.host}, kernel {of.to.boot.release}
      , boot {of.to.boot.boot_id.slice(0, 8)}. No process, tree or anon_vma is the same in both, so processes
      are taken together by name, and there is no picture.
    </p>
  );
}

function Compared({ of }: { of: DiffSummary }) {
  if (of.from.id === of.to.id)
    return <NoPair id={of.to.id} says={`Both ends are snapshot #${of.to.id}: choose another above.`} />;
  const earlier = Date.parse(of.to.taken_at) < Date.parse(of.from.taken_at);
  return (
    <>
      <TotalsTable of={of} />
      {earlier && (
        <p class="notice hint-line">
          The second snapshot is the earlier one: what came since is shown as removed.{" "}
          <button type="button" class="link" onClick={swap}>
            Swap them
          </button>
        </p>
      )}
      {!of.same_boot && <OtherBoots of={of} />}
      {is_same.value && (
        <p class="notice hint-line">
          <strong>Nothing changed</strong> between #{of.from.id} and #{of.to.id}: every process, VMA, anon_vma
          and finding is as it was. Choose snapshots farther apart.
        </p>
      )}
      {!is_same.value && (
        <div class={of.same_boot ? "columns" : "columns single"}>
          <DiffList />
          {of.same_boot && <DiffTreeView />}
        </div>
      )}
    </>
  );
}

/** The server's sentence says which of them and why. */
function NotThere({ error }: { error: ApiError }) {
  const what = is_gone(error.status)
    ? "One of the two is not there: choose another above."
    : "The two cannot be compared.";
  return (
    <Failure what={what} error={error} retry={load_diff}>
      <RouteLink to={{ snapshot: "latest", view: diff_view() }}>Compare the newest two</RouteLink>
    </Failure>
  );
}

/** Where one of the two cannot be had, the rest of the view would be of nothing. */
function Body() {
  const loaded = pair.value.value;
  const id = snapshot_id.value;
  const wrong_end = snapshot_error.value;
  if (id === null) return wrong_end ? <NotThere error={wrong_end} /> : <Loading what="snapshots" />;
  if (from_ref.value === null)
    return timeline.state.value.next === null ? (
      <NoPair id={id} says={`There is no snapshot before #${id} to compare it with.`} />
    ) : (
      <Loading what="the snapshot before" />
    );
  if (loaded.state === "failed") return <NotThere error={loaded.error} />;
  if (!summary.value) return <Loading what="what changed" />;
  return <Compared of={summary.value} />;
}

export function DiffView() {
  const { view: shown } = route.value;
  if (shown.name !== "diff" || !view.value) return null;
  return (
    <section class="diff" aria-label="Diff" aria-busy={pair.value.value.state === "loading"}>
      <h1 class="hidden">Diff</h1>
      <Ends />
      <Body />
    </section>
  );
}
