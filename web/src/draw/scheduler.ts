/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One requestAnimationFrame for the whole page: whatever asks for a redraw
 * within a frame is drawn once, together.
 */

const waiting = new Set<() => void>();
let scheduled = false;

function frame(): void {
  scheduled = false;
  const now = [...waiting];
  waiting.clear();
  for (const draw of now) draw();
}

/** Runs `draw` in the next frame; asking again before then changes nothing. */
export function redraw(draw: () => void): void {
  waiting.add(draw);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(frame);
}

export function cancel_redraw(draw: () => void): void {
  waiting.delete(draw);
}
