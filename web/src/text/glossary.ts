/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The field's terms, as the page uses them: said where one stands in a heading
 * (views/term.tsx), and all together on the `?` sheet.
 */

export interface Entry {
  term: string;
  says: string;
}

const ENTRIES = {
  vma: {
    term: "VMA",
    says: "vm_area_struct: one range of an address space with one mapping and one set of permissions, a line of /proc/PID/maps",
  },
  mm: {
    term: "mm",
    says: "mm_struct: an address space; threads, and a child after vfork(), use the same one",
  },
  anon_vma: {
    term: "anon_vma",
    says: "what an anonymous page points to, so that the kernel finds every VMA that may map it",
  },
  active: {
    term: "active",
    says: "vma->anon_vma: where pages that are first written through the VMA go; none until the first write",
  },
  avc: {
    term: "AVC",
    says: "anon_vma_chain: the link between one VMA and one anon_vma",
  },
  chain: {
    term: "chain",
    says: "the AVCs of a VMA: every anon_vma its pages may belong to, its own and those of ancestors; fork() copies all of it",
  },
  tree: {
    term: "tree",
    says: "anon_vmas by parent: fork() hangs the child's below the one that it copied from",
  },
  root: {
    term: "root",
    says: "the anon_vma at the top of a tree; its rwsem is the one lock of all of them",
  },
  linked: {
    term: "linked VMAs",
    says: "VMAs with the anon_vma in their chain, active or inherited: what an rmap walk may visit",
  },
  rmap: {
    term: "rmap visit",
    says: "a VMA that a reverse-map walk from one page looks at, as reclaim, migration and KSM do; before 2010 every page visited all of its family",
  },
  missed: {
    term: "missed reuse",
    says: "active anon_vmas of one mm under one parent: fork() allocated each although one would have done; k of them missed k − 1",
  },
  idle: {
    term: "idle",
    says: "an anon_vma that no VMA has active (num_active_vmas is 0); those that are linked to it keep it",
  },
  reused: {
    term: "reused",
    says: "an idle anon_vma of an ancestor that fork() made active again, so it allocated none",
  },
  reusable: {
    term: "reusable",
    says: "idle with fewer than two children: the next fork() along the chain may make it active again",
  },
  blocked: {
    term: "merge blocked",
    says: "neighbouring VMAs alike in everything but their active anon_vma, which keeps them from merging into one",
  },
  grown: {
    term: "added, grown",
    says: "added: only the second snapshot has it; grown: both have it, and it is larger in the second; removed and shrunk likewise",
  },
  torn: {
    term: "torn",
    says: "an mm that changed while it was read, on every try: its rows may contradict each other",
  },
  policy: {
    term: "policy",
    says: "by which rule fork() gives a copied VMA its anon_vma: a new one, an idle ancestor's, or that of the VMA before it",
  },
  num_children: {
    term: "num_children",
    says: "the kernel's counter of anon_vmas whose parent this is; a root counts itself",
  },
  num_active_vmas: {
    term: "num_active_vmas",
    says: "the kernel's counter of VMAs that have this anon_vma active, in all processes",
  },
  slab: {
    term: "slab size",
    says: "bytes an object takes in its kmem_cache, padding included: what allocating one really costs",
  },
  objects: {
    term: "objects, rmap objects",
    says: "VMAs, anon_vmas and AVCs, at their slab sizes; rmap objects: without the VMAs, which are no tree's own",
  },
  rss: {
    term: "RSS",
    says: "resident set: pages of the process that are in memory now; ≈: the kernel's cheap count, which lags by up to a batch per CPU",
  },
} as const satisfies Record<string, Entry>;

export type TermName = keyof typeof ENTRIES;

export const GLOSSARY: Record<TermName, Entry> = ENTRIES;
