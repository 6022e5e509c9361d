/* SPDX-License-Identifier: GPL-2.0-only */
/* The forest as a picture, what is selected in it in words, and its legend. */
import type { Drawable, Tip } from "../draw/drawable";
import { draw_forest, patch_name } from "../draw/forest";
import { patch_at } from "../layout/forest_map";
import type { Area, Patch } from "../model/forest";
import { NONE } from "../model/tree";
import { route } from "../state/location";
import {
  forest_hover,
  forest_screen,
  open_patch,
  open_selected,
  outer_place,
  patches,
  placed,
  select_place,
  selected_place,
  step_place,
} from "../state/forest_state";
import { snapshot } from "../state/snapshots";
import { picture_trees } from "../state/store";
import { mms_text } from "../text/findings";
import { printable } from "../text/labels";
import { bytes, count, percent, plural } from "../text/units";
import { Legend, type SignMeaning } from "./legend";
import { Surface } from "./surface";

function area(): Area {
  const { view } = route.value;
  return view.name === "forest" ? view.area : "tree_bytes";
}

function value_text(patch: Patch, of: Area): string {
  if (of === "tree_bytes") return bytes(patch.value);
  const unit = { avcs: "AVC", missed_reuse: "anon_vma", mms: "mm" }[of];
  return plural(patch.value, unit);
}

/** What a patch is, in numbers. */
function patch_lines(patch: Patch): string[] {
  const { tree } = patch;
  const missed = patch.missed_reuse
    ? `missed reuse ${count(patch.missed_reuse)} of ${plural(patch.anon_vmas, "anon_vma")}`
    : `${plural(patch.anon_vmas, "anon_vma")}, no missed reuse`;
  const lines = [`${bytes(patch.tree_bytes)} of rmap objects, ${plural(patch.avcs, "AVC")}`, missed];
  if (!tree) return [plural(patch.trees, "tree"), ...lines];
  return [
    ...lines,
    `${mms_text(tree.mms)} under its root's lock`,
    `longest chain ${plural(tree.max_chain, "AVC")}`,
  ];
}

function tip(): Tip | null {
  const at = placed.value[forest_hover.value];
  if (!at) return null;
  const { patch, box } = at;
  const { width, height } = forest_screen.value;
  const exe = (patch.tree ?? patch.executable)?.exe ?? null;
  return {
    x: Math.min(box.x + box.width / 2, width),
    y: Math.min(box.y + Math.min(box.height, 40), height),
    title: patch_name(patch),
    lines: exe === null ? patch_lines(patch) : [...patch_lines(patch), printable(exe)],
  };
}

const forest_picture: Drawable = {
  screen: forest_screen,
  draw(list) {
    if (!patches.value) return false;
    const of = area();
    draw_forest(list, {
      placed: placed.value,
      screen: forest_screen.value,
      selected: selected_place.value,
      hover: forest_hover.value,
      text: (patch) => value_text(patch, of),
    });
    return true;
  },
  hover(at) {
    forest_hover.value = at ? patch_at(placed.peek(), at.x, at.y) : NONE;
    const here = placed.peek()[forest_hover.value];
    return here !== undefined && here.patch.kind !== "rest";
  },
  click({ x, y }) {
    const at = patch_at(placed.peek(), x, y);
    if (at === NONE) return;
    const { patch } = placed.peek()[at];
    select_place(at);
    if (patch.kind !== "rest") open_patch(patch);
    else open_patch(placed.peek()[outer_place(at)].patch);
  },
  tip,
  keys: {
    ArrowLeft: () => step_place("left"),
    ArrowRight: () => step_place("right"),
    ArrowUp: () => step_place("up"),
    ArrowDown: () => step_place("down"),
    Enter: open_selected,
  },
};

/** What is selected, said aloud too. */
function Selected() {
  const all = patches.value;
  const patch = placed.value[selected_place.value]?.patch;
  const locks = area() === "mms";
  const loaded = picture_trees.value.value;
  const cut = locks && loaded.state === "ready" && loaded.value.next !== null;
  const whole = locks
    ? (snapshot.value?.totals.mms ?? 0)
    : (all?.reduce((sum, each) => sum + each.value, 0) ?? 0);
  return (
    <p class="selected-patch" role="status">
      {patch ? (
        <>
          <span class="strong">{patch_name(patch)}</span>
          {whole > 0 && (
            <span>
              {percent(patch.value / whole)} of {locks ? "all processes (mms)" : "the area"}
            </span>
          )}
          {patch_lines(patch).map((line) => (
            <span key={line}>{line}</span>
          ))}
        </>
      ) : (
        <span class="faint">
          {whole > 0
            ? `${cut ? `The ${count(all?.length ?? 0)} with most are drawn. ` : ""}Select an area here or in the table; Enter or a click opens it.`
            : all
              ? "Nothing here has such an area; choose another one above."
              : ""}
        </span>
      )}
    </p>
  );
}

const LEGEND: SignMeaning[] = [
  ["area", "a tree"],
  ["missed_share", "share of its anon_vmas that missed reuse"],
];

export function ForestStage() {
  return (
    <div class="stage">
      <Surface picture={forest_picture} />
      <div class="stage-foot">
        <Selected />
        <Legend signs={LEGEND} />
      </div>
    </div>
  );
}
