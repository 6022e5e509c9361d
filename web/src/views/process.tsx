/* SPDX-License-Identifier: GPL-2.0-only */
/* One process: what it holds, what its next fork() allocates, and the child that would be. */
import { useEffect } from "preact/hooks";
import { last_of } from "../api/newest";
import type { Finding, Process } from "../api/types";
import { gap_before, range_bytes } from "../model/address_space";
import { child_mark, fork_id_text, type ForkRow } from "../model/fork";
import { go_view, route } from "../state/location";
import { findings_view, process_view } from "../state/route";
import { fork_document, fork_model, select_vma, selected_vma } from "../state/process_state";
import { wide } from "../state/screen";
import { fork, load_view, parent_process, process, subject_findings, vmas } from "../state/store";
import { address_space, start_strip } from "../state/strip_state";
import { cost_text, figures_text, subject_text } from "../text/findings";
import { outcome_of } from "../text/outcome";
import { printable } from "../text/labels";
import { bytes, count, duration, plural, range } from "../text/units";
import { finding_place } from "./finding";
import { ForkPolicies } from "./fork_policies";
import { ForkStage } from "./fork_stage";
import { Grid, type Column } from "./grid";
import { ChainColumn } from "./chain_column";
import { Look } from "./look";
import { PagedFooter } from "./paged";
import { AnonVma, Failure, Link, Loading, Stat } from "./parts";
import { AddressStrip } from "./strip";
import { Term } from "./term";

const SHOWN_CHAIN = 12;

function Chain({ ids, root, active }: { ids: number[]; root: number | null; active: number | null }) {
  return (
    <span class="chain" title={ids.map(fork_id_text).join(" ")}>
      {ids.slice(0, SHOWN_CHAIN).map((id) => (
        <span key={id} class={id === active ? "strong" : id === root ? "root" : undefined}>
          {id < 0 ? fork_id_text(id) : <AnonVma id={id} root={root} />}{" "}
        </span>
      ))}
      {ids.length > SHOWN_CHAIN && <span class="faint">+{count(ids.length - SHOWN_CHAIN)}</span>}
    </span>
  );
}

/** The picture as a table: the same rows, in the same order, with the same selection. */
const VMA_COLUMNS: Column<ForkRow>[] = [
  {
    key: "range",
    title: "range",
    width: "196px",
    cell: ({ parent }) => range(parent.vm_start, parent.vm_end),
  },
  { key: "permissions", title: "perm", width: "46px", cell: ({ parent }) => parent.permissions },
  {
    key: "active",
    title: "active",
    term: "active",
    width: "84px",
    cell: ({ parent }) =>
      parent.anon_vma === null ? (
        <span class="faint">none</span>
      ) : (
        <>
          <Look look={address_space.value.look_of.get(parent.anon_vma)} />{" "}
          <AnonVma id={parent.anon_vma} root={parent.root} />
        </>
      ),
  },
  {
    key: "chain",
    title: "chain",
    term: "chain",
    hint: "list head first",
    width: "minmax(120px, 1fr)",
    cell: ({ parent }) => <Chain ids={parent.chain} root={parent.root} active={parent.anon_vma} />,
  },
  {
    key: "child",
    title: "child's active",
    hint: "active anon_vma of the simulated child; new ones are allocated by fork()",
    width: "136px",
    cell: (row) => {
      const mark = child_mark(row);
      return (
        <>
          {row.child?.anon_vma != null && <span class="strong">{fork_id_text(row.child.anon_vma)} </span>}
          {mark && <span class={mark === "unlinked" ? "warn" : "faint"}>{mark}</span>}
        </>
      );
    },
  },
  {
    key: "child_chain",
    title: "child's chain",
    hint: "list head first",
    width: "minmax(120px, 1fr)",
    cell: ({ parent, child }) =>
      child && <Chain ids={child.chain} root={parent.root} active={child.anon_vma} />,
  },
  {
    key: "reused",
    title: "reuse",
    term: "reused",
    hint: "what the process's own fork() did: reused an idle anon_vma, or missed reuse",
    width: "66px",
    cell: ({ parent }, i) => (
      <>
        {parent.reused && "reused"}
        {address_space.value.missed[i] >= 0 && <span class="missed-text">missed</span>}
      </>
    ),
  },
  {
    key: "size",
    title: "size",
    width: "76px",
    numeric: true,
    cell: ({ parent }) => bytes(range_bytes(parent.vm_start, parent.vm_end)),
  },
  {
    key: "gap",
    title: "gap before",
    hint: "what lies unmapped between the VMA before and this one",
    width: "84px",
    numeric: true,
    cell: (_, i) => {
      const gap = gap_before(address_space.value, i);
      return gap > 0 ? <span class="faint">{bytes(gap)}</span> : "";
    },
  },
  {
    key: "path",
    title: "file",
    width: "minmax(120px, 1.4fr)",
    cell: ({ parent: { path, name } }) =>
      path === null ? (
        <span class="faint">{name === null ? "anonymous" : `[${printable(name)}]`}</span>
      ) : (
        <span title={path}>{printable(path)}</span>
      ),
  },
];

/** Those without a value are left out. */
function process_facts(shown: Process): [name: string, value: string, hint?: string, tone?: string][] {
  const saved = shown.fork.bytes - shown.fork_undone.bytes;
  return [
    ["VMAs", count(shown.vmas)],
    ["anon_vmas", count(shown.anon_vmas), "distinct active anon_vmas"],
    ["AVCs", count(shown.avcs)],
    ["trees", count(shown.trees)],
    ["max chain", plural(shown.max_chain, "AVC")],
    ["reused", plural(shown.reused_vmas, "VMA"), "its fork() found their active anon_vma idle"],
    [
      "missed reuse",
      shown.missed_reuse
        ? `${plural(shown.missed_reuse, "anon_vma")} in ${plural(shown.missed_groups, "group")}`
        : "none",
      "anon_vmas its fork() allocated though one would have done",
      shown.missed_reuse ? "missed" : undefined,
    ],
    [
      "blocked merges",
      count(shown.blocked_merges),
      "neighbouring VMAs that differ in nothing but their active anon_vma",
    ],
    [
      "next fork() allocates",
      cost_text(shown.fork),
      "by the rule this kernel was seen to follow, else the one its counters show",
    ],
    [
      "if it had missed and blocked nothing",
      saved > 0 ? `${cost_text(shown.fork_undone)}, ${bytes(saved)} less` : "",
    ],
    [
      "anon RSS",
      `≈ ${bytes(shown.anon_rss_bytes)}`,
      `≈: lags by up to a batch per CPU; file RSS ${bytes(shown.file_rss_bytes)}, shared memory ${bytes(shown.shmem_rss_bytes)}, ` +
        `swap ${bytes(shown.swap_bytes)}, page tables ${bytes(shown.pgtables_bytes)}`,
    ],
  ];
}

function ProcessFacts({ shown }: { shown: Process }) {
  return (
    <dl class="totals inner" aria-label="This process">
      {process_facts(shown).map(
        ([name, value, hint, tone]) =>
          value && <Stat key={name} name={name} value={value} hint={hint} tone={tone} />,
      )}
    </dl>
  );
}

const FINDING_COLUMNS: Column<Finding>[] = [
  {
    key: "kind",
    title: "finding",
    width: "minmax(120px, 1fr)",
    cell: (row) => (
      <span class={row.kind === "fork_split" ? "missed-text strong" : undefined} title={row.sentence}>
        {row.title} {subject_text(row)}
      </span>
    ),
  },
  { key: "figures", title: "figures", width: "auto", lines: () => (wide.value ? 2 : 1), cell: figures_text },
  {
    key: "size",
    title: "bytes",
    term: "slab",
    width: "74px",
    numeric: true,
    cell: (row) => bytes(row.bytes),
  },
];

function ProcessFindings({ pid }: { pid: number }) {
  const { rows, next, started, error } = subject_findings.state.value;
  const more = () => void subject_findings.more();
  if (!started)
    return error ? <Failure what="The findings did not load." error={error} retry={more} /> : null;
  return (
    <>
      <div class="heading-line">
        <h2>
          Findings ({count(rows.length)}
          {next === null ? "" : "+"})
        </h2>
        <Link to={findings_view({ pid })}>in the findings view</Link>
      </div>
      {rows.length === 0 ? (
        <p class="prose">None of this process.</p>
      ) : (
        <Grid
          id="process-findings"
          label={`Findings of process ${pid}`}
          columns={FINDING_COLUMNS}
          count={rows.length}
          row={(i) => rows[i]}
          on_open={(i) => {
            const place = finding_place(rows[i]);
            if (place) go_view(place);
          }}
          row_class={() => "openable"}
          on_end={subject_findings.more_at_end}
        />
      )}
    </>
  );
}

/** What each policy saves, in a line. */
function Outcome() {
  const document = fork_document.value;
  const saved = document && outcome_of(document);
  if (!saved) return null;
  return (
    <p class="outcome" title="by one fork(); !: breaks what mm/rmap.c relies on">
      anon_vmas saved against {document.kernel_policy}
      {document.kernel_policy_observed && ", this kernel's"}:{" "}
      {saved.chosen && (
        <>
          <strong>{saved.chosen}</strong>;{" "}
        </>
      )}
      {saved.others}.
    </p>
  );
}

function Simulator() {
  const document = fork_document.value;
  const loaded = fork.value.value;
  if (loaded.state === "failed")
    return <Failure what="fork() could not be simulated." error={loaded.error} retry={load_view} />;
  if (!document) return <Loading what="the simulated child" />;
  return <ForkPolicies document={document} />;
}

function Vmas({ shown }: { shown: Process }) {
  const state = vmas.state.value;
  const { rows } = fork_model.value;
  const more = () => void vmas.more();
  if (!state.started && state.error)
    return <Failure what="The VMAs did not load." error={state.error} retry={more} />;
  return (
    <Grid
      id="vmas"
      label={`VMAs of process ${shown.pid} and of its simulated child`}
      columns={VMA_COLUMNS}
      count={rows.length}
      row={(i) => rows[i]}
      total={shown.vmas}
      selected={selected_vma.value}
      on_active={select_vma}
      row_class={({ parent }) => (parent.anon_vma === null ? "unfaulted" : "")}
      on_end={vmas.more_at_end}
      footer={
        state.started && rows.length === 0 ? (
          <p class="notice">This process had no VMA left when it was read: it was exiting.</p>
        ) : null
      }
    />
  );
}

/** What was missed, the fork() that made the process missed: its parent's next comes nearest to that. */
function Maker({ shown }: { shown: Process }) {
  const of_fork = subject_findings.state.value.rows.filter((row) => row.process?.pid === shown.pid);
  const maker = of_fork.find((row) => row.kind === "fork_split" && row.parent_process)?.parent_process;
  if (!shown.missed_reuse) return null;
  return (
    <p class="jumps">
      <span>
        The {plural(shown.missed_reuse, "anon_vma")} missed here are of the fork() that made this process
        {maker ? ", by" : ", by a process that is gone."}
      </span>
      {maker && (
        <Link to={{ ...process_view(maker.pid), policy: "khlebnikov_v2" }} strong>
          {printable(maker.comm)} {maker.pid}: simulate its next fork(), as it is now
        </Link>
      )}
    </p>
  );
}

function Parent({ pid }: { pid: number }) {
  const there = parent_process.value;
  if (there?.pid !== pid) return <span title="not in this snapshot">parent {pid}</span>;
  return (
    <>
      parent{" "}
      <Link to={process_view(pid)}>
        {printable(there.comm)} {pid}
      </Link>
    </>
  );
}

export function ProcessView() {
  const { view } = route.value;
  useEffect(start_strip, []);
  if (view.name !== "process") return null;
  const loaded = process.value.value;
  const shown = last_of(loaded);
  if (loaded.state === "failed")
    return <Failure what={`Process ${view.pid} did not load.`} error={loaded.error} retry={load_view} />;
  if (!shown) return <Loading what={`process ${view.pid}`} />;
  return (
    <section class="process" aria-label={`Process ${view.pid}`}>
      <div class="tools title">
        <h1>
          {printable(shown.comm)} <span class="faint">{shown.pid}</span>
        </h1>
        <span class="faint grow clip">
          <Parent pid={shown.ppid} /> · {shown.exe ? `${printable(shown.exe)} · ` : ""}
          uid {shown.uid} · started {duration(Number(shown.start_ns))} after boot
        </span>
        {shown.torn && <span class="badge bad">torn: it changed while being read, on every try</span>}
        {shown.cut && <span class="badge bad">cut: chains too long to follow</span>}
        {shown.mm_shared && <span class="badge">mm shared with another process</span>}
        <PagedFooter of={vmas} one="VMA" total={shown.vmas} />
      </div>
      <ProcessFacts shown={shown} />
      <AddressStrip />
      <aside class="details" tabIndex={-1} aria-label="The selected VMA, and findings">
        <ChainColumn />
        <ProcessFindings pid={shown.pid} />
      </aside>
      <ForkStage />
      <section class="details simulator" tabIndex={-1} aria-label="fork() simulator">
        <div class="heading-line">
          <h2>
            fork() simulator: the next fork() of {printable(shown.comm)} {shown.pid}, by{" "}
            <Term name="policy">policy</Term>
          </h2>
        </div>
        <Outcome />
        <Maker shown={shown} />
        <Simulator />
      </section>
      <div class="outline">
        <Vmas shown={shown} />
      </div>
    </section>
  );
}
