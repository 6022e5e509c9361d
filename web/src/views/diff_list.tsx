/* SPDX-License-Identifier: GPL-2.0-only */
/* What changed, by kind of object: a table each, and the selected row field by field. */
import type { DiffRow, DiffSection, DiffState } from "../api/types";
import { count_rows, row_key } from "../model/diff_rows";
import { names_found, rows, section, select_row, summary, view } from "../state/diff_state";
import { adjust_diff, go_view } from "../state/location";
import { wide } from "../state/screen";
import { DIFF_SECTIONS, DIFF_STATES } from "../state/route";
import { snapshot } from "../state/snapshots";
import { change_text, row_change, row_name, SECTIONS, STATE_HINTS } from "../text/diff_rows";
import { count } from "../text/units";
import { Chip, Chips } from "./buttons";
import { ChangeSign } from "./change_sign";
import { RowDetails } from "./diff_row";
import { Grid, type Column } from "./grid";
import { NumberField } from "./number_field";
import { FirstPage, PagedFooter } from "./paged";

function SectionChips() {
  const now = section.value;
  const counts = summary.value?.sections;
  return (
    <Chips label="What is listed, with how many of it changed">
      {DIFF_SECTIONS.map((each) => {
        const of_all = count_rows(counts?.[each] ?? null);
        /* Across boots there are only names. */
        if (of_all === null && each !== "names") return null;
        return (
          <Chip
            key={each}
            chosen={each === now}
            none={of_all === 0}
            title={each === "names" ? "processes taken together by name and executable" : undefined}
            on_press={() =>
              view.value && go_view({ ...view.value, section: each, state: null, min: null, row: null })
            }
          >
            {SECTIONS[each].title}{" "}
            <span class="strong num">{of_all !== null ? count(of_all) : names_found.value}</span>
          </Chip>
        );
      })}
    </Chips>
  );
}

function StateChips() {
  const now = view.value;
  const of = section.value;
  const states = summary.value?.sections[of] ?? null;
  if (!now) return null;
  const chip = (state: DiffState | null, found: number | null) => (
    <Chip
      key={state}
      chosen={now.state === state}
      title={state ? STATE_HINTS[state] : undefined}
      on_press={() => adjust_diff({ state: now.state === state ? null : state, row: null })}
    >
      {state ? (
        <>
          <ChangeSign state={state} /> {state}
        </>
      ) : (
        "all"
      )}{" "}
      {found !== null && <span class="strong num">{count(found)}</span>}
    </Chip>
  );
  return (
    <Chips label="How it changed">
      {chip(null, count_rows(states))}
      {DIFF_STATES.filter((state) =>
        states ? states[state] > 0 || now.state === state : state !== "execed",
      ).map((state) => chip(state, states?.[state] ?? null))}
    </Chips>
  );
}

const TITLES: Record<DiffSection, string> = {
  processes: "process",
  trees: "tree",
  anon_vmas: "anon_vma",
  vmas: "VMA",
  findings: "finding",
  names: "name",
};

function columns_of(of: DiffSection): Column<DiffRow>[] {
  return [
    {
      key: "state",
      title: "state",
      term: "grown",
      width: "84px",
      narrow: "44px",
      cell: (row) => (
        <span title={STATE_HINTS[row.state]}>
          <ChangeSign state={row.state} /> <span class="state-word">{row.state}</span>
        </span>
      ),
    },
    {
      key: "name",
      title: TITLES[of],
      width: "minmax(180px, 1fr)",
      narrow: "minmax(120px, 1fr)",
      cell: (row) => (
        <span class="strong" title={row_name(of, row)}>
          {row_name(of, row)}
        </span>
      ),
    },
    {
      key: "what",
      title: "what changed",
      hint: "before → after; all of it when the row is selected",
      width: "auto",
      /* Of a tree most can change. */
      lines: () => (of === "trees" || !wide.value ? 2 : 1),
      cell: (row) => (
        <span class="faint" title={change_text(of, row)}>
          {change_text(of, row)}
        </span>
      ),
    },
    {
      key: "change",
      title: "change",
      hint: SECTIONS[of].measure,
      width: "92px",
      narrow: "84px",
      numeric: true,
      cell: (row) => row_change(of, row, snapshot.value?.thresholds),
    },
  ];
}

function empty_text(of: DiffSection, filtered: boolean): string {
  const what = SECTIONS[of].title;
  return filtered ? `No change of ${what} is like that.` : `${what}: nothing changed.`;
}

export function DiffList() {
  const now = view.value;
  const of = section.value;
  const state = rows.state.value;
  if (!now) return null;
  const at = state.rows.findIndex((row) => row_key(of, row) === now.row);
  const filtered = now.state !== null || now.min !== null;
  const found = summary.value?.sections[of];
  const total = found && now.min === null ? (now.state ? found[now.state] : count_rows(found)) : null;
  return (
    <section class="changes" aria-label="Changes">
      <div class="tools">
        <SectionChips />
      </div>
      <div class="tools">
        <StateChips />
        <span class="grow" />
        <NumberField
          name="at least"
          unit={of === "vmas" ? "AVCs" : of === "anon_vmas" ? "" : "B"}
          hint={`only changes of so much: ${SECTIONS[of].measure}`}
          value={now.min}
          on_value={(min) => adjust_diff({ min: min || null, row: null })}
        />
        <PagedFooter of={rows} one="change" total={total ?? undefined} />
      </div>
      <FirstPage of={rows} what="changes">
        <Grid
          id="changes"
          label={`${SECTIONS[of].title} that changed`}
          columns={columns_of(of)}
          count={state.rows.length}
          row={(i) => state.rows[i]}
          total={total ?? undefined}
          selected={at}
          on_active={(i) => select_row(state.rows[i])}
          row_class={() => "openable"}
          on_end={rows.more_at_end}
          footer={
            state.rows.length === 0 && (
              <div class="notice none">
                <p>{empty_text(of, filtered)}</p>
                {filtered && (
                  <button type="button" onClick={() => adjust_diff({ state: null, min: null })}>
                    Show all changes
                  </button>
                )}
              </div>
            )
          }
        />
      </FirstPage>
      {at >= 0 && <RowDetails row={state.rows[at]} of={of} />}
    </section>
  );
}
