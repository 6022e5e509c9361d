/* SPDX-License-Identifier: GPL-2.0-only */
/* One tree: picture, outline, details. */
import { NONE } from "../model/tree";
import { fold_at } from "../model/visible";
import { route } from "../state/location";
import { load_view, tree } from "../state/store";
import {
  can_fold,
  grouped,
  model,
  selected,
  selected_group,
  set_grouped,
  visible,
} from "../state/tree_state";
import { mms_text } from "../text/findings";
import { printable } from "../text/labels";
import { selected_announcement } from "../text/sentences";
import { count, plural } from "../text/units";
import { Details } from "./details";
import { ExportButtons, ExportReport } from "./export";
import { MergedSwitch } from "./merged";
import { Outline } from "./outline";
import { Failure, Loading } from "./parts";
import { Stage } from "./stage";

/** Says aloud what the arrow keys reached. */
function Announcer() {
  const shown = visible.value;
  const v = selected.value;
  const loaded = model.value;
  let text = "";
  if (shown && loaded && v !== NONE) {
    const fold = fold_at(shown, v);
    text = fold
      ? `process group ${fold.name}, ${fold.members.length} siblings`
      : selected_announcement(loaded, shown.source[v]);
  }
  const group = loaded?.groups[selected_group.value];
  if (v === NONE && group)
    text = `missed reuse ${group.missed_reuse} of ${group.anon_vmas.length} anon_vmas of mm ${group.mm_id}`;
  return (
    <p class="hidden" role="status">
      {text}
    </p>
  );
}

export function TreeView() {
  const { view } = route.value;
  if (view.name !== "tree") return null;
  const loaded = tree.value.value;
  const shown = model.value;
  if (loaded.state === "failed")
    return <Failure what={`Tree #${view.root} did not load.`} error={loaded.error} retry={load_view} />;
  if (!shown) return <Loading what={`tree #${view.root}`} />;
  const { summary } = shown;
  return (
    <section class="tree" aria-label={`Tree ${view.root}`}>
      <div class="tools title">
        <h1>
          #{shown.root_id}{" "}
          <span class="faint">
            {summary.pid === null ? "owner exited" : `${printable(summary.comm ?? "")} ${summary.pid}`}
          </span>
        </h1>
        <span class="faint grow clip">
          {plural(summary.anon_vmas, "anon_vma")} · {mms_text(summary.mms)} · {plural(summary.avcs, "AVC")}
          {visible.value && visible.value.count < shown.count ? ` · ${count(visible.value.count)} drawn` : ""}
          {loaded.state === "loading" ? " · loading …" : ""}
        </span>
        <MergedSwitch />
        {can_fold.value && (
          <label class="check">
            <input
              type="checkbox"
              checked={grouped.value}
              onChange={(event) => set_grouped(event.currentTarget.checked)}
            />
            fold process groups
          </label>
        )}
        <ExportButtons />
        <ExportReport />
      </div>
      <Stage />
      <aside>
        <div class="details" tabIndex={-1}>
          <Details />
        </div>
        <div class="outline">
          <Outline />
        </div>
      </aside>
      <Announcer />
    </section>
  );
}
