/* SPDX-License-Identifier: GPL-2.0-only */
/* The sign of what became of something: the same shape and colour as in the picture. */
import type { DiffState, NodeState } from "../api/types";

/* The corners of draw/polygon.ts, around (7, 7). */
const PATHS: Record<DiffState | NodeState, string> = {
  added: "M5.2 2h3.6v3.2H12v3.6H8.8V12H5.2V8.8H2V5.2h3.2z",
  removed: "M2.2 4.7L4.7 2.2 7 4.5l2.3-2.3 2.5 2.5L9.5 7l2.3 2.3-2.5 2.5L7 9.5l-2.3 2.3-2.5-2.5L4.5 7z",
  grown: "M7 1.5L12.5 11.5h-11z",
  shrunk: "M7 12.5L1.5 2.5h11z",
  /* As large as before: both ways at once. */
  changed: "M1.5 7L4.5 3v3h5V3l3 4-3 4V8h-5v3z",
  execed: "M2 2h6v2H4v6h6V7h2v5H2zM8 2l4.5 2.5L8 7z",
  same: "M7 4a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
};

export function ChangeSign({ state }: { state: DiffState | NodeState }) {
  return (
    <svg class={`sign ${state}`} viewBox="0 0 14 14" width="12" height="12" aria-hidden="true">
      <path d={PATHS[state]} />
    </svg>
  );
}
