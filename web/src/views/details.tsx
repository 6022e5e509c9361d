/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of the selected anon_vma, process group, or of the tree when nothing is selected. */
import type { ComponentChildren } from "preact";
import type { MissedGroup, TreeVma } from "../api/types";
import { Kind, linked_vmas, NONE, type TreeModel } from "../model/tree";
import { fold_at, open_fold_of, type Fold } from "../model/visible";
import { adjust_tree, route } from "../state/location";
import { snapshot } from "../state/store";
import { bring_into_view, model, selected, set_open, visible } from "../state/tree_state";
import { fold_name, owner_text, printable } from "../text/labels";
import { KIND_NAMES, kind_sentence, missed_sentence } from "../text/sentences";
import { bytes, count, plural, range, range_bytes } from "../text/units";
import { Grid, type Column } from "./grid";
import { Link } from "./parts";

function Fact({
  name,
  children,
  hint,
  wide,
}: {
  name: string;
  children: ComponentChildren;
  hint?: string;
  wide?: boolean;
}) {
  return (
    <div title={hint} class={wide ? "wide" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Selects another anon_vma of this tree. */
function Jump({ id }: { id: number }) {
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        adjust_tree({ select: { id, fold: false } });
        bring_into_view(selected.peek());
      }}
    >
      #{id}
    </button>
  );
}

function Missed({ tree, group, index }: { tree: TreeModel; group: MissedGroup; index: number }) {
  const size = snapshot.value?.boot.anon_vma_bytes ?? 0;
  return (
    <div class="missed-box" id="missed" data-group={index}>
      <h3>missed reuse ×{count(group.missed_reuse)}</h3>
      <p>{missed_sentence(tree, group, size)}</p>
      <p class="jumps">
        {group.anon_vmas.slice(0, 40).map((id) => (
          <Jump key={id} id={id} />
        ))}
        {group.anon_vmas.length > 40 && <span class="faint">+{count(group.anon_vmas.length - 40)}</span>}
      </p>
    </div>
  );
}

function vma_columns(tree: TreeModel, node: number): Column<TreeVma>[] {
  const id = tree.id[node];
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
      width: "96px",
      cell: (vma) => {
        const owner = process(vma.mm_id);
        if (!owner) return <span class="faint">mm {vma.mm_id}</span>;
        return (
          <Link to={{ name: "process", pid: owner.pid }} title={`${printable(owner.comm)} ${owner.pid}`}>
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
      hint: "active: pages first written here belong to this anon_vma. inherited: it is in the chain because an ancestor of the process used it",
      width: "86px",
      cell: (vma) =>
        vma.anon_vma === id ? <span class="strong">active</span> : <span class="faint">inherited</span>,
    },
    {
      key: "chain",
      title: "chain",
      hint: "anon_vmas of the chain, list head first",
      width: "110px",
      cell: (vma) => (
        <span class="chain" title={vma.chain.map((x) => `#${x}`).join(" ")}>
          {vma.chain.slice(0, 6).map((x) => (
            <span key={x} class={x === id ? "strong" : "faint"}>
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

function NodeDetails({ tree, node }: { tree: TreeModel; node: number }) {
  const { view } = route.value;
  const linked = linked_vmas(tree, node);
  const owner = tree.owner[node] === NONE ? null : tree.owners[tree.owner[node]];
  const group = tree.missed[node];
  const open = new Set(view.name === "tree" ? view.open : []);
  const fold = open_fold_of(tree, node, open);
  return (
    <>
      <div class="heading-line">
        <h2>
          anon_vma #{tree.id[node]} <span class="badge">{KIND_NAMES[tree.kind[node] as Kind]}</span>
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
                  <Link to={{ name: "process", pid: p.pid }}>
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
        {node === tree.root && tree.rwsem[node] !== null && (
          <Fact name="rwsem count" hint="of the root's lock, when sampled; 0x0 is unlocked">
            {tree.rwsem[node]}
          </Fact>
        )}
      </dl>
      <p class="prose">{kind_sentence(tree, node)}</p>
      {group !== NONE && <Missed tree={tree} group={tree.groups[group]} index={group} />}
      <h3>linked VMAs ({count(linked.length)})</h3>
      <Grid
        id="linked"
        label={`VMAs linked to anon_vma ${tree.id[node]}`}
        columns={vma_columns(tree, node)}
        count={linked.length}
        row={(i) => linked[i]}
        row_class={(vma) => (vma.anon_vma === tree.id[node] ? "is-active" : "")}
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
        <Fact name="mms">{count(fold.processes)}</Fact>
        <Fact name="links">{count(fold.linked)}</Fact>
        <Fact name="missed reuse" wide>
          {fold.missed ? `${count(fold.missed)} × ${count(size)} B = ${bytes(fold.missed * size)}` : "none"}
        </Fact>
      </dl>
      <p class="prose">Siblings under one parent whose owners have the same name, drawn as one.</p>
    </>
  );
}

function group_columns(tree: TreeModel): Column<MissedGroup>[] {
  const owner = (group: MissedGroup) => {
    const node = tree.index_of.get(group.anon_vmas[0]);
    return node === undefined ? `mm ${group.mm_id}` : owner_text(tree, node);
  };
  return [
    { key: "owner", title: "process", width: "minmax(110px, 1fr)", cell: owner },
    { key: "parent", title: "parent", width: "72px", numeric: true, cell: (group) => `#${group.parent}` },
    {
      key: "anon_vmas",
      title: "anon_vmas",
      width: "84px",
      numeric: true,
      cell: (group) => count(group.anon_vmas.length),
    },
    {
      key: "missed",
      title: "missed",
      width: "64px",
      numeric: true,
      cell: (group) => <span class="missed-text strong">×{count(group.missed_reuse)}</span>,
    },
    { key: "jump", title: "show", width: "64px", cell: (group) => <Jump id={group.anon_vmas[0]} /> },
  ];
}

function TreeDetails({ tree }: { tree: TreeModel }) {
  const { summary } = tree;
  const size = snapshot.value?.boot.anon_vma_bytes ?? 0;
  const groups = [...tree.groups].sort((a, b) => b.missed_reuse - a.missed_reuse);
  const jump = (i: number) => {
    adjust_tree({ select: { id: groups[i].anon_vmas[0], fold: false } });
    bring_into_view(selected.peek());
  };
  return (
    <>
      <div class="heading-line">
        <h2>
          tree #{tree.root_id}{" "}
          <span class="badge">
            {summary.pid === null ? "owner exited" : `${printable(summary.comm ?? "")} ${summary.pid}`}
          </span>
        </h2>
      </div>
      <dl class="facts">
        <Fact name="anon_vmas">{count(summary.anon_vmas)}</Fact>
        <Fact name="idle">{count(summary.idle_anon_vmas)}</Fact>
        <Fact name="VMAs">{count(summary.vmas)}</Fact>
        <Fact name="AVCs">{count(summary.avcs)}</Fact>
        <Fact name="mms" hint="address spaces under the root's rwsem">
          {count(summary.mms)}
        </Fact>
        <Fact name="depth">{count(summary.depth)}</Fact>
        <Fact name="max chain">{count(summary.max_chain)} AVCs</Fact>
        <Fact name="objects">{bytes(summary.object_bytes)}</Fact>
        <Fact name="missed reuse" wide>
          {summary.missed_reuse
            ? `${count(summary.missed_reuse)} × ${count(size)} B = ${bytes(summary.missed_reuse * size)}`
            : "none"}
        </Fact>
      </dl>
      {groups.length > 0 ? (
        <>
          <h3>missed reuse ({plural(groups.length, "group")})</h3>
          <Grid
            id="missed-groups"
            label="Groups with missed reuse"
            columns={group_columns(tree)}
            count={groups.length}
            row={(i) => groups[i]}
            on_open={jump}
            row_class={() => "openable"}
          />
        </>
      ) : (
        <p class="prose">
          No two siblings of this tree are active in one mm: fork() allocated nothing it could have shared.
        </p>
      )}
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
    return (
      <>
        {missing && (
          <p class="notice">
            anon_vma #{wanted.id} is not in this tree in this snapshot: it was not allocated yet, or is freed.
          </p>
        )}
        <TreeDetails tree={tree} />
      </>
    );
  }
  const fold = fold_at(shown, v);
  return fold ? <FoldDetails fold={fold} /> : <NodeDetails tree={tree} node={shown.source[v]} />;
}
