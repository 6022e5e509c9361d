/* SPDX-License-Identifier: GPL-2.0-only */
/* The `?` sheet: keys, terms, what the marks mean. */
import { useEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";

const open = signal(false);

export function show_help(): void {
  open.value = true;
}

const KEYS: [string, string][] = [
  [
    "← → ↑ ↓",
    "tree: to the parent, the first child, the previous and next of the same depth; process: ↑ ↓ to the previous and next VMA",
  ],
  ["Enter", "open a row; expand or fold a process group; start at the root"],
  ["Esc", "clear the selection; from a tree or process back to the list"],
  ["drag, wheel, + −", "pan and zoom the picture"],
  ["Shift ← → ↑ ↓", "pan the picture of a tree"],
  ["0", "reset the zoom: show the whole tree"],
  ["m", "merged picture of a tree: missed reuse drawn as shared"],
  ["[ ]", "older, newer snapshot"],
  ["/", "search"],
  ["?", "this sheet"],
];

const TERMS: [string, string][] = [
  ["active", "vma->anon_vma: where pages first written through the VMA go"],
  ["chain", "the anon_vma_chains (AVCs) of a VMA: every anon_vma its pages may belong to"],
  ["tree", "anon_vmas by parent, under one root whose rwsem locks them all"],
  ["linked VMAs", "VMAs with the anon_vma in their chain, active or inherited: what an rmap walk may visit"],
  ["idle", "no VMA has it active (num_active_vmas = 0); descendants keep it"],
  [
    "missed reuse",
    "active non-root anon_vmas of one mm under one parent: fork() allocated each although one would have done; k of them missed k − 1",
  ],
  [
    "reused",
    "an idle anon_vma of an ancestor that fork() made active again, so it allocated none; reusable: the next fork() may do so",
  ],
  [
    "blocked merge",
    "neighbouring VMAs alike in everything but their active anon_vma, which keeps them from merging",
  ],
  [
    "rmap visits",
    "VMAs that a reverse-map walk from one page looks at; before 2010 every page visited all of its family",
  ],
  ["torn mm", "it changed during the walk on every try, so its rows may contradict each other"],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open.value && !dialog.current?.open) dialog.current?.showModal();
  }, [open.value]);
  if (!open.value) return null;
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Keys and terms"
      onClose={() => (open.value = false)}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="sheet">
        <h2>Keys</h2>
        <dl>
          {KEYS.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <h2>Terms</h2>
        <dl>
          {TERMS.map(([term, what]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
