/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree as a picture, its controls and its legend. */
import { merged, tree_window } from "../state/tree_state";
import { Legend, type SignMeaning } from "./legend";
import { make_minimap, Minimap } from "./minimap";
import { Surface } from "./surface";
import { tree_picture } from "./tree_picture";
import { ZoomButtons } from "./zoom";

const minimap = make_minimap(tree_window);

const LEGEND: SignMeaning[] = [
  ["root", "root"],
  ["active", "active"],
  ["idle", "idle"],
  ["reusable", "reusable", "idle, and free for the next fork()"],
  ["reused", "reused", "active, after fork() found it idle: no anon_vma was allocated"],
];
const RECORDED: SignMeaning = ["missed", "missed reuse"];
const MERGED: SignMeaning = [
  "joined",
  "one for several",
  "drawn in place of the anon_vmas of a missed group",
];
const LEGEND_END: SignMeaning[] = [
  ["fold", "process group"],
  ["sizes", "1, 10, 100 linked VMAs"],
];

export function Stage() {
  return (
    <div class="stage">
      <Surface picture={tree_picture}>
        <Minimap of={minimap} />
      </Surface>
      <ZoomButtons of={tree_window} />
      <Legend signs={[...LEGEND, merged.value ? MERGED : RECORDED, ...LEGEND_END]} />
    </div>
  );
}
