/* SPDX-License-Identifier: GPL-2.0-only */
/* All processes of the snapshot, and one process with its VMAs. */
import type { Process, Vma } from "../api/types";
import { adjust_view, go_view, route } from "../state/location";
import { load_view, process, processes, snapshot, vmas } from "../state/store";
import { printable } from "../text/labels";
import { bytes, count, duration, plural, range, range_bytes } from "../text/units";
import { Grid, type Column } from "./grid";
import { AnonVma, Failure, Link, Loading, matches, PagedFooter, Search } from "./parts";

const number = (value: number) => (value === 0 ? <span class="faint">0</span> : count(value));

const PROCESS_COLUMNS: Column<Process>[] = [
  {
    key: "pid",
    title: "pid",
    width: "84px",
    narrow: "64px",
    numeric: true,
    cell: (row) => (
      <Link to={{ name: "process", pid: row.pid }} strong>
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
    cell: (row) => number(row.ppid),
  },
  { key: "uid", title: "uid", width: "64px", numeric: true, optional: true, cell: (row) => row.uid },
  {
    key: "exe",
    title: "executable",
    width: "minmax(120px, 1.4fr)",
    optional: true,
    cell: (row) => <span class="faint">{row.exe ? printable(row.exe) : ""}</span>,
  },
  {
    key: "vmas",
    title: "VMAs",
    width: "72px",
    narrow: "54px",
    numeric: true,
    cell: (row) => number(row.vmas),
  },
  {
    key: "anon_vmas",
    title: "anon_vmas",
    hint: "distinct active anon_vmas",
    width: "92px",
    narrow: "80px",
    numeric: true,
    cell: (row) => number(row.anon_vmas),
  },
  {
    key: "avcs",
    title: "AVCs",
    width: "76px",
    numeric: true,
    optional: true,
    cell: (row) => number(row.avcs),
  },
  {
    key: "trees",
    title: "trees",
    width: "64px",
    numeric: true,
    optional: true,
    cell: (row) => number(row.trees),
  },
  {
    key: "max_chain",
    title: "max chain",
    width: "86px",
    numeric: true,
    optional: true,
    cell: (row) => number(row.max_chain),
  },
  {
    key: "missed",
    title: "missed",
    hint: "missed reuse",
    width: "72px",
    narrow: "60px",
    numeric: true,
    cell: (row) =>
      row.missed_reuse ? <span class="missed-text strong">{count(row.missed_reuse)}</span> : number(0),
  },
  {
    key: "rss",
    title: "anon RSS",
    width: "92px",
    numeric: true,
    optional: true,
    cell: (row) => bytes(row.anon_rss_bytes),
  },
];

export function Processes() {
  const { view } = route.value;
  if (view.name !== "processes") return null;
  const state = processes.state.value;
  const { search } = view;
  const rows = state.rows.filter((row) => matches(search, [row.comm, row.exe], [row.pid]));
  const total = snapshot.value?.totals.processes;
  const more = () => void processes.more();
  if (!state.started) {
    if (state.error) return <Failure what="The processes did not load." error={state.error} retry={more} />;
    return <Loading what="processes" />;
  }
  return (
    <section class="panel" aria-label="Processes">
      <h1 class="hidden">Processes</h1>
      <div class="tools">
        <Search
          value={search}
          placeholder="search process, executable, pid"
          on_input={(text) => adjust_view({ ...view, search: text })}
        />
        <PagedFooter
          state={state}
          shown={rows.length}
          total={total}
          one="process"
          many="processes"
          filtered={search.trim() !== ""}
          more={more}
        />
      </div>
      <Grid
        id="processes"
        label="Processes"
        columns={PROCESS_COLUMNS}
        count={rows.length}
        row={(i) => rows[i]}
        total={search ? undefined : total}
        on_open={(i) => go_view({ name: "process", pid: rows[i].pid })}
        row_class={() => "openable"}
        footer={
          rows.length === 0 ? (
            <p class="notice">
              {search ? `No loaded process matches “${search}”.` : "This snapshot holds no process."}
            </p>
          ) : null
        }
      />
    </section>
  );
}

const VMA_COLUMNS: Column<Vma>[] = [
  {
    key: "range",
    title: "range",
    width: "minmax(200px, 240px)",
    narrow: "193px",
    cell: (row) => range(row.vm_start, row.vm_end),
  },
  {
    key: "size",
    title: "size",
    width: "86px",
    numeric: true,
    optional: true,
    cell: (row) => bytes(range_bytes(row.vm_start, row.vm_end)),
  },
  { key: "permissions", title: "perm", width: "52px", narrow: "42px", cell: (row) => row.permissions },
  {
    key: "path",
    title: "file",
    width: "minmax(110px, 1fr)",
    optional: true,
    cell: (row) =>
      row.path === null ? (
        <span class="faint">anonymous</span>
      ) : (
        <span title={row.path}>{printable(row.path)}</span>
      ),
  },
  {
    key: "active",
    title: "active",
    hint: "vma->anon_vma; none until the first write",
    width: "84px",
    narrow: "56px",
    numeric: true,
    cell: (row) =>
      row.anon_vma === null ? <span class="faint">none</span> : <AnonVma id={row.anon_vma} root={row.root} />,
  },
  {
    key: "length",
    title: "AVCs",
    hint: "length of the chain",
    width: "64px",
    numeric: true,
    optional: true,
    cell: (row) => number(row.chain.length),
  },
  {
    key: "chain",
    title: "chain, list head first",
    width: "minmax(90px, 1fr)",
    narrow: "minmax(70px, 1fr)",
    cell: (row) => <Chain ids={row.chain} root={row.root} active={row.anon_vma} />,
  },
];

const SHOWN_CHAIN = 12;

export function Chain({ ids, root, active }: { ids: number[]; root: number | null; active: number | null }) {
  return (
    <span class="chain">
      {ids.slice(0, SHOWN_CHAIN).map((id) => (
        <span key={id} class={id === active ? "strong" : id === root ? "root" : undefined}>
          <AnonVma id={id} root={root} />{" "}
        </span>
      ))}
      {ids.length > SHOWN_CHAIN && <span class="faint">+{count(ids.length - SHOWN_CHAIN)}</span>}
    </span>
  );
}

function ProcessFacts({ shown }: { shown: Process }) {
  const facts: [string, string, string?][] = [
    ["parent", String(shown.ppid)],
    ["uid", String(shown.uid)],
    ["started", `${duration(Number(shown.start_ns))} after boot`],
    ["VMAs", count(shown.vmas)],
    ["anon_vmas", count(shown.anon_vmas), "distinct active anon_vmas"],
    ["AVCs", count(shown.avcs)],
    ["trees", count(shown.trees)],
    ["max chain", `${count(shown.max_chain)} AVCs`],
    ["anon RSS", bytes(shown.anon_rss_bytes)],
    ["file RSS", bytes(shown.file_rss_bytes)],
    ["swap", bytes(shown.swap_bytes)],
    ["page tables", bytes(shown.pgtables_bytes)],
    [
      "missed reuse",
      shown.missed_reuse ? `${count(shown.missed_reuse)} in ${plural(shown.missed_groups, "group")}` : "none",
    ],
  ];
  return (
    <dl class="totals inner" aria-label="This process">
      {facts.map(([name, value, hint]) => (
        <div
          key={name}
          class={`stat${name === "missed reuse" && shown.missed_reuse ? " missed" : ""}`}
          title={hint}
        >
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function ProcessView() {
  const { view } = route.value;
  if (view.name !== "process") return null;
  const loaded = process.value.value;
  const shown = loaded.state === "ready" ? loaded.value : loaded.state === "loading" ? loaded.last : null;
  const state = vmas.state.value;
  if (loaded.state === "failed")
    return <Failure what={`Process ${view.pid} did not load.`} error={loaded.error} retry={load_view} />;
  if (!shown) return <Loading what={`process ${view.pid}`} />;
  const more = () => void vmas.more();
  return (
    <section class="panel" aria-label={`Process ${view.pid}`}>
      <div class="tools title">
        <h1>
          {printable(shown.comm)} <span class="faint">{shown.pid}</span>
        </h1>
        <span class="faint grow clip">{shown.exe ? printable(shown.exe) : ""}</span>
        {shown.torn && <span class="badge bad">torn: it changed while being read, on every try</span>}
        {shown.cut && <span class="badge bad">cut: chains too long to follow</span>}
        {shown.mm_shared && <span class="badge">mm shared with another process</span>}
        <PagedFooter
          state={state}
          shown={state.rows.length}
          total={shown.vmas}
          one="VMA"
          many="VMAs"
          filtered={false}
          more={more}
        />
      </div>
      <ProcessFacts shown={shown} />
      {!state.started && state.error ? (
        <Failure what="The VMAs did not load." error={state.error} retry={more} />
      ) : (
        <Grid
          id="vmas"
          label={`VMAs of process ${shown.pid}`}
          columns={VMA_COLUMNS}
          count={state.rows.length}
          row={(i) => state.rows[i]}
          total={shown.vmas}
          footer={
            state.started && state.rows.length === 0 ? (
              <p class="notice">This process had no VMA left when it was read: it was exiting.</p>
            ) : null
          }
        />
      )}
    </section>
  );
}
