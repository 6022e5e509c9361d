/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings in words: what each kind measures and in which unit, what its details
 * mean, and what it means that there is none. The sentence and title of a
 * finding, and the rule of its kind, are the server's.
 */
import type { Finding, Invariant, Objects, Thresholds } from "../api/types";
import { printable } from "./labels";
import { address, bytes, count, mean, plural } from "./units";

type Unit = [one: string, many: string];

interface KindWords {
  /** What one finding of it is. */
  each: Unit;
  /** Unit of `size`. */
  unit: Unit;
  size_means: string;
  /** What the objects and bytes are: something to be saved, or just what there is. */
  objects_mean: string;
  can_save: boolean;
  /** What tells one from another, the deciding first. */
  figures: (finding: Finding, detail: (name: string) => number) => string;
  /** From which size on it is one; without: any is. */
  from?: (thresholds: Thresholds) => number;
  /** True of a snapshot without one. */
  none: (thresholds: Thresholds) => string;
}

const FINDING: Unit = ["finding", "findings"];
const ANON_VMA: Unit = ["anon_vma", "anon_vmas"];
/** Threads, and a child after vfork(), are no more than one. */
const MMS: Unit = ["process (mm)", "processes (mms)"];

/** Address spaces: `15 processes (mms)`. */
export function mms_text(mms: number): string {
  return plural(mms, ...MMS);
}

const KINDS: Record<string, KindWords> = {
  fork_split: {
    each: ["group", "groups"],
    unit: ANON_VMA,
    size_means: "active anon_vmas of one mm under one parent",
    objects_mean: "anon_vmas that sharing would have saved",
    can_save: true,
    figures: ({ anon_vmas, size }, detail) =>
      `${count(anon_vmas)} of ${plural(size, "anon_vma")} could be saved; v2 saves up to ${count(detail("khlebnikov_v2_saves"))}`,
    none: () => "no fork() gave VMAs that shared an anon_vma one each",
  },
  merge_blocked: {
    each: ["run", "runs"],
    unit: ["merge", "merges"],
    size_means: "merges that this run of neighbours could make",
    objects_mean: "VMAs that merging would save, and their chains",
    can_save: true,
    figures: (finding) => `${plural(finding.size, "merge")} blocked; would save ${objects_text(finding)}`,
    none: () => "no two neighbouring VMAs are kept apart by their active anon_vmas alone",
  },
  idle_anon_vma: {
    each: ANON_VMA,
    unit: ["VMA", "VMAs"],
    size_means: "VMAs that are linked to it and so keep it",
    objects_mean: "it and the links to it",
    can_save: false,
    figures: ({ size }, detail) =>
      `kept by ${plural(size, "VMA")} of ${mms_text(detail("linked_mms"))}${detail("reusable") ? ", reusable" : ""}`,
    none: () => "every anon_vma is active in some VMA",
  },
  deep_chain: {
    each: FINDING,
    unit: ["AVC", "AVCs"],
    size_means: "length of the longest chain",
    objects_mean: "links beyond the threshold",
    can_save: false,
    figures: ({ size }, detail) =>
      `longest ${plural(size, "AVC")}; ${plural(detail("deep_vmas"), "VMA")} above ${count(detail("threshold"))}`,
    from: ({ deep_chain }) => deep_chain + 1,
    none: ({ deep_chain }) => `no chain is longer than ${plural(deep_chain, "AVC")}`,
  },
  wide_rmap: {
    each: ANON_VMA,
    unit: ["VMA", "VMAs"],
    size_means: "visited for one page, at most",
    objects_mean: "links to it",
    can_save: false,
    figures: ({ size }, detail) =>
      `up to ${plural(size, "VMA")} a page, mean ${mean(detail("covered_visits") / (detail("covered_pages") || 1))}`,
    from: ({ wide_rmap }) => wide_rmap,
    none: ({ wide_rmap }) => `no reverse-map walk from a page visits ${plural(wide_rmap, "VMA")} or more`,
  },
  wide_lock: {
    each: ["lock", "locks"],
    unit: MMS,
    size_means: "address spaces under one root's rwsem",
    objects_mean: "anon_vmas and AVCs under the lock",
    can_save: false,
    figures: ({ size, anon_vmas }) => `one lock for ${mms_text(size)}, ${plural(anon_vmas, "anon_vma")}`,
    from: ({ wide_lock }) => wide_lock,
    none: ({ wide_lock }) => `no root's rwsem covers ${mms_text(wide_lock)} or more`,
  },
  invariant: {
    each: ["violation", "violations"],
    unit: ["off", "off"],
    size_means: "difference between expected and observed",
    objects_mean: "nothing",
    can_save: false,
    figures: (_, detail) => `expected ${count(detail("expected"))}, observed ${count(detail("observed"))}`,
    none: () => "every invariant holds, or a race explains why it does not",
  },
};

export function size_text(finding: Finding): string {
  const words = KINDS[finding.kind];
  return words ? plural(finding.size, ...words.unit) : count(finding.size);
}

/** The anon_vma that it is about, or where its VMAs begin: tells it from others of its kind. */
export function subject_text({ anon_vma, vm_start }: Finding): string {
  return anon_vma !== null ? `#${anon_vma}` : vm_start === null ? "" : address(vm_start);
}

/** `2 of 3 anon_vmas could be saved; v2 saves up to 2`: a finding in figures, apart from its sentence. */
export function figures_text(finding: Finding): string {
  const detail = (name: string) => Number(finding.details[name] ?? 0);
  return KINDS[finding.kind]?.figures(finding, detail) ?? finding.sentence;
}

/** `31 groups`: how many findings there are of a kind. */
export function found_text(kind: string, found: number): string {
  return plural(found, ...(KINDS[kind]?.each ?? FINDING));
}

/** `from 64 processes (mms)`: from when on it is one; empty where any is. */
export function from_text(kind: string, thresholds: Thresholds | undefined): string {
  const words = KINDS[kind];
  return words?.from && thresholds ? `from ${plural(words.from(thresholds), ...words.unit)}` : "";
}

/** `now from 64`, `now below 64`: one that came or went is nothing allocated or freed. */
export function crossed_text(kind: string, came: boolean, thresholds: Thresholds | undefined): string {
  const from = KINDS[kind]?.from;
  return from && thresholds ? `now ${came ? "from" : "below"} ${count(from(thresholds))}` : "";
}

export function size_means(kind: string): string {
  return KINDS[kind]?.size_means ?? "";
}

/** What a finding's objects are called, and what they are. */
export function objects_name(kind: string): { name: string; means: string } {
  const words = KINDS[kind];
  return { name: words?.can_save ? "could be saved" : "rmap objects", means: words?.objects_mean ?? "" };
}

/** `2 anon_vmas, 3 AVCs`; empty when it counts none. */
export function objects_text(objects: Omit<Objects, "bytes">): string {
  const parts = [
    objects.vmas && plural(objects.vmas, "VMA"),
    objects.anon_vmas && plural(objects.anon_vmas, "anon_vma"),
    objects.avcs && plural(objects.avcs, "AVC"),
  ];
  return parts.filter(Boolean).join(", ");
}

/** `2 anon_vmas = 208 B`; a lock's VMAs are no part of its bytes. */
export function cost_text({ kind, ...objects }: Objects & { kind?: string }): string {
  const vmas = kind === "wide_lock" ? objects.vmas : 0;
  const what = objects_text({ ...objects, vmas: objects.vmas - vmas });
  const linked = vmas ? `; linked to ${plural(vmas, "VMA")}` : "";
  return what ? `${what} = ${bytes(objects.bytes)}${linked}` : "nothing";
}

interface DetailWords {
  name: string;
  /** Of its number; none: a plain count. */
  unit?: Unit;
}

const DETAILS: Record<string, DetailWords> = {
  khlebnikov_v2_saves: { name: "khlebnikov_v2 saves up to", unit: ANON_VMA },
  blocked_merges: { name: "it blocks", unit: ["merge", "merges"] },
  vm_end: { name: "run ends at" },
  linked_mms: { name: "kept by", unit: MMS },
  reusable: { name: "next fork() may reuse it" },
  deep_vmas: { name: "with such a chain", unit: ["VMA", "VMAs"] },
  covered_pages: { name: "covered", unit: ["page offset", "page offsets"] },
  covered_visits: { name: "from a page at each", unit: ["visit", "visits"] },
  depth: { name: "below the root", unit: ["generation", "generations"] },
};

function detail_text(finding: Finding, name: string, value: number | string | boolean): string {
  if (typeof value === "string") return address(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  /* A threshold is one of what the size counts. */
  const unit = name === "threshold" ? KINDS[finding.kind]?.unit : DETAILS[name]?.unit;
  return unit ? plural(value, ...unit) : count(value);
}

/** Names and values of a finding's details, for reading. */
export function detail_facts(finding: Finding): [string, string][] {
  return Object.entries(finding.details).map(([name, value]) => [
    DETAILS[name]?.name ?? name.replaceAll("_", " "),
    detail_text(finding, name, value),
  ]);
}

export interface Filter {
  kind: string | null;
  exe: string | null;
  pid: number | null;
  root: number | null;
  min_bytes: number | null;
}

/** What it means that a filter finds nothing. */
export function none_sentence(filter: Filter, thresholds: Thresholds): string {
  const where = [
    filter.pid !== null && `process ${filter.pid}`,
    filter.exe !== null && printable(filter.exe),
    filter.root !== null && `tree #${filter.root}`,
  ].filter(Boolean);
  const subject = where.length ? ` of ${where.join(" and ")}` : "";
  const size = filter.min_bytes === null ? "" : ` of at least ${bytes(filter.min_bytes)}`;
  const of = subject + size;
  if (filter.kind !== null) {
    if (of) return `No such finding${of} in this snapshot.`;
    const means = KINDS[filter.kind]?.none(thresholds) ?? `nothing is of kind ${filter.kind}`;
    return `None in this snapshot: ${means}.`;
  }
  const all = Object.values(KINDS).map((words) => words.none(thresholds));
  if (of) return `No finding${of} in this snapshot.`;
  return `Nothing found in this snapshot: ${all.slice(0, -1).join("; ")}; and ${all[all.length - 1]}.`;
}

export function excused(invariant: Invariant): number {
  return Object.values(invariant.excused).reduce((sum, n) => sum + n, 0);
}

/** `torn 1, moved 2`. */
export function excuses_text(excuses: Record<string, number>): string {
  return Object.entries(excuses)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${name.replaceAll("_", " ")} ${count(n)}`)
    .join(", ");
}

export function invariants_sentence(invariants: Invariant[]): string {
  const sum = (of: (i: Invariant) => number) => invariants.reduce((total, i) => total + of(i), 0);
  const violated = sum((i) => i.violated);
  const races = sum(excused);
  return (
    `${plural(invariants.length, "rule")} that mm/rmap.c relies on, ${plural(
      sum((i) => i.checked),
      "check",
    )}: ` +
    (violated ? `${count(violated)} violated` : "none violated") +
    (races ? `, ${count(races)} not held but explained by a race.` : ".")
  );
}
