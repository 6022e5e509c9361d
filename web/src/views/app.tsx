/* SPDX-License-Identifier: GPL-2.0-only */
/* The page: header, one view, and the states in which there is nothing to view. */
import { collector } from "../state/live";
import { route } from "../state/location";
import { is_empty, snapshot, snapshot_error, snapshot_id, timeline } from "../state/snapshots";
import { retry_snapshots } from "../state/store";
import { DiffView } from "./diff";
import { Findings } from "./findings";
import { Forest } from "./forest";
import { Header } from "./header";
import { Help } from "./help";
import { KEYS } from "./keys";
import { StartCollector } from "./notices";
import { ask_snapshot, Orders } from "./orders";
import { Failure, Loading } from "./parts";
import { Overview } from "./overview";
import { snapshot_name } from "../text/labels";
import { ProcessView } from "./process";
import { Processes } from "./processes";
import { TermTip } from "./term";
import { TokenForm } from "./token_form";
import { TreeView } from "./tree";

function Empty() {
  const runs = collector.value === "runs";
  return (
    <section class="empty">
      <h1>No snapshot yet</h1>
      {runs ? (
        <>
          <p>A collector runs on this database; its first snapshot is on its way. Or take one now:</p>
          <p>
            <button type="button" onClick={ask_snapshot}>
              Snapshot now
            </button>
          </p>
        </>
      ) : (
        <>
          <p>No collector has stored a snapshot in the database that this server reads.</p>
          <StartCollector />
        </>
      )}
      <p>This page shows the first snapshot as soon as it is there.</p>
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
        retry={() => (timeline.state.peek().started ? location.reload() : retry_snapshots())}
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
      <Help keys={KEYS} />
      <Orders />
      <TokenForm />
      <TermTip />
    </>
  );
}
