/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with a simulated child, as a sentence. */

const VIOLATIONS: Record<string, string> = {
  active_not_linked: "a VMA is not linked to its active anon_vma: its pages cannot be found",
  linked_twice: "a VMA is linked to an anon_vma twice",
  not_closed: "a chain lacks the parent of one of its anon_vmas",
  sets_differ: "VMAs with one active anon_vma have different chains: merging them would lose links",
};

export function violation_text(name: string): string {
  return VIOLATIONS[name] ?? name.replaceAll("_", " ");
}
