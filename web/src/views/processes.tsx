/* SPDX-License-Identifier: GPL-2.0-only */
/* All processes of the snapshot. */
import type { Process } from "../api/types";
import { adjust_view, go_view, route } from "../state/location";
import { process_view } from "../state/route";
import { snapshot } from "../state/snapshots";
import { processes } from "../state/store";
import { printable } from "../text/labels";
import { bytes } from "../text/units";
import { count_column, faint_zero, missed_column } from "./count_column";
import { Grid, type Column } from "./grid";
import { FirstPage, PagedFooter } from "./paged";
import { Link, matches, Search } from "./parts";

const PROCESS_COLUMNS: Column<Process>[] = [
  {
    key: "pid",
    title: "pid",
    width: "84px",
    narrow: "64px",
    numeric: true,
    sort: "pid",
    cell: (row) => (
      <Link to={process_view(row.pid)} strong>
        {row.pid}
      </Link>
    ),
  },
  {
    key: "comm",
    title: "process",
    width: "minmax(120px, 1fr)",
    narrow: "minmax(90px, 1fr)",
    cell: (row) => (
      <>
        {row.torn && (
          <span class="badge bad" title="this mm changed while being read, on every try">
            torn
          </span>
        )}
        {row.cut && (
          <span class="badge bad" title="chains too long to follow were cut">
            cut
          </span>
        )}
        {row.mm_shared && (
          <span class="badge" title="this mm is shared with another process">
            shared mm
          </span>
        )}
        {printable(row.comm)}
      </>
    ),
  },
  {
    key: "ppid",
    title: "parent",
    width: "76px",
    numeric: true,
    optional: true,
    cell: (row) => faint_zero(row.ppid),
  },
  { key: "uid", title: "uid", width: "64px", numeric: true, optional: true, cell: (row) => row.uid },
  {
    key: "exe",
    title: "executable",
    width: "minmax(120px, 1.4fr)",
    optional: true,
    cell: (row) => <span class="faint">{row.exe ? printable(row.exe) : ""}</span>,
  },
  count_column("vmas", { width: "72px", narrow: "54px" }),
  count_column("anon_vmas", { hint: "distinct active anon_vmas", width: "92px", narrow: "80px" }),
  count_column("avcs", { width: "76px", optional: true }),
  count_column("trees", { width: "64px", optional: true, sort: undefined }),
  count_column("max_chain", { width: "86px", optional: true }),
  {
    key: "reused",
    title: "reused",
    term: "reused",
    hint: "VMAs whose active anon_vma fork() found idle: nothing was allocated for them",
    width: "70px",
    numeric: true,
    optional: true,
    cell: (row) => faint_zero(row.reused_vmas),
  },
  missed_column({ key: "missed", narrow: "60px" }),
  {
    key: "fork",
    title: "next fork()",
    term: "slab",
    hint: "what it allocates: VMAs, anon_vmas and AVCs at their slab sizes",
    width: "92px",
    numeric: true,
    sort: "fork.bytes",
    optional: true,
    cell: (row) => bytes(row.fork.bytes),
  },
  {
    key: "rss",
    title: "anon RSS",
    term: "rss",
    width: "92px",
    numeric: true,
    sort: "anon_rss_bytes",
    optional: true,
    cell: (row) => `≈ ${bytes(row.anon_rss_bytes)}`,
  },
];

export function Processes() {
  const { view } = route.value;
  if (view.name !== "processes") return null;
  const state = processes.state.value;
  const { search } = view;
  const rows = state.rows.filter((row) => matches(search, [row.comm, row.exe], [row.pid]));
  const total = snapshot.value?.totals.processes;
  return (
    <FirstPage of={processes} what="processes">
      <section class="panel" aria-label="Processes">
        <h1 class="hidden">Processes</h1>
        <div class="tools">
          <Search
            value={search}
            placeholder="search process, executable, pid"
            on_input={(text) => adjust_view({ ...view, search: text })}
          />
          <PagedFooter
            of={processes}
            one="process"
            many="processes"
            total={total}
            found={search.trim() === "" ? undefined : rows.length}
          />
        </div>
        <Grid
          id="processes"
          label="Processes"
          columns={PROCESS_COLUMNS}
          count={rows.length}
          row={(i) => rows[i]}
          total={search ? undefined : total}
          sort={view.sort}
          on_sort={(sort) => adjust_view({ ...view, sort })}
          on_open={(i) => go_view(process_view(rows[i].pid))}
          row_class={() => "openable"}
          footer={
            rows.length === 0 ? (
              <p class="notice">
                {search
                  ? `No loaded process matches “${search}”. Load more, or clear the search (Esc).`
                  : "This snapshot holds no process. Choose another one above ([ ])."}
              </p>
            ) : null
          }
        />
      </section>
    </FirstPage>
  );
}
