/* SPDX-License-Identifier: GPL-2.0-only */
/* What fork() would allocate under each rule there was, is or was proposed; choosing one simulates it. */
import type { ForkDocument, ForkPolicy } from "../api/types";
import { choose_policy } from "../state/process_state";
import { change_and_share, change_text } from "../text/change";
import { cost_text } from "../text/findings";
import { bytes, count, plural } from "../text/units";
import { violation_text } from "../text/violations";
import { Grid, type Column } from "./grid";
import { Bar, Fact } from "./parts";
import { explains } from "./term";

function columns(largest: number, kernel: ForkPolicy | undefined): Column<ForkPolicy>[] {
  return [
    {
      key: "policy",
      title: "policy",
      term: "policy",
      width: "minmax(108px, 1fr)",
      narrow: "minmax(108px, 1fr)",
      cell: (row) => (
        <span
          class="strong term"
          {...explains({ term: row.policy, says: `${row.kernels}: ${row.description}` })}
        >
          {row.policy}
        </span>
      ),
    },
    {
      key: "kernels",
      title: "kernels",
      width: "300px",
      wide: true,
      cell: (row) => <span class="faint">{row.kernels}</span>,
    },
    {
      key: "anon_vmas",
      title: "anon_vmas",
      term: "anon_vma",
      hint: "new ones, for one fork()",
      width: "80px",
      narrow: "78px",
      numeric: true,
      cell: (row) => count(row.anon_vmas),
    },
    {
      key: "avcs",
      title: "AVCs",
      term: "avc",
      hint: "new ones, for one fork()",
      width: "64px",
      narrow: "60px",
      numeric: true,
      cell: (row) => count(row.avcs),
    },
    {
      key: "bytes",
      title: "bytes",
      term: "slab",
      hint: "VMAs, anon_vmas and AVCs of one fork()",
      width: "84px",
      narrow: "70px",
      numeric: true,
      cell: (row) => <Bar value={row.bytes} of={largest} text={bytes(row.bytes)} />,
    },
    {
      key: "change",
      title: "change",
      hint: `bytes against ${kernel?.policy ?? "the kernel's own policy"}, what this kernel does`,
      width: "92px",
      optional: true,
      numeric: true,
      cell: (row) =>
        row === kernel ? (
          <span class="good">kernel</span>
        ) : (
          kernel && change_text(kernel.bytes, row.bytes, bytes)
        ),
    },
    {
      key: "violations",
      title: "breaks",
      hint: "what mm/rmap.c relies on and such a child does not keep",
      width: "54px",
      narrow: "50px",
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

const MANY_FORKS = 1000;

const COMPARED: [name: string, of: (policy: ForkPolicy) => number, text: (n: number) => string][] = [
  ["anon_vmas", (policy) => policy.anon_vmas, count],
  ["AVCs", (policy) => policy.avcs, count],
  ["bytes", (policy) => policy.bytes, bytes],
  [`of ${count(MANY_FORKS)} forks`, (policy) => policy.bytes * MANY_FORKS, bytes],
  ["VMAs that share", (policy) => policy.shared_vmas, count],
  ["VMAs that reuse", (policy) => policy.reused_vmas, count],
  ["longest chain", (policy) => policy.max_chain, (n) => plural(n, "AVC")],
];

/** What would change: the chosen policy against the kernel's own, in numbers. */
function Comparison({ kernel, chosen }: { kernel: ForkPolicy; chosen: ForkPolicy }) {
  if (kernel === chosen) return null;
  return (
    <>
      <h3>What would change for one fork() against {kernel.policy}, this kernel's</h3>
      <dl class="facts compare">
        {COMPARED.map(([name, of, text]) => {
          const [from, to] = [of(kernel), of(chosen)];
          return (
            <Fact key={name} name={name} hint={`${text(from)} → ${text(to)}`}>
              <span class={from === to ? "faint" : "strong"}>{change_and_share(from, to, text)}</span>
            </Fact>
          );
        })}
      </dl>
    </>
  );
}

/** The chosen policy in words. */
function Chosen({ document }: { document: ForkDocument }) {
  const { policy, kernels, description, policy_observed, allocates, violations, changes } = document;
  return (
    <div class="policy" aria-live="polite">
      <p>
        <strong>{policy}</strong> <span class="faint">· {kernels}</span>: {description}.
        {policy_observed && <span class="badge good">what this kernel was seen to do</span>}
      </p>
      <p>
        One fork(): <strong>{cost_text(allocates)}</strong>
        {changes.length > 0 && `; counters of ${plural(changes.length, "anon_vma")} move`}.
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
  const kernel = policies.find((row) => row.policy === document.kernel_policy);
  const chosen = policies.find((row) => row.policy === document.policy);
  return (
    <>
      <Grid
        id="policies"
        label="What fork() allocates under each policy"
        columns={columns(largest, kernel)}
        count={policies.length}
        row={(i) => policies[i]}
        selected={policies.findIndex((row) => row.policy === document.policy)}
        on_active={(i) => choose_policy(policies[i].policy)}
        row_class={() => "openable"}
      />
      <Chosen document={document} />
      {kernel && chosen && <Comparison kernel={kernel} chosen={chosen} />}
    </>
  );
}
