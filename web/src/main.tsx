/* SPDX-License-Identifier: GPL-2.0-only */
/* In front of our own: in the midst of them it would part what gzip finds alike, and cost 840 bytes. */
import "uplot";
import { effect } from "@preact/signals";
import { render } from "preact";
import "./app.css";
import { start_live } from "./state/live";
import { route } from "./state/location";
import { start_diff } from "./state/diff_state";
import { start_overview } from "./state/overview_state";
import { start_snapshots } from "./state/snapshots";
import { start } from "./state/store";
import { start_tree } from "./state/tree_state";
import { App } from "./views/app";
import { start_keys } from "./views/keys";

const TITLES = {
  overview: () => "Overview",
  diff: () => "Diff",
  forest: () => "Forest",
  tree: (id: number) => `Tree #${id}`,
  processes: () => "Processes",
  process: (id: number) => `Process ${id}`,
  findings: () => "Findings",
};

const root = document.getElementById("app");
if (root) {
  root.replaceChildren();
  start_snapshots();
  start();
  start_live();
  start_overview();
  start_tree();
  start_diff();
  start_keys();
  effect(() => {
    const { view } = route.value;
    const id = view.name === "tree" ? view.root : view.name === "process" ? view.pid : 0;
    document.title = `${TITLES[view.name](id)} · vmascope`;
  });
  render(<App />, root);
}
