/* SPDX-License-Identifier: GPL-2.0-only */
/* The merged picture: its switch, and its numbers beside those of the tree as it is. */
import type { TreeRow } from "../api/types";
import type { TreeModel } from "../model/tree";
import { can_merge, merged, recorded, select_anon_vma, set_merged } from "../state/tree_state";
import { bytes, count, mean_vmas, plural } from "../text/units";

export function MergedSwitch() {
  if (!can_merge(recorded.value)) return null;
  return (
    <label
      class="check"
      title="m: draws the anon_vmas of each missed group as the one that fork() could have shared"
    >
      <input
        type="checkbox"
        id="merged"
        checked={merged.value}
        aria-keyshortcuts="m"
        onChange={(event) => set_merged(event.currentTarget.checked)}
      />
      merged picture
    </label>
  );
}

const ROWS: [string, (row: TreeRow) => number | null, (value: number | null) => string][] = [
  ["anon_vmas", (row) => row.anon_vmas, (value) => count(value ?? 0)],
  ["AVCs", (row) => row.avcs, (value) => count(value ?? 0)],
  ["rmap objects", (row) => row.tree_bytes, (value) => bytes(value ?? 0)],
  ["reusable", (row) => row.reusable_anon_vmas, (value) => count(value ?? 0)],
  ["longest chain", (row) => row.max_chain, (value) => plural(value ?? 0, "AVC")],
  ["rmap visits, at most", (row) => row.rmap.max_visits, (value) => plural(value ?? 0, "VMA")],
  ["rmap visits, mean", (row) => row.rmap.covered_mean_visits, mean_vmas],
];

function change_text(before: number | null, after: number | null): string {
  if (before === null || after === null || before === 0 || before === after) return "same";
  const percent = (100 * (after - before)) / before;
  const digits = Math.abs(percent) < 10 ? 1 : 0;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(digits)} %`;
}

/** What sharing would change, in numbers: gains and costs alike. */
export function MergedComparison({ before, after }: { before: TreeModel; after: TreeModel }) {
  const in_turn = after.groups.length - before.groups.length;
  const also =
    in_turn > 0 ? `, as are ${plural(in_turn, "group")} of children that thereby have one parent` : "";
  return (
    <div class="merged-box">
      <h3>merged picture: had fork() shared</h3>
      <p>
        {plural(before.groups.length, "missed group")} drawn as one anon_vma each, with the VMAs and children
        of all members{also}. That is what a policy that shares among the copies of VMAs that shared gives.
      </p>
      <table class="compare">
        <thead>
          <tr>
            <th scope="col">of this tree</th>
            <th scope="col">as it is</th>
            <th scope="col">merged</th>
            <th scope="col">change</th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([name, value, text]) => {
            const then = value(before.summary);
            const now = value(after.summary);
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{text(then)}</td>
                <td>{text(now)}</td>
                <td class={then === now ? "faint" : "strong"}>{change_text(then, now)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Of a node that stands for a group: what it replaces. */
export function MergedNode({ before, after, node }: { before: TreeModel; after: TreeModel; node: number }) {
  const group = after.groups[after.stands_for?.[node] ?? -1];
  if (!group) return null;
  const members = group.anon_vmas.map((id) => before.index_of.get(id)).filter((i) => i !== undefined);
  const linked = members.reduce((most, i) => Math.max(most, before.linked[i]), 0);
  const visits = members.reduce((most, i) => Math.max(most, before.rmap.max_visits[i]), 0);
  const now = after.rmap.max_visits[node];
  return (
    <div class="merged-box">
      <h3>
        one anon_vma for {count(members.length)}: {count(group.missed_reuse)} saved
      </h3>
      <p>
        It has the VMAs of all: {plural(after.linked[node], "linked VMA")}, where the busiest of the{" "}
        {count(members.length)} has {count(linked)}. A reverse-map walk from one of its pages visits at most{" "}
        {plural(now, "VMA")}
        {now === visits ? ", as before" : `, instead of ${count(visits)}`}.
      </p>
      <p class="jumps">
        <span>drawn for</span>
        {group.anon_vmas.slice(0, 40).map((id) => (
          <span key={id}>#{id}</span>
        ))}
        {group.anon_vmas.length > 40 && <span class="faint">+{count(group.anon_vmas.length - 40)}</span>}
        <button
          type="button"
          class="link"
          onClick={() => {
            set_merged(false);
            select_anon_vma(group.anon_vmas[0]);
          }}
        >
          show them as they are
        </button>
      </p>
    </div>
  );
}
