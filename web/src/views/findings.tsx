/* SPDX-License-Identifier: GPL-2.0-only */
/* What is worth a look in the snapshot: by kind, process and tree, each explained. */
import type { ComponentChildren } from "preact";
import type { Finding, FindingKind, Invariant, SnapshotDocument } from "../api/types";
import { adjust_findings, go_view, route } from "../state/location";
import { process_view, select_in_tree, type ViewOf } from "../state/route";
import { wide } from "../state/screen";
import { snapshot, snapshot_document } from "../state/snapshots";
import { executables, findings, load_executables } from "../state/store";
import {
  excused,
  excuses_text,
  figures_text,
  found_text,
  from_text,
  invariants_sentence,
  none_sentence,
  subject_text,
} from "../text/findings";
import { printable } from "../text/labels";
import { bytes, count, plural, short_time } from "../text/units";
import { Chip, Chips } from "./buttons";
import { finding_place, FindingBody, FindingSubjects, is_new, process_at, since_text } from "./finding";
import { Grid, type Column } from "./grid";
import { NumberField } from "./number_field";
import { FirstPage, PagedFooter } from "./paged";
import { Link } from "./parts";

type FindingChoice = Pick<ViewOf<"findings">, "kind" | "exe" | "pid" | "root" | "min_bytes">;

const NO_FILTER: FindingChoice = { kind: null, exe: null, pid: null, root: null, min_bytes: null };

/** The tree, with what a finding is about selected. */
function tree_place(finding: Finding, root: number) {
  const { kind, anon_vma, mm_id } = finding;
  if (kind === "fork_split" && anon_vma !== null && mm_id !== null)
    return select_in_tree(root, { what: "missed", id: anon_vma, mm: mm_id });
  return select_in_tree(root, anon_vma === null ? null : { what: "anon_vma", id: anon_vma });
}

const COLUMNS: Column<Finding>[] = [
  {
    key: "kind",
    title: "kind",
    width: "162px",
    narrow: "140px",
    cell: (row) => <span class={row.kind === "fork_split" ? "missed-text" : undefined}>{row.title}</span>,
  },
  {
    key: "process",
    title: "process",
    width: "128px",
    narrow: "minmax(76px, 1fr)",
    cell: (row) =>
      row.process === null ? (
        <span class="faint">{row.mm_id === null ? "" : `mm ${row.mm_id}`}</span>
      ) : (
        <Link
          to={
            row.vm_start === null ? process_view(row.process.pid) : process_at(row.process.pid, row.vm_start)
          }
        >
          {printable(row.process.comm)} {row.process.pid}
        </Link>
      ),
  },
  {
    key: "tree",
    title: "tree",
    term: "tree",
    hint: "root of the tree; the link selects what the finding is about",
    width: "76px",
    narrow: "52px",
    numeric: true,
    cell: (row) => (row.root === null ? "" : <Link to={tree_place(row, row.root)}>#{row.root}</Link>),
  },
  {
    key: "figures",
    title: "finding",
    hint: "in figures; the sentence is beside the list",
    width: "minmax(120px, 1fr)",
    lines: () => (wide.value ? 0 : 1),
    sort: "size",
    cell: (row) => (
      <span title={row.sentence}>
        {/idle|wide/.test(row.kind) && `${subject_text(row)} `}
        {figures_text(row)}
      </span>
    ),
  },
  {
    key: "bytes",
    title: "bytes",
    term: "slab",
    hint: "of what it costs, or what would be saved, at their slab sizes",
    width: "84px",
    narrow: "70px",
    numeric: true,
    sort: "bytes",
    cell: (row) => bytes(row.bytes),
  },
  {
    key: "since",
    title: "since",
    hint: "first snapshot still kept that has it, and when that was taken",
    width: "150px",
    numeric: true,
    optional: true,
    sort: "id",
    cell: (row) => (
      <span title={since_text(row)}>
        {is_new(row) && <span class="badge new">new</span>}
        <span class="strong">{row.since.snapshot === null ? "before" : `#${row.since.snapshot}`}</span>{" "}
        {row.since.taken_at !== null &&
          short_time(row.since.taken_at, snapshot.value?.taken_at ?? row.since.taken_at)}
      </span>
    ),
  },
];

function KindChips({
  kinds,
  chosen,
  all_title,
}: {
  kinds: FindingKind[];
  chosen: string | null;
  all_title: string;
}) {
  const thresholds = snapshot.value?.thresholds;
  const chip = (kind: FindingKind | null, title: string, found: ComponentChildren, more: string) => {
    const name = kind?.kind ?? null;
    return (
      <Chip
        key={name}
        chosen={name === chosen}
        none={kind?.count === 0}
        title={kind?.description}
        on_press={() => filter_by({ kind: name === chosen ? null : name })}
      >
        {title} <span class="strong num">{found}</span> <span class="faint num">{more}</span>
      </Chip>
    );
  };
  const all = kinds.reduce((sum, kind) => sum + kind.count, 0);
  return (
    <Chips label="Kinds of finding, with how many the snapshot has">
      {chip(null, all_title, count(all), "")}
      {kinds.map((kind) =>
        kind.count > 0
          ? chip(kind, kind.title, found_text(kind.kind, kind.count), bytes(kind.bytes))
          : chip(kind, kind.title, 0, from_text(kind.kind, thresholds).replace(/.+/, "($&)")),
      )}
    </Chips>
  );
}

function filter_by(change: Partial<FindingChoice>): void {
  adjust_findings({ ...change, select: null });
}

function InvariantList({ invariants }: { invariants: Invariant[] }) {
  return (
    <table class="rules">
      <caption>{invariants_sentence(invariants)}</caption>
      <thead>
        <tr>
          <th scope="col">rule</th>
          <th scope="col" class="num">
            checked
          </th>
          <th scope="col" class="num">
            violated
          </th>
          <th scope="col" class="num" title="not held, but a race explains it">
            excused
          </th>
        </tr>
      </thead>
      <tbody>
        {invariants.map((invariant) => (
          <tr key={invariant.rule}>
            <td>
              {invariant.number}. {invariant.statement}
            </td>
            <td class="num">{count(invariant.checked)}</td>
            <td class={`num${invariant.violated ? " warn" : ""}`}>{count(invariant.violated)}</td>
            <td class="num" title={excuses_text(invariant.excused)}>
              {count(excused(invariant))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Apart from the field: when they come, what is being typed there must stay. */
function ExecutableChoices() {
  const known = executables.value.value;
  return (
    <datalist id="executable-choices">
      {known.state === "ready" &&
        known.value.map(
          ({ exe, processes }) =>
            exe !== null && (
              <option key={exe} value={exe}>
                {plural(processes, "process", "processes")}
              </option>
            ),
        )}
    </datalist>
  );
}

function ExecutableFilter({ value }: { value: string | null }) {
  return (
    <label class="check" title="only findings of processes that execute exactly this file">
      executable
      <input
        id="exe-filter"
        type="search"
        class="search exe"
        placeholder="any path"
        list="executable-choices"
        onFocus={load_executables}
        value={value ?? ""}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => event.currentTarget.value === "" && filter_by({ exe: null })}
        onChange={(event) => filter_by({ exe: event.currentTarget.value.trim() || null })}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (event.currentTarget.value) filter_by({ exe: null });
          else event.currentTarget.blur();
          event.stopPropagation();
        }}
      />
      <ExecutableChoices />
    </label>
  );
}

const LEAST_BYTES = [1, 1 << 10, 16 << 10, 256 << 10, 1 << 20, 16 << 20];

function LeastBytes({ value }: { value: number | null }) {
  const choices = value === null || LEAST_BYTES.includes(value) ? LEAST_BYTES : [...LEAST_BYTES, value];
  return (
    <label class="check" title="only findings whose objects take so much, at their slab sizes">
      size
      <select
        id="bytes-filter"
        value={value ?? ""}
        onChange={(event) => filter_by({ min_bytes: Number(event.currentTarget.value) || null })}
      >
        <option value="">any</option>
        {choices
          .toSorted((a, b) => a - b)
          .map((least) => (
            <option key={least} value={least}>
              at least {bytes(least)}
            </option>
          ))}
      </select>
    </label>
  );
}

/** What is looked for, while nothing is selected. */
function Rules({ document, kind }: { document: SnapshotDocument; kind: string | null }) {
  const kinds = document.findings.filter((each) => kind === null || each.kind === kind);
  return (
    <>
      <div class="heading-line">
        <h2>What is looked for</h2>
      </div>
      <dl class="kinds">
        {kinds.map((each) => (
          <div key={each.kind}>
            <dt>{each.title}</dt>
            <dd>
              {each.description}{" "}
              <span class="strong">{from_text(each.kind, snapshot.value?.thresholds)}</span>
            </dd>
          </div>
        ))}
      </dl>
      {(kind === null || kind === "invariant") && <InvariantList invariants={document.invariants} />}
    </>
  );
}

function FindingDetails({ finding, rule }: { finding: Finding; rule: string | undefined }) {
  const place = finding_place(finding);
  return (
    <>
      <div class="heading-line">
        <h2>{finding.title}</h2>
        {place && (
          <button type="button" onClick={() => go_view(place)}>
            {place.name === "tree" ? "Show in the tree" : "Show in the process"}
          </button>
        )}
      </div>
      <FindingBody finding={finding} />
      <FindingSubjects finding={finding} />
      {rule && <p class="prose">{rule}</p>}
    </>
  );
}

export function Findings() {
  const { view } = route.value;
  if (view.name !== "findings") return null;
  const document = snapshot_document.value;
  const thresholds = snapshot.value?.thresholds;
  const { rows } = findings.state.value;
  /* Where both have room, the first is looked at until another is chosen; that is no step of the history. */
  const at =
    view.select === null && wide.value && rows.length > 0
      ? 0
      : rows.findIndex((row) => row.id === view.select);
  const kinds = document?.findings ?? [];
  const narrowed = [view.exe, view.pid, view.root, view.min_bytes].some((value) => value !== null);
  const filtered = view.kind !== null || narrowed;
  const of_kind = kinds.filter((kind) => view.kind === null || kind.kind === view.kind);
  const total = document && !narrowed ? of_kind.reduce((sum, kind) => sum + kind.count, 0) : undefined;
  return (
    <section class="findings" aria-label="Findings">
      <h1 class="hidden">Findings</h1>
      <div class="tools">
        <KindChips kinds={kinds} chosen={view.kind} all_title={narrowed ? "All in the snapshot" : "All"} />
        <ExecutableFilter value={view.exe} />
        <NumberField
          id="search"
          name="pid"
          hint="only findings of this process  /"
          value={view.pid}
          on_value={(pid) => filter_by({ pid })}
        />
        <NumberField
          id="root-filter"
          name="tree"
          hint="only findings in the tree with this root anon_vma"
          value={view.root}
          on_value={(root) => filter_by({ root })}
        />
        <LeastBytes value={view.min_bytes} />
        <PagedFooter of={findings} one="finding" total={total} />
      </div>
      <FirstPage of={findings} what="findings">
        <Grid
          id="findings"
          label="Findings"
          columns={COLUMNS}
          count={rows.length}
          row={(i) => rows[i]}
          total={total}
          sort={view.sort}
          on_sort={(sort) => adjust_findings({ sort })}
          selected={at}
          on_active={(i) => adjust_findings({ select: rows[i].id })}
          on_open={(i) => {
            const place = finding_place(rows[i]);
            if (place) go_view(place);
          }}
          row_class={() => "openable"}
          on_end={findings.more_at_end}
          footer={
            rows.length === 0 && thresholds ? (
              <div class="notice none">
                <p>{none_sentence(view, thresholds)}</p>
                {filtered && (
                  <button type="button" onClick={() => filter_by(NO_FILTER)}>
                    Show all findings
                  </button>
                )}
              </div>
            ) : null
          }
        />
      </FirstPage>
      <aside class="details" tabIndex={0} aria-label="The selected finding">
        {at >= 0 && (
          <FindingDetails
            finding={rows[at]}
            rule={kinds.find((kind) => kind.kind === rows[at].kind)?.description}
          />
        )}
        {document && rows[at]?.id !== view.select && <Rules document={document} kind={view.kind} />}
      </aside>
    </section>
  );
}
