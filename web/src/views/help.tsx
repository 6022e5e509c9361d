/* SPDX-License-Identifier: GPL-2.0-only */
/* The `?` sheet: keys, terms, what the marks mean. */
import { signal } from "@preact/signals";
import { GLOSSARY } from "../text/glossary";
import { Modal } from "./modal";

const open = signal(false);

export function show_help(): void {
  open.value = true;
}

/** Keys that are not the whole page's: where they work, and what for. */
const PLACES: [string, string][] = [
  [
    "← → ↑ ↓",
    "tree: to the parent, the first child, the previous and next of the same depth; process: to the previous and next VMA; forest: to the next area; overview, on the charts: along the time, with Shift marking a range",
  ],
  ["↑ ↓ Home End", "PgUp PgDn too: in a table, to another row; Enter opens it"],
  ["drag, wheel, + −", "pan and zoom the picture"],
  ["Shift ← → ↑ ↓", "pan the picture of a tree or of an address space"],
  ["0", "reset the zoom: show the whole picture"],
  ["m", "merged picture of a tree: missed reuse drawn as shared"],
  ["Tab, Space", "to the next button, field or table; press it"],
];

export function Help({ keys }: { keys: readonly { shown: string; says: string }[] }) {
  if (!open.value) return null;
  const close = () => (open.value = false);
  const rows = [...keys.map(({ shown, says }) => [shown, says]), ...PLACES];
  return (
    <Modal label="Keys and terms" closed={close}>
      <h2>Keys</h2>
      <dl>
        {rows.map(([key, what]) => (
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
      <button type="button" onClick={close}>
        Close
      </button>
    </Modal>
  );
}
