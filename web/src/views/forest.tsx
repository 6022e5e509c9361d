/* SPDX-License-Identifier: GPL-2.0-only */
/* Every tree of the snapshot as a row; the server sorts, the search looks through what is loaded. */
import type { TreeRow } from "../api/types";
import { adjust_view, go_view, route } from "../state/location";
import { tree_view } from "../state/route";
import { forest, snapshot } from "../state/store";
import { printable } from "../text/labels";
import { bytes, count } from "../text/units";
import { Grid, type Column } from "./grid";
import { Bar, Failure, Link, Loading, matches, PagedFooter, Search } from "./parts";

function columns(largest: number): Column<TreeRow>[] {
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
    {
      key: "anon_vmas",
      title: "anon_vmas",
      term: "anon_vma",
      width: "92px",
      narrow: "80px",
      numeric: true,
      sort: "anon_vmas",
      cell: (row) => count(row.anon_vmas),
    },
    {
      key: "idle",
      title: "idle",
      term: "idle",
      hint: "anon_vmas with no active VMA",
      width: "64px",
      numeric: true,
      optional: true,
      cell: (row) => zero_faint(row.idle_anon_vmas),
    },
    {
      key: "vmas",
      title: "VMAs",
      term: "vma",
      width: "78px",
      numeric: true,
      optional: true,
      sort: "vmas",
      cell: (row) => count(row.vmas),
    },
    {
      key: "avcs",
      title: "AVCs",
      term: "avc",
      width: "84px",
      numeric: true,
      optional: true,
      sort: "avcs",
      cell: (row) => count(row.avcs),
    },
    {
      key: "mms",
      title: "mms",
      term: "mm",
      hint: "address spaces under the root's rwsem",
      width: "70px",
      numeric: true,
      optional: true,
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
    {
      key: "max_chain",
      title: "max chain",
      term: "chain",
      hint: "AVCs of the VMA that has most of them",
      width: "90px",
      numeric: true,
      optional: true,
      sort: "max_chain",
      cell: (row) => count(row.max_chain),
    },
    {
      key: "rmap",
      title: "rmap max",
      term: "rmap",
      hint: "VMAs that a reverse-map walk from one page visits, at most",
      width: "86px",
      numeric: true,
      optional: true,
      sort: "rmap_max_visits",
      cell: (row) => count(row.rmap.max_visits),
    },
    {
      key: "missed_reuse",
      title: "missed",
      term: "missed",
      hint: "missed reuse: anon_vmas that fork() allocated though one of the same mm and parent would have done",
      width: "82px",
      narrow: "58px",
      numeric: true,
      sort: "missed_reuse",
      cell: (row) =>
        row.missed_reuse ? <span class="missed-text strong">{count(row.missed_reuse)}</span> : zero_faint(0),
    },
    {
      key: "object_bytes",
      title: "objects",
      term: "slab",
      hint: "VMAs, anon_vmas and AVCs at their slab sizes; the bar compares with the largest tree loaded",
      width: "minmax(96px, 130px)",
      narrow: "82px",
      numeric: true,
      sort: "object_bytes",
      cell: (row) => <Bar value={row.object_bytes} of={largest} text={bytes(row.object_bytes)} />,
    },
  ];
}

function zero_faint(value: number) {
  return value === 0 ? <span class="faint">0</span> : count(value);
}

export function Forest() {
  const { view } = route.value;
  if (view.name !== "forest") return null;
  const state = forest.state.value;
  const { search } = view;
  const rows = state.rows.filter((row) => matches(search, [row.comm, row.exe], [row.pid, row.root]));
  const largest = state.rows.reduce((most, row) => Math.max(most, row.object_bytes), 0);
  const total = snapshot.value?.totals.trees;
  const more = () => void forest.more();
  if (!state.started) {
    if (state.error) return <Failure what="The forest did not load." error={state.error} retry={more} />;
    return <Loading what="trees" />;
  }
  return (
    <section class="panel" aria-label="Forest">
      <h1 class="hidden">Forest: all anon_vma trees</h1>
      <div class="tools">
        <Search
          value={search}
          placeholder="search owner, executable, pid, #root"
          on_input={(text) => adjust_view({ ...view, search: text })}
        />
        <PagedFooter
          state={state}
          shown={rows.length}
          total={total}
          one="tree"
          many="trees"
          filtered={search.trim() !== ""}
          more={more}
        />
      </div>
      <Grid
        id="forest"
        label="Trees"
        columns={columns(largest)}
        count={rows.length}
        row={(i) => rows[i]}
        total={search ? undefined : total}
        sort={view.sort}
        on_sort={(sort) => adjust_view({ ...view, sort })}
        on_open={(i) => go_view(tree_view(rows[i].root))}
        row_class={() => "openable"}
        footer={
          rows.length === 0 ? (
            <p class="notice">
              {search
                ? `No loaded tree matches “${search}”.`
                : "This snapshot holds no anon_vma tree: no process in it has written to private memory."}
            </p>
          ) : null
        }
        on_end={search ? undefined : more_quietly}
      />
    </section>
  );
}

/** Scrolling to the end loads on, unless the last try failed. */
function more_quietly(): void {
  const { next, error } = forest.state.peek();
  if (next !== null && !error) void forest.more();
}
