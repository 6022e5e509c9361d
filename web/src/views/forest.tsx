/* SPDX-License-Identifier: GPL-2.0-only */
/* All trees of the snapshot: as areas, and as rows, alone or by executable. The server sorts and searches. */
import type { Executable, TreeRow } from "../api/types";
import { executable_key, executable_name, type Area } from "../model/forest";
import { go_view, route } from "../state/location";
import { adjust_forest, open_executable } from "../state/forest_state";
import { DEFAULT_SORT, forest_view, is_grouped, tree_view, type ViewOf } from "../state/route";
import { snapshot } from "../state/snapshots";
import { executable_rows, forest, load_view, picture_trees } from "../state/store";
import { printable } from "../text/labels";
import { bytes, count } from "../text/units";
import { Chip, Chips } from "./buttons";
import { count_column, faint_zero, missed_column } from "./count_column";
import { ForestStage } from "./forest_stage";
import { Grid, type Column } from "./grid";
import { FirstPage, PagedFooter } from "./paged";
import { Bar, Failure, Link, Search } from "./parts";

/** Columns of trees and of executables alike. */
function idle_column<T extends { idle_anon_vmas: number }>(): Column<T> {
  return {
    key: "idle",
    title: "idle",
    term: "idle",
    hint: "anon_vmas with no active VMA",
    width: "64px",
    numeric: true,
    optional: true,
    cell: (row) => faint_zero(row.idle_anon_vmas),
  };
}

function objects_column<T extends { tree_bytes: number }>(largest: number): Column<T> {
  return {
    key: "tree_bytes",
    title: "bytes",
    term: "objects",
    hint: "rmap objects; the bar compares with the largest",
    width: "minmax(96px, 130px)",
    narrow: "70px",
    numeric: true,
    sort: "tree_bytes",
    cell: (row) => <Bar value={row.tree_bytes} of={largest} text={bytes(row.tree_bytes)} />,
  };
}

/** `locks`: what is asked is how many processes a lock is for. */
function tree_columns(largest: number, locks: boolean): Column<TreeRow>[] {
  return [
    {
      key: "root",
      title: "root",
      term: "root",
      hint: "id of the root anon_vma; the same in every snapshot",
      width: "76px",
      narrow: "58px",
      sort: "root",
      cell: (row) => (
        <Link to={tree_view(row.root)} strong>
          #{row.root}
        </Link>
      ),
    },
    {
      key: "owner",
      title: "root owner",
      hint: "the process whose VMAs have the root active",
      width: "minmax(130px, 1fr)",
      narrow: "minmax(80px, 1fr)",
      cell: (row) =>
        row.pid === null ? (
          <span class="faint">exited</span>
        ) : (
          <>
            {printable(row.comm ?? "")} <span class="faint">{row.pid}</span>
          </>
        ),
    },
    {
      key: "exe",
      title: "executable",
      width: "minmax(120px, 1.2fr)",
      optional: true,
      cell: (row) => <span class="faint">{row.exe ? printable(row.exe) : ""}</span>,
    },
    count_column("anon_vmas", { width: "92px", narrow: "80px", optional: locks }, count),
    idle_column(),
    count_column("vmas", { width: "78px", optional: true }, count),
    count_column("avcs", { width: "84px", optional: true }, count),
    {
      key: "mms",
      title: "processes (mms)",
      term: "mm",
      hint: "address spaces under the root's rwsem",
      width: "134px",
      narrow: "124px",
      numeric: true,
      optional: !locks,
      sort: "mms",
      cell: (row) => count(row.mms),
    },
    {
      key: "depth",
      title: "depth",
      term: "tree",
      hint: "parents above the deepest anon_vma",
      width: "68px",
      numeric: true,
      optional: true,
      sort: "depth",
      cell: (row) => count(row.depth),
    },
    count_column(
      "max_chain",
      { hint: "AVCs of the VMA that has most of them", width: "90px", optional: true },
      count,
    ),
    {
      key: "rmap",
      title: "rmap max",
      term: "rmap",
      hint: "VMAs that a reverse-map walk from one page visits, at most",
      width: "86px",
      numeric: true,
      optional: true,
      sort: "rmap.max_visits",
      cell: (row) => count(row.rmap.max_visits),
    },
    missed_column({ optional: locks }),
    objects_column(largest),
  ];
}

function executable_columns(largest: number): Column<Executable>[] {
  return [
    {
      key: "name",
      title: "executable",
      width: "minmax(150px, 1fr)",
      narrow: "minmax(96px, 1fr)",
      cell: (row) => (
        <button type="button" class="link strong" tabIndex={-1} onClick={() => open_executable(row)}>
          {printable(executable_name(row.exe, row.comm))}
        </button>
      ),
    },
    {
      key: "exe",
      title: "path",
      width: "minmax(120px, 1.4fr)",
      optional: true,
      cell: (row) => <span class="faint">{row.exe ? printable(row.exe) : "not known"}</span>,
    },
    {
      key: "processes",
      title: "processes",
      width: "88px",
      numeric: true,
      optional: true,
      sort: "processes",
      cell: (row) => faint_zero(row.processes),
    },
    count_column("trees", { hint: "whose oldest process executes it", width: "74px", narrow: "50px" }),
    count_column("vmas", { width: "80px", optional: true }),
    count_column("anon_vmas", { width: "92px", narrow: "78px" }),
    idle_column(),
    count_column("avcs", { width: "84px", optional: true }),
    count_column("max_chain", {
      hint: "AVCs of the VMA that has most of them",
      width: "90px",
      optional: true,
    }),
    {
      key: "rmap",
      term: "rmap",
      title: "rmap max",
      hint: "VMAs that a reverse-map walk from one page visits, at most",
      width: "86px",
      numeric: true,
      optional: true,
      cell: (row) => faint_zero(row.rmap.max_visits),
    },
    missed_column({}),
    objects_column(largest),
  ];
}

const AREA_NAMES: [Area, string][] = [
  ["tree_bytes", "bytes"],
  ["avcs", "AVCs"],
  ["missed_reuse", "missed reuse, anon_vmas"],
  ["mms", "processes (mms) under one lock"],
];

function Tools({ view }: { view: ViewOf<"forest"> }) {
  const grouped = is_grouped(view);
  return (
    <>
      <Search
        value={view.search}
        placeholder="search owner, executable, pid, #root"
        on_input={(search) => adjust_forest({ search, select: null })}
      />
      {view.exe === null ? (
        <label class="check" title="trees taken together by what their oldest process executes">
          <input
            type="checkbox"
            checked={grouped}
            disabled={view.area === "mms" || (view.grouped && !grouped)}
            onChange={(event) =>
              adjust_forest({ grouped: event.currentTarget.checked, sort: DEFAULT_SORT, select: null })
            }
          />
          by executable
        </label>
      ) : (
        <span class="crumbs clip">
          <Link to={forest_view({ area: view.area, sort: `-${view.area}` })}>all executables</Link> ›{" "}
          <span class="strong" title={printable(view.exe)}>
            {printable(executable_name(view.exe, null))}
          </span>
        </span>
      )}
      <Chips label="Areas of the picture, order of the list">
        <span class="faint">area</span>
        {AREA_NAMES.map(([area, name]) => (
          <Chip
            key={area}
            chosen={view.area === area}
            on_press={() => adjust_forest({ area, sort: `-${area}`, select: null })}
          >
            {name}
          </Chip>
        ))}
      </Chips>
      <span class="grow" />
    </>
  );
}

function Nothing({ view }: { view: ViewOf<"forest"> }) {
  return (
    <div class="notice none">
      <p>
        {view.search
          ? `No tree matches “${view.search.trim()}”: searched are the names and paths of the oldest process, its pid, and #root.`
          : view.exe !== null
            ? "No tree’s oldest process executes that file."
            : "This snapshot holds no anon_vma tree: no process in it has written to private memory."}
      </p>
      {view.search && (
        <button type="button" onClick={() => adjust_forest({ search: "" })}>
          Clear the search
        </button>
      )}
    </div>
  );
}

function Executables({ view }: { view: ViewOf<"forest"> }) {
  const { rows } = executable_rows.state.value;
  const largest = rows.reduce((most, row) => Math.max(most, row.tree_bytes), 0);
  return (
    <FirstPage of={executable_rows} what="executables">
      <Grid
        id="executables"
        label="Trees by executable"
        columns={executable_columns(largest)}
        count={rows.length}
        row={(i) => rows[i]}
        sort={view.sort}
        on_sort={(sort) => adjust_forest({ sort })}
        selected={rows.findIndex((row) => executable_key(row.exe) === view.select)}
        on_active={(i) => adjust_forest({ select: executable_key(rows[i].exe) })}
        on_open={(i) => open_executable(rows[i])}
        row_class={() => "openable"}
        footer={rows.length === 0 ? <Nothing view={view} /> : null}
        on_end={executable_rows.more_at_end}
      />
    </FirstPage>
  );
}

function Trees({ view, total }: { view: ViewOf<"forest">; total: number | undefined }) {
  const { rows } = forest.state.value;
  const largest = rows.reduce((most, row) => Math.max(most, row.tree_bytes), 0);
  return (
    <FirstPage of={forest} what="trees" whole="forest">
      <Grid
        id="forest"
        label="Trees"
        columns={tree_columns(largest, view.area === "mms")}
        count={rows.length}
        row={(i) => rows[i]}
        total={total}
        sort={view.sort}
        on_sort={(sort) => adjust_forest({ sort })}
        selected={rows.findIndex((row) => String(row.root) === view.select)}
        on_active={(i) => adjust_forest({ select: String(rows[i].root) })}
        on_open={(i) => go_view(tree_view(rows[i].root))}
        row_class={() => "openable"}
        footer={rows.length === 0 ? <Nothing view={view} /> : null}
        on_end={forest.more_at_end}
      />
    </FirstPage>
  );
}

function Picture() {
  const loaded = picture_trees.value.value;
  if (loaded.state === "failed")
    return <Failure what="The picture did not load." error={loaded.error} retry={load_view} />;
  return <ForestStage />;
}

export function Forest() {
  const { view } = route.value;
  if (view.name !== "forest") return null;
  const grouped = is_grouped(view);
  const { started, rows } = (grouped ? executable_rows : forest).state.value;
  const of_exe = executable_rows.state.value.rows.find((row) => row.exe === view.exe)?.trees;
  const of_all = view.exe === null ? snapshot.value?.totals.trees : of_exe;
  const total = view.search.trim() === "" ? of_all : undefined;
  return (
    <section class="forest" aria-label="Forest">
      <h1 class="hidden">Forest: all anon_vma trees</h1>
      <div class="tools">
        <Tools view={view} />
        {grouped
          ? executable_rows.state.value.started && <PagedFooter of={executable_rows} one="executable" />
          : forest.state.value.started && <PagedFooter of={forest} one="tree" total={total} />}
      </div>
      {!(started && rows.length === 0) && <Picture />}
      {grouped ? <Executables view={view} /> : <Trees view={view} total={total} />}
    </section>
  );
}
