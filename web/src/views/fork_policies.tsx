/* SPDX-License-Identifier: GPL-2.0-only */
/* What fork() would allocate under each rule there was, is or was proposed; choosing one simulates it. */
import type { ForkDocument, ForkPolicy } from "../api/types";
import { choose_policy } from "../state/process_state";
import { cost_text } from "../text/findings";
import { POLICY_KERNELS, violation_text } from "../text/policies";
import { bytes, count } from "../text/units";
import { Grid, type Column } from "./grid";
import { Bar } from "./parts";

function columns(largest: number): Column<ForkPolicy>[] {
  return [
    {
      key: "policy",
      title: "policy",
      width: "116px",
      narrow: "minmax(108px, 1fr)",
      cell: (row) => <span class="strong">{row.policy}</span>,
    },
    {
      key: "kernels",
      title: "kernels",
      width: "minmax(90px, 1fr)",
      optional: true,
      cell: (row) => (
        <span class="faint" title={POLICY_KERNELS[row.policy]}>
          {POLICY_KERNELS[row.policy] ?? ""}
        </span>
      ),
    },
    {
      key: "anon_vmas",
      title: "anon_vmas",
      hint: "new ones, for one fork()",
      width: "78px",
      narrow: "84px",
      numeric: true,
      cell: (row) => count(row.anon_vmas),
    },
    {
      key: "avcs",
      title: "AVCs",
      width: "60px",
      narrow: "52px",
      numeric: true,
      cell: (row) => count(row.avcs),
    },
    {
      key: "bytes",
      title: "bytes",
      hint: "VMAs, anon_vmas and AVCs at their slab sizes",
      width: "84px",
      narrow: "78px",
      numeric: true,
      cell: (row) => <Bar value={row.bytes} of={largest} text={bytes(row.bytes)} />,
    },
    {
      key: "violations",
      title: "breaks",
      hint: "what mm/rmap.c relies on and such a child does not keep",
      width: "54px",
      narrow: "56px",
      numeric: true,
      cell: (row) =>
        row.violations.length > 0 ? (
          <span class="warn" title={row.violations.map(violation_text).join("\n")}>
            ! {row.violations.length}
          </span>
        ) : (
          <span class="faint">none</span>
        ),
    },
  ];
}

/** The chosen policy in words. */
function Chosen({ document }: { document: ForkDocument }) {
  const { policy, kernels, rule, policy_observed, allocates, violations } = document;
  return (
    <div class="policy" aria-live="polite">
      <p>
        <strong>{policy}</strong> <span class="faint">({kernels})</span>: {rule}.
        {policy_observed && <span class="badge good">what this kernel was seen to do</span>}
      </p>
      <p>
        One fork() allocates <strong>{cost_text(allocates)}</strong>.
      </p>
      {violations.map((name) => (
        <p key={name} class="warn">
          ! {violation_text(name)}.
        </p>
      ))}
    </div>
  );
}

export function ForkPolicies({ document }: { document: ForkDocument }) {
  const { policies } = document;
  const largest = policies.reduce((most, row) => Math.max(most, row.bytes), 0);
  return (
    <>
      <Grid
        id="policies"
        label="What fork() allocates under each policy"
        columns={columns(largest)}
        count={policies.length}
        row={(i) => policies[i]}
        selected={policies.findIndex((row) => row.policy === document.policy)}
        on_active={(i) => choose_policy(policies[i].policy)}
        row_class={() => "openable"}
      />
      <Chosen document={document} />
    </>
  );
}
