/* SPDX-License-Identifier: GPL-2.0-only */
/* One finding: what it says, what it costs, what it is about. Shared by the views. */
import type { Finding } from "../api/types";
import { vma_key } from "../state/process_state";
import { kept_ends, snapshot_id } from "../state/snapshots";
import { findings_view, process_view, select_in_tree, type View } from "../state/route";
import { printable } from "../text/labels";
import { cost_text, detail_facts, objects_name, size_means, size_text } from "../text/findings";
import { address, local_time, plural } from "../text/units";
import { Fact, Link } from "./parts";

/** VMAs of the parent listed before the rest is only counted. */
const MAX_PARENT_VMAS = 12;
/** The server names no more than these. */
const MOST_NAMED_VMAS = 64;

export function process_at(pid: number, vm_start: string): View {
  return { ...process_view(pid), select: vma_key(vm_start) };
}

/** Where a finding can be seen; null: nowhere on the page. */
export function finding_place(finding: Finding): View | null {
  const { kind, root, anon_vma, mm_id, process, vm_start } = finding;
  if (kind === "fork_split" && root !== null && anon_vma !== null && mm_id !== null)
    return select_in_tree(root, { what: "missed", id: anon_vma, mm: mm_id });
  if (process && vm_start !== null) return process_at(process.pid, vm_start);
  if (root !== null)
    return select_in_tree(root, anon_vma === null ? null : { what: "anon_vma", id: anon_vma });
  return process ? process_view(process.pid) : null;
}

/** Of the one snapshot that there is, too. */
const is_first = (id: number) => (kept_ends.value?.[0] ?? id) === id;

/** In the first snapshot nothing is: what was before is not known. */
export function is_new(finding: Finding): boolean {
  const { snapshot } = finding.since;
  return snapshot !== null && snapshot === snapshot_id.value && !is_first(snapshot);
}

export function since_text(finding: Finding): string {
  const { snapshot, taken_at } = finding.since;
  const when = taken_at === null ? "" : local_time(taken_at);
  if (snapshot === null) return when ? `${when}, or before` : "before the oldest snapshot";
  return `#${snapshot}${is_first(snapshot) ? ", the first snapshot" : ""} ${when}`.trim();
}

/** Who had the group's parent active when fork() copied its VMAs. */
export function ParentVmas({ parent }: { parent: NonNullable<Finding["parent_process"]> }) {
  const { pid, comm, vmas } = parent;
  return (
    <p class="jumps">
      <span>
        copied from{" "}
        <Link to={process_view(pid)} strong>
          {printable(comm)} {pid}
        </Link>
        , {vmas.length < MOST_NAMED_VMAS ? "" : "at least "}
        {plural(vmas.length, "VMA")} at
      </span>
      {vmas.slice(0, MAX_PARENT_VMAS).map((vm_start) => (
        <Link key={vm_start} to={process_at(pid, vm_start)}>
          {address(vm_start)}
        </Link>
      ))}
      {vmas.length > MAX_PARENT_VMAS && <span class="faint">+{vmas.length - MAX_PARENT_VMAS}</span>}
    </p>
  );
}

/** What a finding says beyond its heading. */
export function FindingBody({ finding }: { finding: Finding }) {
  const objects = objects_name(finding.kind);
  return (
    <>
      <p class="sentence">{finding.sentence}</p>
      {finding.parent_process && <ParentVmas parent={finding.parent_process} />}
      {finding.kind === "fork_split" && !finding.parent_process && (
        <p class="faint">No living process has #{finding.anon_vma} active any more: its VMAs are gone.</p>
      )}
      <dl class="facts">
        <Fact name="size" hint={size_means(finding.kind)}>
          {size_text(finding)}
        </Fact>
        <Fact name={objects.name} wide hint={`${objects.means}, at their slab sizes`}>
          {cost_text(finding)}
        </Fact>
        {detail_facts(finding).map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
        <Fact name="since" wide hint="first snapshot still kept that has this finding">
          {since_text(finding)}
          {is_new(finding) && <span class="badge new">new</span>}
        </Fact>
      </dl>
    </>
  );
}

/** The finding's subjects, as links. */
export function FindingSubjects({ finding }: { finding: Finding }) {
  const { process, root, anon_vma, vm_start } = finding;
  return (
    <dl class="facts">
      {process && (
        <Fact name="process">
          <Link to={vm_start === null ? process_view(process.pid) : process_at(process.pid, vm_start)}>
            {printable(process.comm)} {process.pid}
          </Link>
        </Fact>
      )}
      {root !== null && (
        <Fact name="tree">
          <Link to={select_in_tree(root, null)}>#{root}</Link>
        </Fact>
      )}
      {anon_vma !== null && (
        <Fact name={finding.kind === "fork_split" ? "parent anon_vma" : "anon_vma"}>
          {root === null ? (
            `#${anon_vma}`
          ) : (
            <Link to={select_in_tree(root, { what: "anon_vma", id: anon_vma })}>#{anon_vma}</Link>
          )}
        </Fact>
      )}
      {vm_start !== null && <Fact name="VMA at">{address(vm_start)}</Fact>}
      {process && (
        <Fact name="more of">
          <Link to={findings_view({ pid: process.pid })}>this process</Link>
        </Fact>
      )}
      {root !== null && (
        <Fact name="more in">
          <Link to={findings_view({ root })}>this tree</Link>
        </Fact>
      )}
    </dl>
  );
}
