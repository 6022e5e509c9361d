/* SPDX-License-Identifier: GPL-2.0-only */
/* The page: header, one view, and the states in which there is nothing to view. */
import { route } from "../state/location";
import { is_empty, snapshot, snapshot_error, snapshot_id, timeline } from "../state/store";
import { DiffView } from "./diff";
import { Findings } from "./findings";
import { Forest } from "./forest";
import { Header } from "./header";
import { Help } from "./help";
import { Failure, Loading } from "./parts";
import { Overview } from "./overview";
import { snapshot_name } from "../text/labels";
import { ProcessView } from "./process";
import { Processes } from "./processes";
import { TermTip } from "./term";
import { TreeView } from "./tree";

function Empty() {
  return (
    <section class="empty">
      <h1>No snapshot yet</h1>
      <p>
        The collector has not stored a snapshot in the database that this server reads. Start it, as root,
        with the same database:
      </p>
      <pre>sudo vmascope-collector --db FILE --interval 10s</pre>
      <p>or take a single one:</p>
      <pre>sudo vmascope-collector --db FILE --once</pre>
      <p>
        <code>vmascope-collector --check</code> tells what the kernel or the permissions lack, if anything.
        This page shows the first snapshot as soon as it is there.
      </p>
    </section>
  );
}

function Main() {
  const { view } = route.value;
  if (is_empty.value) return <Empty />;
  /* It tells which of its two snapshots is amiss, and lets choose another. */
  if (view.name === "diff" && timeline.state.value.started) return <DiffView />;
  if (snapshot_error.value)
    return (
      <Failure
        what={
          route.value.snapshot === "latest"
            ? "The snapshots did not load."
            : `Snapshot ${snapshot_name(route.value.snapshot)} did not load.`
        }
        error={snapshot_error.value}
        retry={() => (timeline.state.peek().started ? location.reload() : void timeline.more())}
      />
    );
  if (snapshot_id.value === null || snapshot.value === null) return <Loading what="snapshots" />;
  switch (view.name) {
    case "overview":
      return <Overview />;
    case "diff":
      return <DiffView />;
    case "forest":
      return <Forest />;
    case "tree":
      return <TreeView />;
    case "processes":
      return <Processes />;
    case "process":
      return <ProcessView />;
    case "findings":
      return <Findings />;
  }
}

export function App() {
  return (
    <>
      <Header />
      <main class={`view-${route.value.view.name}`}>
        <Main />
      </main>
      <Help />
      <TermTip />
    </>
  );
}
