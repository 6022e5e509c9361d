/* SPDX-License-Identifier: GPL-2.0-only */
/* The top of the page: where we are, which snapshot, what it holds, how far to trust it. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Snapshot } from "../api/types";
import { route } from "../state/location";
import {
  diff_view,
  findings_view,
  forest_view,
  overview,
  process_view,
  processes_view,
  tree_view,
  type View,
} from "../state/route";
import {
  is_empty,
  show_snapshot,
  snapshot,
  snapshot_error,
  snapshot_id,
  step_snapshot,
  timeline,
} from "../state/snapshots";
import { quality_sentences, snapshot_scope } from "../text/sentences";
import { bytes, count, duration, local_time, mean, plural } from "../text/units";
import { KeyButton } from "./buttons";
import { Link, Stat } from "./parts";
import { show_help } from "./help";
import { Notices } from "./notices";
import { ask_change, ask_snapshot } from "./orders";
import { Current, use_picker } from "./picker";

/** The snapshots there are, newest first, to choose one. */
export function SnapshotList({
  shown,
  pick,
  children,
}: {
  shown: number | null;
  pick: (id: number) => void;
  children?: ComponentChildren;
}) {
  const { rows, next, loading } = timeline.state.value;
  const list = useRef<HTMLUListElement>(null);
  /* Before it is painted: a focus that comes later takes the keys of who types already. */
  useLayoutEffect(() => {
    const current = list.current?.querySelector<HTMLElement>("[aria-current=true]");
    (current ?? list.current?.querySelector<HTMLElement>("button"))?.focus();
  }, []);
  const move = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const at = (event.target as HTMLElement).closest("li");
    const to = event.key === "ArrowDown" ? at?.nextElementSibling : at?.previousElementSibling;
    to?.querySelector("button")?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="popover" id="snapshots" role="dialog" aria-label="Snapshots, newest first">
      {children}
      <ul ref={list} onKeyDown={move}>
        {rows.map((row) => (
          <li key={row.id}>
            <button type="button" aria-current={row.id === shown} onClick={() => pick(row.id)}>
              <span class="num">#{row.id}</span>
              <span>{local_time(row.taken_at)}</span>
              <span class="faint grow">
                {row.label ?? ""}
                {row.pinned && " · pinned"}
              </span>
              <span class="num faint">{count(row.totals.anon_vmas)} anon_vmas</span>
              {!row.quality.complete && (
                <span class="warn" title="incomplete">
                  !
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {next !== null && (
        <button type="button" class="more" disabled={loading} onClick={() => void timeline.more()}>
          {loading ? "Loading …" : "Load older snapshots"}
        </button>
      )}
    </div>
  );
}

function Picker() {
  const { open, frame } = use_picker();
  const shown = snapshot.value;
  const latest = route.value.snapshot === "latest";
  return (
    <div class="picker" {...frame}>
      <KeyButton name="Older snapshot" shortcut="[" on_press={() => void step_snapshot(1)}>
        ‹
      </KeyButton>
      <Current open={open} title={shown ? `${shown.taken_at}\n${snapshot_scope(shown)}` : undefined}>
        {shown ? (
          <>
            <span class="strong">#{shown.id}</span> <span class="when">{local_time(shown.taken_at)}</span>
            {shown.label && <span class="label">{shown.label}</span>}
            {shown.pinned && <span class="faint">pinned</span>}
            {latest && <span class="faint">latest</span>}
          </>
        ) : (
          <span class="faint">{is_empty.value || snapshot_error.value ? "no snapshot" : "snapshot …"}</span>
        )}
      </Current>
      <KeyButton name="Newer snapshot" shortcut="]" on_press={() => void step_snapshot(-1)}>
        ›
      </KeyButton>
      {shown && (
        <KeyButton name="Label or pin this snapshot" shortcut="e" opens_dialog on_press={ask_change}>
          ✎<span class="roomy"> label</span>
        </KeyButton>
      )}
      <KeyButton name="Take a snapshot now" shortcut="s" opens_dialog on_press={ask_snapshot}>
        +<span class="roomy"> snapshot</span>
      </KeyButton>
      {open.value && <SnapshotList shown={snapshot_id.value} pick={show_snapshot} />}
    </div>
  );
}

function Totals({ shown }: { shown: Snapshot }) {
  const { totals, boot, quality, cost, rmap } = shown;
  const problems = quality_sentences(quality);
  const whole = cost.walk_ns + cost.identity_ns + cost.analyse_ns + cost.store_ns;
  const steps =
    `walk ${duration(cost.walk_ns)}, identity ${duration(cost.identity_ns)}, ` +
    `analysis ${duration(cost.analyse_ns)}, store ${duration(cost.store_ns)}`;
  const missed_bytes = totals.missed_reuse * boot.anon_vma_bytes;
  return (
    <dl class="totals" aria-label="This snapshot">
      <Stat
        name="processes"
        value={count(totals.processes)}
        hint={`${plural(totals.mms, "mm")}: threads and vfork share one`}
      />
      <Stat name="VMAs" value={count(totals.vmas)} hint={`${boot.vma_bytes} B each in this kernel's slab`} />
      <Stat
        name="anon_vmas"
        value={count(totals.anon_vmas)}
        hint={`${boot.anon_vma_bytes} B each in this kernel's slab`}
      />
      <Stat
        name="idle"
        value={count(totals.idle_anon_vmas)}
        hint={`anon_vmas with no active VMA; ${count(totals.reusable_anon_vmas)} of them may be reused by the next fork(), ${plural(totals.reused_vmas, "VMA")} got theirs that way`}
      />
      <Stat
        name="AVCs"
        value={count(totals.avcs)}
        hint={`anon_vma_chain, ${boot.avc_bytes} B each in this kernel's slab`}
      />
      <Stat name="trees" value={count(totals.trees)} hint="root anon_vmas" />
      <Stat
        name="max chain"
        value={plural(totals.max_chain, "AVC")}
        hint={`longest anon_vma_chain of one VMA; the deepest anon_vma has ${plural(totals.max_depth, "parent")} above it`}
      />
      <Stat
        name="objects"
        value={bytes(totals.object_bytes)}
        hint="VMAs, anon_vmas and AVCs, at their slab sizes"
      />
      <Stat
        name="missed reuse"
        value={
          totals.missed_reuse ? `${plural(totals.missed_reuse, "anon_vma")} = ${bytes(missed_bytes)}` : "none"
        }
        hint={`in ${plural(totals.missed_groups, "group")}: anon_vmas that fork() allocated for VMAs of one mm though they share a parent`}
        tone={totals.missed_reuse ? "missed" : undefined}
      />
      <Stat
        name="rmap visits"
        value={`≤ ${count(rmap.max_visits)}, mean ${mean(rmap.covered_mean_visits)}`}
        hint={`VMAs that a reverse-map walk from one page visits; before 2010, when one anon_vma served a whole family, ${mean(rmap.before_2010_mean_visits)} on average`}
      />
      <Stat
        name="quality"
        value={
          quality.complete
            ? "complete"
            : [
                quality.torn_mms && plural(quality.torn_mms, "torn mm"),
                quality.cut_mms && plural(quality.cut_mms, "cut mm"),
                quality.undescribed_anon_vmas && `${count(quality.undescribed_anon_vmas)} undescribed`,
              ]
                .filter(Boolean)
                .join(", ")
        }
        hint={
          problems.length
            ? problems.join("\n")
            : "Every mm held still while it was read, every chain is whole."
        }
        tone={quality.complete ? "good" : "bad"}
      />
      <Stat
        name="cost"
        value={`${duration(whole)} · ${duration(cost.cpu_ns)} CPU`}
        hint={`What vmascope itself took: ${steps}; ${bytes(cost.stream_bytes)} of records`}
      />
      <Stat
        name="kernel"
        value={`${boot.release} ${boot.machine}`}
        hint={`${boot.host}, boot ${boot.boot_id}, page size ${bytes(boot.page_size)}`}
      />
    </dl>
  );
}

/** Past the header and the tools, to what the view shows: its charts or its first table. */
function skip(): void {
  document.querySelector<HTMLElement>("main :is(.charts, .grid)")?.focus();
}

export function Header() {
  const { view } = route.value;
  const shown = snapshot.value;
  const tab = (to: View, name: ComponentChildren) => (
    <span class={view.name === to.name ? "tab on" : "tab"}>
      <Link to={to}>{name}</Link>
    </span>
  );
  return (
    <header>
      <div class="bar">
        <button type="button" class="hidden" onClick={skip}>
          Skip to the content
        </button>
        <span class="brand">
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M3 8h4M7 3v10M7 3h4M7 13h4" class="lines" />
            <path d="M1 6h4v4H1z" class="root" />
            <circle cx="13" cy="3" r="2.4" class="active" />
            <circle cx="13" cy="13" r="2.4" class="missed" />
          </svg>
          vmascope
        </span>
        <nav aria-label="Views">
          {tab(overview(), "Overview")}
          {tab(forest_view(), "Forest")}
          {view.name === "tree" && tab(tree_view(view.root), <>Tree #{view.root}</>)}
          {tab(processes_view(), "Processes")}
          {view.name === "process" && tab(process_view(view.pid), <>Process {view.pid}</>)}
          {tab(findings_view(), "Findings")}
          {tab(diff_view(), "Diff")}
        </nav>
        <Notices />
        <Picker />
        <KeyButton name="Keys and terms" shortcut="?" on_press={show_help}>
          ?
        </KeyButton>
      </div>
      {/* The diff has a table of both. */}
      {shown && view.name !== "diff" && <Totals shown={shown} />}
    </header>
  );
}
