/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of the selected anon_vma, missed group or process group; of the tree when nothing is selected. */
import type { Finding, MissedGroup, TreeVma } from "../api/types";
import { range_bytes } from "../model/address_space";
import { row_at } from "../model/columns";
import { find_group, Kind, linked_vmas, NONE, type TreeModel } from "../model/tree";
import { fold_at, open_fold_of, type Fold } from "../model/visible";
import { go_view, route } from "../state/location";
import { findings_view, process_view } from "../state/route";
import { snapshot } from "../state/snapshots";
import { subject_findings } from "../state/store";
import {
  group_finding,
  model,
  recorded,
  select_anon_vma,
  select_group,
  selected,
  selected_group,
  set_open,
  visible,
} from "../state/tree_state";
import { size_text } from "../text/findings";
import { fold_name, owner_text, printable } from "../text/labels";
import { KIND_NAMES, kind_sentence, missed_sentence, rwsem_text } from "../text/sentences";
import { bytes, count, mean, mean_vmas, plural, range } from "../text/units";
import { finding_place, FindingBody } from "./finding";
import { Grid, type Column } from "./grid";
import { MergedComparison, MergedNode } from "./merged";
import { Fact, Failure, Link } from "./parts";

/** Selects another anon_vma of this tree. */
function Jump({ id }: { id: number }) {
  return (
    <button type="button" class="link" onClick={() => select_anon_vma(id)}>
      #{id}
    </button>
  );
}

/** What a group missed: the finding about it where the server has one. */
function Missed({ tree, group, index }: { tree: TreeModel; group: MissedGroup; index: number }) {
  const size = snapshot.value?.boot.anon_vma_bytes ?? 0;
  const finding = group_finding.value;
  return (
    <div class="missed-box" id="missed" data-group={index}>
      <h3>missed reuse: {plural(group.missed_reuse, "anon_vma")}</h3>
      {finding ? <FindingBody finding={finding} /> : <p>{missed_sentence(tree, group, size)}</p>}
      <p class="jumps">
        <span>the anon_vmas</span>
        {group.anon_vmas.slice(0, 40).map((id) => (
          <Jump key={id} id={id} />
        ))}
        {group.anon_vmas.length > 40 && <span class="faint">+{count(group.anon_vmas.length - 40)}</span>}
        <span>and their parent</span>
        <Jump id={group.parent} />
      </p>
    </div>
  );
}

/** Columns of VMAs that are linked to one of some anon_vmas. */
function vma_columns(tree: TreeModel, here: ReadonlySet<number>): Column<TreeVma>[] {
  const pid_of = (mm_id: number) => {
    const owner = tree.owners.find((o) => o.mm_id === mm_id);
    return owner?.processes[0];
  };
  const cache = new Map<number, ReturnType<typeof pid_of>>();
  const process = (mm_id: number) => {
    if (!cache.has(mm_id)) cache.set(mm_id, pid_of(mm_id));
    return cache.get(mm_id);
  };
  return [
    {
      key: "process",
      title: "process",
      width: "110px",
      cell: (vma) => {
        const owner = process(vma.mm_id);
        if (!owner) return <span class="faint">mm {vma.mm_id}</span>;
        return (
          <Link to={process_view(owner.pid)} title={`${printable(owner.comm)} ${owner.pid}`}>
            {owner.pid} {printable(owner.comm)}
          </Link>
        );
      },
    },
    { key: "range", title: "range", width: "196px", cell: (vma) => range(vma.vm_start, vma.vm_end) },
    { key: "permissions", title: "perm", width: "46px", cell: (vma) => vma.permissions },
    {
      key: "role",
      title: "here",
      hint: "active: pages first written here belong to this anon_vma. reused: active, after fork() found it idle. inherited: it is in the chain because an ancestor of the process used it",
      width: "78px",
      cell: (vma) =>
        vma.anon_vma !== null && here.has(vma.anon_vma) ? (
          <span class="strong">{vma.reused ? "reused" : "active"}</span>
        ) : (
          <span class="faint">inherited</span>
        ),
    },
    {
      key: "chain",
      title: "chain",
      hint: "anon_vmas of the chain, list head first",
      width: "110px",
      cell: (vma) => (
        <span class="chain" title={vma.chain.map((x) => `#${x}`).join(" ")}>
          {vma.chain.slice(0, 6).map((x) => (
            <span key={x} class={here.has(x) ? "strong" : "faint"}>
              #{x}{" "}
            </span>
          ))}
          {vma.chain.length > 6 && <span class="faint">+{vma.chain.length - 6}</span>}
        </span>
      ),
    },
    {
      key: "size",
      title: "size",
      width: "68px",
      numeric: true,
      cell: (vma) => bytes(range_bytes(vma.vm_start, vma.vm_end)),
    },
    {
      key: "path",
      title: "file",
      width: "minmax(110px, 1fr)",
      cell: (vma) =>
        vma.path === null ? (
          <span class="faint">anonymous</span>
        ) : (
          <span title={vma.path}>{printable(vma.path)}</span>
        ),
    },
  ];
}

/** A few findings in full; all are in the findings view. */
const LISTED_FINDINGS = 5;

function FindingList({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <>
      <h3>findings ({count(findings.length)})</h3>
      <ul class="finding-list">
        {findings.slice(0, LISTED_FINDINGS).map((finding) => (
          <li key={finding.id}>
            <strong>{finding.title}.</strong>{" "}
            {finding.process && `${printable(finding.process.comm)} ${finding.process.pid}: `}
            {finding.sentence}
          </li>
        ))}
        {findings.length > LISTED_FINDINGS && (
          <li class="faint">+{count(findings.length - LISTED_FINDINGS)}</li>
        )}
      </ul>
    </>
  );
}

function RmapFacts({ tree, node }: { tree: TreeModel; node: number }) {
  const { rmap } = tree.summary;
  const own = node === NONE ? rmap : row_at(tree.rmap, node);
  return (
    <>
      <Fact name="rmap visits, at most" hint="VMAs that a reverse-map walk from one page visits">
        {plural(own.max_visits, "VMA")}
      </Fact>
      <Fact
        name="rmap visits, mean"
        hint={`over the ${count(own.covered_pages)} page offsets that any linked VMA covers; over the ${count(own.written_pages)} pages its active VMAs would own if all were written: ${mean(own.written_mean_visits)}`}
      >
        {mean_vmas(own.covered_mean_visits)}
      </Fact>
      <Fact
        name="before 2010"
        hint="when one anon_vma served the whole family, every page visited every VMA of it"
      >
        {mean_vmas(rmap.before_2010_mean_visits)}
      </Fact>
    </>
  );
}

function RootLock({ tree }: { tree: TreeModel }) {
  const { rwsem } = tree.summary;
  return (
    <Fact
      name="root's rwsem"
      hint={`the lock of every anon_vma in the tree, at the moment it was read${rwsem ? `; count ${rwsem.count}` : ""}`}
    >
      {rwsem_text(rwsem)}
    </Fact>
  );
}

function NodeDetails({ tree, node }: { tree: TreeModel; node: number }) {
  const { view } = route.value;
  const linked = linked_vmas(tree, node);
  const owner = tree.owner[node] === NONE ? null : tree.owners[tree.owner[node]];
  const group = tree.missed[node];
  const before = tree.stands_for ? recorded.value : null;
  const open = new Set(view.name === "tree" ? view.open : []);
  const fold = open_fold_of(tree, node, open);
  const idle = tree.kind[node] === Kind.Idle;
  const about = subject_findings.state.value.rows.filter((row) => row.anon_vma === tree.id[node]);
  return (
    <>
      <div class="heading-line">
        <h2>
          anon_vma #{tree.id[node]} <span class="badge">{KIND_NAMES[tree.kind[node] as Kind]}</span>
          {tree.reused[node] > 0 && <span class="badge">reused</span>}
        </h2>
        {fold !== null && (
          <button type="button" onClick={() => set_open(fold, false)}>
            Fold the group
          </button>
        )}
      </div>
      <dl class="facts">
        <Fact name="owner" hint="the process whose VMAs have it active">
          {owner && owner.processes.length > 0
            ? owner.processes.map((p) => (
                <span key={p.pid}>
                  <Link to={process_view(p.pid)}>
                    {printable(p.comm)} {p.pid}
                  </Link>{" "}
                </span>
              ))
            : tree.num_active[node] === 0
              ? "none: idle"
              : owner_text(tree, node)}
        </Fact>
        <Fact name="parent">
          {tree.parent[node] === NONE ? "itself (root)" : <Jump id={tree.id[tree.parent[node]]} />}
        </Fact>
        <Fact name="num_children" hint="anon_vmas whose parent it is; a root counts itself">
          {count(tree.num_children[node])}
        </Fact>
        <Fact name="num_active_vmas" hint="VMAs with vma->anon_vma == this">
          {count(tree.num_active[node])}
        </Fact>
        <Fact name="refcount" hint="1, and for a root 1 per descendant; KSM and migration add">
          {count(tree.refcount[node])}
        </Fact>
        <Fact name="linked VMAs">{count(tree.linked[node])}</Fact>
        <Fact name="depth">{count(tree.depth[node])}</Fact>
        <Fact name="below it">{plural(tree.subtree_nodes[node] - 1, "anon_vma")}</Fact>
        <RmapFacts tree={tree} node={node} />
        <RootLock tree={tree} />
        {idle && (
          <Fact name="reusable" hint="whether the next fork() along its chain may make it active again">
            {tree.reusable[node] ? "yes" : "no"}
          </Fact>
        )}
        {tree.reused[node] > 0 && (
          <Fact name="reused by" hint="VMAs that got it active because fork() found it idle">
            {plural(tree.reused[node], "VMA")}
          </Fact>
        )}
      </dl>
      <p class="prose">{kind_sentence(tree, node)}</p>
      {before && <MergedNode before={before} after={tree} node={node} />}
      {group !== NONE && <Missed tree={tree} group={tree.groups[group]} index={group} />}
      <FindingList findings={about} />
      <h3>linked VMAs ({count(linked.length)})</h3>
      <Grid
        id="linked"
        label={`VMAs linked to anon_vma ${tree.id[node]}`}
        columns={vma_columns(tree, new Set([tree.id[node]]))}
        count={linked.length}
        row={(i) => linked[i]}
        row_class={(vma) => (vma.anon_vma === tree.id[node] ? "is-active" : "")}
      />
    </>
  );
}

function GroupDetails({ tree, index }: { tree: TreeModel; index: number }) {
  const group = tree.groups[index];
  const here = new Set(group.anon_vmas);
  const first = tree.index_of.get(group.anon_vmas[0]);
  const vmas = tree.vmas.anon_vma.flatMap((id, i) =>
    id !== null && here.has(id) ? [row_at(tree.vmas, i)] : [],
  );
  return (
    <>
      <div class="heading-line">
        <h2>
          missed group{" "}
          <span class="badge">
            {first === undefined ? `mm ${group.mm_id}` : owner_text(tree, first)} under #{group.parent}
          </span>
        </h2>
      </div>
      <Missed tree={tree} group={group} index={index} />
      <h3>VMAs with these anon_vmas active ({count(vmas.length)})</h3>
      <Grid
        id="linked"
        label="VMAs of the missed group"
        columns={vma_columns(tree, here)}
        count={vmas.length}
        row={(i) => vmas[i]}
      />
    </>
  );
}

function FoldDetails({ fold }: { fold: Fold }) {
  const size = snapshot.value?.boot.anon_vma_bytes ?? 0;
  return (
    <>
      <div class="heading-line">
        <h2>
          {fold_name(fold)} <span class="badge">process group</span>
        </h2>
        <button type="button" onClick={() => set_open(fold.key, true)}>
          Expand
        </button>
      </div>
      <dl class="facts">
        <Fact name="siblings">{count(fold.members.length)}</Fact>
        <Fact name="anon_vmas in all">{count(fold.nodes)}</Fact>
        <Fact name="processes (mms)">{count(fold.processes)}</Fact>
        <Fact name="links">{count(fold.linked)}</Fact>
        <Fact name="missed reuse" wide>
          {fold.missed ? `${plural(fold.missed, "anon_vma")} = ${bytes(fold.missed * size)}` : "none"}
        </Fact>
      </dl>
      <p class="prose">Siblings under one parent whose owners have the same name, drawn as one.</p>
    </>
  );
}

const FINDING_COLUMNS: Column<Finding>[] = [
  {
    key: "kind",
    title: "kind",
    width: "162px",
    cell: (row) => (
      <span class={row.kind === "fork_split" ? "missed-text strong" : undefined}>{row.title}</span>
    ),
  },
  {
    key: "subject",
    title: "of",
    hint: "the process, or the anon_vma",
    width: "minmax(90px, 1fr)",
    cell: (row) => (
      <span title={row.sentence}>
        {row.process && `${printable(row.process.comm)} ${row.process.pid} `}
        {row.anon_vma !== null && <span class="faint">#{row.anon_vma}</span>}
      </span>
    ),
  },
  {
    key: "size",
    title: "size",
    width: "116px",
    numeric: true,
    optional: true,
    /* Short: one line has no room for what its sentence says. */
    cell: (row) => size_text(row).replace(/\w+ \((mms?)\)/, "$1"),
  },
  { key: "bytes", title: "bytes", width: "76px", numeric: true, cell: (row) => bytes(row.bytes) },
];

/** Selects what a finding of this tree is about; a VMA is in its process. */
function show_finding(tree: TreeModel, finding: Finding): void {
  const { kind, mm_id, anon_vma } = finding;
  const group = kind === "fork_split" && mm_id && anon_vma ? find_group(tree, mm_id, anon_vma) : NONE;
  const place = finding_place(finding);
  if (group !== NONE) select_group(group, true);
  else if (place?.name === "process") go_view(place);
  else if (anon_vma !== null) select_anon_vma(anon_vma);
}

function TreeFindings({ tree }: { tree: TreeModel }) {
  const state = subject_findings.state.value;
  const more = () => void subject_findings.more();
  if (!state.started)
    return state.error ? (
      <Failure what="The findings did not load." error={state.error} retry={more} />
    ) : null;
  const { rows, next } = state;
  if (rows.length === 0)
    return <p class="prose">No finding in this tree: fork() allocated nothing it could have shared.</p>;
  return (
    <>
      <div class="heading-line">
        <h3>
          findings ({count(rows.length)}
          {next === null ? "" : "+"})
        </h3>
        <Link to={findings_view({ root: tree.root_id })}>in the findings view</Link>
      </div>
      <Grid
        id="tree-findings"
        label="Findings of this tree"
        columns={FINDING_COLUMNS}
        count={rows.length}
        row={(i) => rows[i]}
        on_open={(i) => show_finding(tree, rows[i])}
        row_class={() => "openable"}
        on_end={subject_findings.more_at_end}
      />
    </>
  );
}

function TreeFacts({ tree }: { tree: TreeModel }) {
  const { summary } = tree;
  const size = snapshot.value?.boot.anon_vma_bytes ?? 0;
  return (
    <dl class="facts">
      <Fact name="anon_vmas">{count(summary.anon_vmas)}</Fact>
      <Fact
        name="idle"
        hint="anon_vmas with no active VMA; reusable: the next fork() along the chain may take it"
      >
        {count(summary.idle_anon_vmas)}
        {summary.reusable_anon_vmas > 0 && `, ${count(summary.reusable_anon_vmas)} reusable`}
      </Fact>
      <Fact name="VMAs">{count(summary.vmas)}</Fact>
      <Fact name="reused" hint="VMAs whose active anon_vma fork() found idle: nothing was allocated">
        {plural(summary.reused_vmas, "VMA")}
      </Fact>
      <Fact name="AVCs">{count(summary.avcs)}</Fact>
      <Fact name="processes (mms)" hint="address spaces under the root's rwsem">
        {count(summary.mms)}
      </Fact>
      <Fact name="depth">{count(summary.depth)}</Fact>
      <Fact name="max chain">{plural(summary.max_chain, "AVC")}</Fact>
      <Fact name="rmap objects" hint="anon_vmas and AVCs">
        {bytes(summary.tree_bytes)}
      </Fact>
      <RmapFacts tree={tree} node={NONE} />
      <RootLock tree={tree} />
      <Fact name="missed reuse" wide>
        {summary.missed_reuse
          ? `${plural(summary.missed_reuse, "anon_vma")} = ${bytes(summary.missed_reuse * size)}`
          : "none"}
      </Fact>
    </dl>
  );
}

function TreeDetails({ tree }: { tree: TreeModel }) {
  const { summary } = tree;
  const before = tree.stands_for ? recorded.value : null;
  return (
    <>
      <div class="heading-line">
        <h2>
          tree #{tree.root_id}{" "}
          <span class="badge">
            {summary.pid === null ? "owner exited" : `${printable(summary.comm ?? "")} ${summary.pid}`}
          </span>
          {summary.torn && (
            <span class="badge bad" title="an mm in it changed while being read, on every try, or was cut">
              torn
            </span>
          )}
        </h2>
      </div>
      {before ? <MergedComparison before={before} after={tree} /> : <TreeFacts tree={tree} />}
      <TreeFindings tree={tree} />
    </>
  );
}

export function Details() {
  const tree = model.value;
  const shown = visible.value;
  if (!tree || !shown) return null;
  const v = selected.value;
  const { view } = route.value;
  const wanted = view.name === "tree" ? view.select : null;
  if (v === NONE) {
    const missing = wanted && !tree.index_of.has(wanted.id);
    const group = selected_group.value;
    if (group !== NONE) return <GroupDetails tree={tree} index={group} />;
    return (
      <>
        {missing && (
          <p class="notice">
            anon_vma #{wanted.id} is not in this tree in this snapshot: it was not allocated yet, or is freed.
            Look in an older or newer one ([ ]).
          </p>
        )}
        <TreeDetails tree={tree} />
      </>
    );
  }
  const fold = fold_at(shown, v);
  return fold ? <FoldDetails fold={fold} /> : <NodeDetails tree={tree} node={shown.source[v]} />;
}
