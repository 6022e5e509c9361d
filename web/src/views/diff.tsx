/* SPDX-License-Identifier: GPL-2.0-only */
/* What changed between two snapshots: their totals side by side. */
import type { Snapshot } from "../api/types";
import { overview } from "../state/route";
import { base, load_view, snapshot, timeline } from "../state/store";
import { bytes, count, local_time, plural, signed } from "../text/units";
import { Failure, Link, Loading } from "./parts";

interface Total {
  name: string;
  value: (of: Snapshot) => number;
  text: (value: number) => string;
}

const TOTALS: Total[] = [
  { name: "processes", value: ({ totals }) => totals.processes, text: count },
  { name: "trees", value: ({ totals }) => totals.trees, text: count },
  { name: "VMAs", value: ({ totals }) => totals.vmas, text: count },
  { name: "anon_vmas", value: ({ totals }) => totals.anon_vmas, text: count },
  { name: "AVCs", value: ({ totals }) => totals.avcs, text: count },
  { name: "objects", value: ({ totals }) => totals.object_bytes, text: bytes },
  {
    name: "missed reuse",
    value: ({ totals }) => totals.missed_reuse,
    text: (value) => plural(value, "anon_vma"),
  },
  { name: "longest chain", value: ({ totals }) => totals.max_chain, text: (value) => plural(value, "AVC") },
  { name: "widest rmap", value: ({ rmap }) => rmap.max_visits, text: (value) => plural(value, "VMA") },
];

function Moment({ of }: { of: Snapshot }) {
  return (
    <>
      #{of.id} <span class="faint">{local_time(of.taken_at)}</span> {of.label}
    </>
  );
}

export function DiffView() {
  const to = snapshot.value;
  const loaded = base.value.value;
  if (!to) return null;
  if (loaded.state === "failed")
    return <Failure what="The other snapshot did not load." error={loaded.error} retry={load_view} />;
  if (loaded.state === "idle" && timeline.state.value.started)
    return (
      <p class="notice">
        There is no snapshot before #{to.id} to compare it with. Take another one, or choose two on the{" "}
        <Link to={overview()}>overview</Link>.
      </p>
    );
  if (loaded.state !== "ready") return <Loading what="the other snapshot" />;
  const from = loaded.value;
  return (
    <section class="panel diff" aria-label="Diff">
      <h1 class="hidden">Diff</h1>
      <table class="top">
        <thead>
          <tr>
            <th scope="col">total</th>
            <th scope="col" class="num">
              <Moment of={from} />
            </th>
            <th scope="col" class="num">
              <Moment of={to} />
            </th>
            <th scope="col" class="num">
              change
            </th>
          </tr>
        </thead>
        <tbody>
          {TOTALS.map(({ name, value, text }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="num">{text(value(from))}</td>
              <td class="num">{text(value(to))}</td>
              <td class="num strong">{signed(value(to) - value(from), text)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {from.boot.id !== to.boot.id && (
        <p class="notice">They are of different boots: ids of anon_vmas and processes do not carry over.</p>
      )}
    </section>
  );
}
