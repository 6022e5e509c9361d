/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of a comparison in words: what the object is, and what changed of it. */
import type { DiffRow, DiffSection, DiffSide, DiffState, DiffValue, Thresholds, Totals } from "../api/types";
import { side_of, with_size } from "../model/diff_rows";
import { crossed_text } from "./findings";
import type { TermName } from "./glossary";
import { printable } from "./labels";
import { address, bytes, count, plural, range, signed } from "./units";

interface SectionText {
  title: string;
  /** What `change` measures. */
  measure: string;
  text: (value: number) => string;
  /** Said of a row that came or went. */
  about: string[];
}

const of_count = (one: string, many?: string) => (value: number) => plural(value, one, many);

export const SECTIONS: Record<DiffSection, SectionText> = {
  processes: {
    title: "Processes",
    measure: "bytes of its VMAs, AVCs and active anon_vmas",
    text: bytes,
    about: ["vmas", "anon_vmas", "avcs", "missed_reuse"],
  },
  trees: {
    title: "Trees",
    measure: "bytes of its anon_vmas and AVCs",
    text: bytes,
    about: ["anon_vmas", "avcs", "vmas", "mms"],
  },
  anon_vmas: {
    title: "anon_vmas",
    measure: "num_children and num_active_vmas together",
    text: count,
    about: ["num_active_vmas", "num_children", "parent"],
  },
  vmas: {
    title: "VMAs",
    measure: "AVCs in its chain",
    text: of_count("AVC"),
    about: ["size_bytes", "anon_vma", "chain"],
  },
  findings: {
    title: "Findings",
    measure:
      "bytes, or the threshold that was crossed; where these are equal, what the finding counts tells the state",
    text: bytes,
    about: ["vmas", "anon_vmas", "avcs", "root"],
  },
  names: {
    title: "By name",
    measure: "bytes of the VMAs, AVCs and active anon_vmas of all processes of that name",
    text: bytes,
    about: ["processes", "vmas", "anon_vmas", "avcs"],
  },
};

export const STATE_HINTS: Record<DiffState, string> = {
  added: "only the second snapshot has it",
  removed: "only the first snapshot has it",
  execed: "a process that runs another program, or the same anew",
  grown: "in both, larger in the second",
  shrunk: "in both, smaller in the second",
  changed: "as large as before, but not the same",
};

const NAMES: Record<string, string> = {
  vmas: "VMAs",
  avcs: "AVCs",
  mms: "mms",
  exe: "executable",
  object_bytes: "objects",
  /* A tree has no VMAs. */
  tree_bytes: "rmap objects",
  fork_vmas: "next fork(): VMAs",
  fork_anon_vmas: "next fork(): anon_vmas",
  fork_avcs: "next fork(): AVCs",
  fork_bytes: "next fork()",
  chain_length: "chain",
  max_chain: "longest chain",
  rmap_max_visits: "rmap visits ≤",
  rmap_covered_pages: "pages covered",
  rmap_covered_visits: "visits of all covered pages",
  rmap_written_pages: "pages written through",
  rmap_written_visits: "visits of all pages written through",
  missed_reuse: "missed reuse",
  missed_groups: "missed groups",
  blocked_merges: "blocked merges",
  idle_anon_vmas: "idle anon_vmas",
  reusable_anon_vmas: "reusable anon_vmas",
  reused_vmas: "reusing VMAs",
  processes: "processes",
  exec_id: "exec id",
  mm_id: "mm",
  file_id: "file",
  size_bytes: "size",
  numa_policy: "NUMA policy",
  anon_vma: "active anon_vma",
};

/** The kernel's own names stay as they are. */
export function field_name(field: string): string {
  return NAMES[field] ?? field;
}

const IDS = new Set(["anon_vma", "root", "parent"]);
const ADDRESSES = new Set(["vm_start", "vm_end"]);
/** Shown with the unit of their count. */
const UNITS: Record<string, string> = {
  max_chain: "AVC",
  chain_length: "AVC",
  rmap_max_visits: "VMA",
  missed_reuse: "anon_vma",
};

export function value_text(field: string, value: DiffValue | undefined): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length > 0 ? value.map((id) => `#${id}`).join(" ") : "none";
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, each]) => `${name.replaceAll("_", " ")} ${typeof each === "number" ? count(each) : each}`)
      .join(", ");
  if (ADDRESSES.has(field)) return address(String(value));
  if (typeof value === "string") return value === "" ? "none" : printable(value);
  if (IDS.has(field)) return `#${value}`;
  if (field.endsWith("bytes")) return bytes(value);
  const unit = UNITS[field];
  return unit ? plural(value, unit) : count(value);
}

/** After the name of a number: `vmas` is `VMAs`, and 1 of them a VMA. */
const COUNTED: Record<string, [string, string]> = {
  vmas: ["VMA", "VMAs"],
  anon_vmas: ["anon_vma", "anon_vmas"],
  avcs: ["AVC", "AVCs"],
  mms: ["mm", "mms"],
  processes: ["process", "processes"],
  num_active_vmas: ["active VMA", "active VMAs"],
  num_children: ["child", "children"],
};

function about_text(field: string, side: DiffSide): string {
  const value = side[field];
  if (field === "size_bytes") return `${value_text(field, value)} ${String(side.permissions)}`;
  if (field === "chain") return `chain ${value_text(field, value)}`;
  if (typeof value !== "number" || (value === 0 && field !== "num_active_vmas")) return "";
  if (field === "parent") return `below #${value}`;
  if (field === "root") return `in tree #${value}`;
  if (field === "anon_vma") return `on #${value}`;
  const counted = COUNTED[field];
  return counted ? plural(value, ...counted) : `${field_name(field)} ${value_text(field, value)}`;
}

/** Fields that say the same as others of the row, or nothing without them. */
const IMPLIED = new Set([
  "object_bytes",
  "tree_bytes",
  "bytes",
  "vm_flags",
  "chain_length",
  "exec_id",
  "map_count",
  "details",
  "missed_groups",
  "rmap_covered_pages",
  "rmap_covered_visits",
  "rmap_written_pages",
  "rmap_written_visits",
  "fork_vmas",
  "fork_anon_vmas",
  "fork_avcs",
  "fork_bytes",
]);

/** The changed fields in the order of the table; those that are implied by others are last. */
export function changed_fields(row: DiffRow): string[] {
  const fields = row.changed_fields ?? [];
  return [...fields.filter((field) => !IMPLIED.has(field)), ...fields.filter((field) => IMPLIED.has(field))];
}

/** In short, without what is implied: `VMAs 3 → 5 · AVCs 3 → 7`, or what came or went. */
export function change_text(section: DiffSection, listed: DiffRow): string {
  const row = section === "vmas" ? with_size(listed) : listed;
  const { before, after } = row;
  if (!before || !after) {
    const side = side_of(row);
    const parts = SECTIONS[section].about.map((field) => about_text(field, side));
    return parts.filter(Boolean).join(" · ");
  }
  const all = changed_fields(row);
  const own = all.filter((field) => !IMPLIED.has(field));
  const text = (field: string) => {
    const from = before[field];
    const short = field in UNITS && typeof from === "number" ? count(from) : value_text(field, from);
    return `${field_name(field)} ${short} → ${value_text(field, after[field])}`;
  };
  return (own.length > 0 ? own : all).map(text).join(" · ");
}

export function row_change(section: DiffSection, row: DiffRow, thresholds?: Thresholds): string {
  const crossed = row.before && row.after ? "" : crossed_text(row.kind ?? "", row.after !== null, thresholds);
  return crossed || signed(row.change, SECTIONS[section].text);
}

/** What the object is: `worker 164`, `#17 in #3 postgres 100`, `worker 164 7f00-7f10`. */
export function row_name(section: DiffSection, row: DiffRow): string {
  const owner =
    row.comm == null ? "" : row.pid == null ? printable(row.comm) : `${printable(row.comm)} ${row.pid}`;
  const side = side_of(row);
  switch (section) {
    case "trees":
      return `#${row.root} ${owner || "owner exited"}`;
    case "anon_vmas":
      return `#${row.id} in #${row.root} ${owner}`.trim();
    case "vmas":
      return `${owner} ${range(String(side.vm_start), String(side.vm_end))}`;
    case "findings":
      return owner ? `${owner} · ${row.title ?? ""}` : (row.title ?? "");
    case "names":
      return row.exe ? `${printable(row.comm ?? "")} · ${printable(row.exe)}` : printable(row.comm ?? "");
    default:
      return owner;
  }
}

export interface TotalText {
  key: keyof Totals;
  name: string;
  term?: TermName;
  text: (value: number) => string;
}

export const TOTALS: TotalText[] = [
  { key: "processes", name: "processes", text: count },
  { key: "trees", name: "trees", term: "tree", text: count },
  { key: "vmas", name: "VMAs", term: "vma", text: count },
  { key: "anon_vmas", name: "anon_vmas", term: "anon_vma", text: count },
  { key: "idle_anon_vmas", name: "idle", term: "idle", text: count },
  { key: "avcs", name: "AVCs", term: "avc", text: count },
  { key: "object_bytes", name: "objects", term: "objects", text: bytes },
  { key: "missed_reuse", name: "missed reuse, anon_vmas", term: "missed", text: count },
  { key: "blocked_merges", name: "blocked merges", term: "blocked", text: count },
  { key: "max_chain", name: "longest chain, AVCs", term: "chain", text: count },
];
