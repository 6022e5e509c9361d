/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One requestAnimationFrame for the whole page: whatever asks for a redraw
 * within a frame is drawn once, together.
 */

/** Says whether it drew anything. */
type Draw = () => boolean;

const waiting = new Set<Draw>();
let scheduled = false;

function frame(): void {
  scheduled = false;
  const now = [...waiting];
  waiting.clear();
  const start = performance.now();
  let drew = false;
  for (const draw of now) drew = draw() || drew;
  if (!drew) return;
  performance.clearMeasures("vmascope:frame");
  performance.measure("vmascope:frame", { start, end: performance.now() });
}

/** Runs `draw` in the next frame; asking again before then changes nothing. */
export function redraw(draw: Draw): void {
  waiting.add(draw);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(frame);
}

export function cancel_redraw(draw: Draw): void {
  waiting.delete(draw);
}
