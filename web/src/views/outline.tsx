/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture's equal for the keyboard and for screen readers: the same nodes,
 * in the same order, with the same selection, as a treegrid.
 */
import { computed } from "@preact/signals";
import { NONE } from "../model/tree";
import { fold_at, place_of, row_order } from "../model/visible";
import { model, select, selected, set_open, visible } from "../state/tree_state";
import { node_kind_name } from "../text/sentences";
import { fold_name, owner_text } from "../text/labels";
import { count } from "../text/units";
import { Grid, type Column } from "./grid";

const rows = computed(() => (visible.value ? row_order(visible.value) : null));

const MAX_INDENT = 6;

export function Outline() {
  const tree = model.value;
  const shown = visible.value;
  const listing = rows.value;
  if (!tree || !shown || !listing) return null;
  const at = selected.value;
  const columns: Column<number>[] = [
    {
      key: "node",
      title: "anon_vma",
      width: "minmax(150px, 1fr)",
      narrow: "minmax(120px, 1fr)",
      cell: (v) => {
        const fold = fold_at(shown, v);
        const node = shown.source[v];
        const indent = Math.min(MAX_INDENT, shown.depth[v]);
        const shape = fold
          ? "fold"
          : (tree.stands_for?.[node] ?? NONE) !== NONE
            ? "joined"
            : tree.missed[node] !== NONE
              ? "missed"
              : tree.reused[node] > 0
                ? "reused"
                : ["root", "idle-root", "active", tree.reusable[node] ? "idle reusable" : "idle"][
                    tree.kind[node]
                  ];
        return (
          <span class="node" style={{ paddingLeft: `${indent * 10}px` }}>
            {shown.depth[v] > MAX_INDENT && <span class="faint">{shown.depth[v]}</span>}
            <span
              class={`shape ${shape}`}
              role="img"
              aria-label={fold ? "process group" : node_kind_name(tree, node)}
            />
            {fold ? (
              <span class="strong">{fold_name(fold)}</span>
            ) : (
              <>
                <span class="strong">#{tree.id[node]}</span> {owner_text(tree, node)}
              </>
            )}
          </span>
        );
      },
    },
    {
      key: "missed",
      title: "missed",
      hint: "missed reuse, at the first anon_vma of each group",
      width: "70px",
      narrow: "60px",
      numeric: true,
      cell: (v) => {
        const fold = fold_at(shown, v);
        const group = fold ? NONE : tree.missed[shown.source[v]];
        const of = group === NONE ? null : tree.groups[group];
        const missed = fold
          ? fold.missed
          : of?.anon_vmas[0] === tree.id[shown.source[v]]
            ? of.missed_reuse
            : 0;
        return missed ? <span class="missed-text strong">×{count(missed)}</span> : "";
      },
    },
    {
      key: "active",
      title: "active",
      hint: "num_active_vmas",
      width: "54px",
      numeric: true,
      cell: (v) => (fold_at(shown, v) ? "" : count(tree.num_active[shown.source[v]])),
    },
    {
      key: "children",
      title: "child.",
      hint: "num_children; a root counts itself",
      width: "66px",
      narrow: "54px",
      numeric: true,
      cell: (v) => (fold_at(shown, v) ? "" : count(tree.num_children[shown.source[v]])),
    },
    {
      key: "linked",
      title: "linked",
      hint: "VMAs with it in their chain",
      width: "70px",
      narrow: "60px",
      numeric: true,
      cell: (v) => count(fold_at(shown, v)?.linked ?? tree.linked[shown.source[v]]),
    },
  ];
  const on_key = (event: KeyboardEvent, row: number): boolean => {
    const v = listing.order[row];
    const fold = fold_at(shown, v);
    if (event.key === "ArrowLeft" && shown.parent[v] !== NONE) select(shown.parent[v], true);
    else if (event.key === "ArrowRight" && fold) set_open(fold.key, true);
    else if (event.key === "ArrowRight" && shown.first_child[v] !== NONE) select(shown.first_child[v], true);
    else return false;
    return true;
  };
  return (
    <Grid
      id="outline"
      label="anon_vmas of this tree"
      columns={columns}
      count={shown.count}
      row={(i) => listing.order[i]}
      tree={(v) => {
        const fold = fold_at(shown, v);
        return {
          level: shown.depth[v] + 1,
          expanded: fold ? false : shown.first_child[v] !== NONE ? true : undefined,
          ...place_of(shown, v),
        };
      }}
      selected={at === NONE ? -1 : listing.row_of[at]}
      on_active={(row) => select(listing.order[row], true)}
      on_open={(row) => {
        const fold = fold_at(shown, listing.order[row]);
        if (fold) set_open(fold.key, true);
      }}
      on_key={on_key}
    />
  );
}
