/* SPDX-License-Identifier: GPL-2.0-only */
/* One tree of both snapshots as a picture, and the list of what changed in it. */
import type { DiffNode, NodeState } from "../api/types";
import { hidden_changes } from "../model/diff_tree";
import { NONE } from "../model/tree";
import { fold_at, place_of } from "../model/visible";
import {
  change_at,
  diff_window,
  listing,
  load_diff,
  loaded_tree,
  root,
  section,
  step_change,
  tree,
  view,
} from "../state/diff_state";
import { adjust_diff } from "../state/location";
import { CHANGE_NAMES, changes_below_text, node_change_text } from "../text/changes";
import { fold_name, fold_nodes_text, owner_text, printable } from "../text/labels";
import { diff_fold_tip, diff_node_tip } from "../text/tips";
import { count, plural } from "../text/units";
import { ChangeSign } from "./change_sign";
import { Grid, type Column } from "./grid";
import { Legend } from "./legend";
import { make_minimap, Minimap } from "./minimap";
import { NumberField } from "./number_field";
import { Failure, Loading } from "./parts";
import { Surface } from "./surface";
import { make_tree_drawable } from "./tree_drawable";
import { ZoomButtons } from "./zoom";

const picture = make_tree_drawable(diff_window, { tip: diff_node_tip, fold_tip: diff_fold_tip });
const minimap = make_minimap(diff_window);

const STATES: NodeState[] = ["added", "removed", "grown", "shrunk", "same"];

function Counts() {
  const counts = loaded_tree.value?.counts;
  if (!counts) return null;
  return (
    <Legend
      label="Legend, with how many anon_vmas there are of each"
      before={STATES.map((state) => (
        <li key={state}>
          <ChangeSign state={state} /> {state} <span class="num strong">{count(counts[state])}</span>
        </li>
      ))}
      signs={[["fold", "process group"]]}
      after={<li>size: linked VMAs</li>}
    />
  );
}

/** `2 → 5`, or one number where it is the same. */
function Pair({
  node,
  field,
}: {
  node: DiffNode;
  field: "linked_vmas" | "num_active_vmas" | "num_children";
}) {
  const { before, after } = node;
  if (before && after && before[field] === after[field])
    return <span class="faint">{count(after[field])}</span>;
  return (
    <>
      {before ? count(before[field]) : <span class="faint">–</span>} →{" "}
      {after ? count(after[field]) : <span class="faint">–</span>}
    </>
  );
}

const MAX_INDENT = 6;

function columns(): Column<number>[] {
  const model = diff_window.model.value;
  const shown = diff_window.visible.value;
  if (!model?.diff || !shown) return [];
  const { sources } = model.diff;
  const pair = (field: Parameters<typeof Pair>[0]["field"]) => (v: number) =>
    fold_at(shown, v) ? "" : <Pair node={sources[shown.source[v]]} field={field} />;
  return [
    {
      key: "node",
      title: "anon_vma",
      width: "minmax(150px, 1fr)",
      cell: (v) => {
        const fold = fold_at(shown, v);
        const { change } = change_at(model, shown, v);
        const indent = view.value?.all ? Math.min(MAX_INDENT, shown.depth[v]) : 0;
        return (
          <span class="node" style={{ paddingLeft: `${indent * 10}px` }}>
            <ChangeSign state={CHANGE_NAMES[change] as NodeState} />
            <span class="hidden">{CHANGE_NAMES[change]}</span>
            {fold ? (
              <>
                <span class="strong">{fold_name(fold)}</span> · {fold_nodes_text(fold)}{" "}
                <span class="faint">{changes_below_text(fold.below)}</span>
              </>
            ) : (
              <>
                <span class="strong">#{model.id[shown.source[v]]}</span> {owner_text(model, shown.source[v])}
              </>
            )}
          </span>
        );
      },
    },
    {
      key: "linked",
      title: "linked VMAs",
      term: "linked",
      hint: "VMAs with it in their chain, before → after",
      width: "136px",
      narrow: "110px",
      numeric: true,
      cell: pair("linked_vmas"),
    },
    {
      key: "active",
      title: "active",
      term: "num_active_vmas",
      hint: "num_active_vmas, before → after",
      width: "92px",
      narrow: "72px",
      numeric: true,
      cell: pair("num_active_vmas"),
    },
    {
      key: "children",
      title: "children",
      term: "num_children",
      hint: "num_children, before → after; a root counts itself",
      width: "136px",
      numeric: true,
      optional: true,
      cell: pair("num_children"),
    },
  ];
}

/** The picture's equal: the same nodes and selection. */
function NodeList() {
  const list = listing.value;
  const shown = diff_window.visible.value;
  const model = diff_window.model.value;
  const now = view.value;
  if (!list || !shown || !model || !now) return null;
  const at = diff_window.selected.value;
  const { order, row_of } = list;
  const on_key = (event: KeyboardEvent, row: number): boolean => {
    const v = order[row];
    const fold = fold_at(shown, v);
    if (event.key === "ArrowRight" && fold) diff_window.set_open(fold.key, true);
    else if (event.key === "ArrowRight" && shown.first_child[v] !== NONE)
      diff_window.select(shown.first_child[v], true);
    else if (event.key === "ArrowLeft" && shown.parent[v] !== NONE) diff_window.select(shown.parent[v], true);
    else return false;
    return true;
  };
  return (
    <Grid
      id="diff-nodes"
      label={now.all ? "anon_vmas of this tree" : "anon_vmas of this tree that changed"}
      columns={columns()}
      count={order.length}
      row={(i) => order[i]}
      tree={
        now.all
          ? (v) => ({
              level: shown.depth[v] + 1,
              expanded: fold_at(shown, v) ? false : shown.first_child[v] !== NONE ? true : undefined,
              ...place_of(shown, v),
            })
          : undefined
      }
      selected={at === NONE ? -1 : row_of[at]}
      on_active={(row) => diff_window.select(order[row], true)}
      on_open={(row) => {
        const fold = fold_at(shown, order[row]);
        if (fold) diff_window.set_open(fold.key, true);
      }}
      on_key={now.all ? on_key : (event, row) => event.key === "ArrowRight" && on_key(event, row)}
      footer={
        order.length === 0 && (
          <div class="notice none">
            <p>
              {now.hide > 1
                ? `No anon_vma of this tree changed by ${count(now.hide)} or more.`
                : "No anon_vma of this tree changed."}
            </p>
            {now.hide > 1 && (
              <button type="button" onClick={() => adjust_diff({ hide: 1 })}>
                Show all changes
              </button>
            )}
          </div>
        )
      }
    />
  );
}

/** Says aloud what the keys reached. */
function Announcer() {
  const shown = diff_window.visible.value;
  const model = diff_window.model.value;
  const v = diff_window.selected.value;
  let text = "";
  if (shown && model?.diff && v !== NONE) {
    const fold = fold_at(shown, v);
    const { change } = change_at(model, shown, v);
    const source = model.diff.sources[shown.source[v]];
    text = fold
      ? `process group ${fold_name(fold)}, ${CHANGE_NAMES[change]}, ${fold_nodes_text(fold)}`
      : `anon_vma ${source.id}, ${owner_text(model, shown.source[v])}, ${CHANGE_NAMES[change]}, ${node_change_text(source)}`;
  }
  return (
    <p class="hidden" role="status">
      {text}
    </p>
  );
}

function Head() {
  const loaded = loaded_tree.value;
  const now = view.value;
  if (!loaded || !now) return null;
  const hidden = hidden_changes(loaded, now.hide);
  return (
    <div class="tools title">
      <h2>
        tree #{loaded.root}{" "}
        <span class="faint">
          {loaded.owner ? `${printable(loaded.owner.comm)} ${loaded.owner.pid}` : "owner exited"}
        </span>
      </h2>
      {now.root === null && <span class="faint wide-only">changed most</span>}
      <span class="grow" />
      <NumberField
        id="hide"
        name="hide changes below"
        unit="VMAs"
        hint="by linked VMAs; where these are as many, by active ones, then by children"
        value={now.hide > 1 ? now.hide : null}
        on_value={(hide) => adjust_diff({ hide: hide || 1 })}
      />
      {hidden > 0 && <span class="faint num">{count(hidden)} hidden</span>}
      {diff_window.can_fold.value && (
        <label class="check">
          <input
            type="checkbox"
            checked={diff_window.grouped.value}
            onChange={(event) => diff_window.set_grouped(event.currentTarget.checked)}
          />
          fold process groups
        </label>
      )}
    </div>
  );
}

function ListHead() {
  const list = listing.value;
  const now = view.value;
  if (!list || !now) return null;
  return (
    <div class="tools">
      <span class="num">
        {plural(list.order.length, "row")}
        {!now.all && " with changes"}
      </span>
      <button type="button" title="Previous change  p" aria-keyshortcuts="p" onClick={() => step_change(-1)}>
        ‹ previous
      </button>
      <button type="button" title="Next change  n" aria-keyshortcuts="n" onClick={() => step_change(1)}>
        next ›
      </button>
      <span class="grow" />
      <label class="check">
        <input
          type="checkbox"
          checked={now.all}
          onChange={(event) => adjust_diff({ all: event.currentTarget.checked })}
        />
        also what is the same
      </label>
    </div>
  );
}

function Nothing() {
  return (
    <p class="notice">
      No tree changed between the two.{" "}
      {section.value !== "trees" && (
        <button type="button" class="link" onClick={() => adjust_diff({ section: "trees", row: null })}>
          List of trees
        </button>
      )}
    </p>
  );
}

export function DiffTreeView() {
  const loaded = tree.value.value;
  const id = root.value;
  if (id === null) return <Nothing />;
  if (loaded.state === "failed")
    return (
      <div>
        <Failure what={`Tree #${id} cannot be drawn.`} error={loaded.error} retry={load_diff}>
          <button
            type="button"
            onClick={() => adjust_diff({ root: null, select: null, open: [], camera: null })}
          >
            Show the tree that changed most
          </button>
        </Failure>
      </div>
    );
  if (!loaded_tree.value) return <Loading what={`tree #${id}`} />;
  return (
    <section class="diff-tree" aria-label={`Tree ${id}`}>
      <Head />
      <div class="stage">
        <Surface picture={picture}>
          <Minimap of={minimap} />
        </Surface>
        <ZoomButtons of={diff_window} />
        <Counts />
      </div>
      <ListHead />
      <NodeList />
      <Announcer />
    </section>
  );
}
