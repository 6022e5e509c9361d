/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of fork() as a chooser names them, in the order of the server's table
 * (topology/fork_policies.c), which has their whole sentences. tests/web holds
 * the two against each other.
 */
export const POLICY_KERNELS: Record<string, string> = {
  shared: "up to 2.6.33",
  chain: "2.6.34 to 3.18",
  degree: "3.19 to 5.4 and 5.7 to 5.19",
  yang: "5.5 and 5.6, as it ran",
  yang_intended: "5.5 and 5.6, as it was meant",
  khlebnikov_v1: "proposed on 6 January 2020",
  khlebnikov_v2: "proposed on 7 January 2020",
  counters: "6.0 to 6.18 (and 2022's stable kernels)",
  reversed: "7.0 and later",
};

const VIOLATIONS: Record<string, string> = {
  active_not_linked: "a VMA is not linked to its active anon_vma: its pages cannot be found",
  linked_twice: "a VMA is linked to an anon_vma twice",
  not_closed: "a chain lacks the parent of one of its anon_vmas",
  sets_differ: "VMAs with one active anon_vma have different chains: merging them would lose links",
};

export function violation_text(name: string): string {
  return VIOLATIONS[name] ?? name.replaceAll("_", " ");
}
