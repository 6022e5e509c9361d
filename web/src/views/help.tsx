/* SPDX-License-Identifier: GPL-2.0-only */
/* The `?` sheet: keys, terms, what the marks mean. */
import { useEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { GLOSSARY } from "../text/glossary";

const open = signal(false);

export function show_help(): void {
  open.value = true;
}

const KEYS: [string, string][] = [
  [
    "← → ↑ ↓",
    "tree: to the parent, the first child, the previous and next of the same depth; process: to the previous and next VMA; forest: to the next area; overview, on the charts: along the time, with Shift marking a range",
  ],
  ["Enter", "open a row; expand or fold a process group; start at the root"],
  ["Esc", "clear the selection or the marked range; from a tree or process back to the list"],
  ["drag, wheel, + −", "pan and zoom the picture"],
  ["Shift ← → ↑ ↓", "pan the picture of a tree"],
  ["0", "reset the zoom: show the whole tree"],
  ["m", "merged picture of a tree: missed reuse drawn as shared"],
  ["[ ]", "older, newer snapshot"],
  ["d", "diff: this snapshot against the one before; in the overview, the two that are marked"],
  ["n p x", "diff: next, previous change in the picture; swap the two snapshots"],
  ["/", "search"],
  ["?", "this sheet"],
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
          {Object.values(GLOSSARY).map(({ term, says }) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{says}</dd>
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
