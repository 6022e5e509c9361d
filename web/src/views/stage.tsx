/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree as a picture, its controls and its legend. */
import { merged, tree_window } from "../state/tree_state";
import { make_minimap, Minimap } from "./minimap";
import { Surface } from "./surface";
import { tree_picture } from "./tree_picture";
import { ZoomButtons } from "./zoom";

const minimap = make_minimap(tree_window);

function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      <li>
        <svg viewBox="0 0 14 14">
          <rect x="2.5" y="2.5" width="9" height="9" class="root" />
        </svg>
        root
      </li>
      <li>
        <svg viewBox="0 0 14 14">
          <circle cx="7" cy="7" r="4.5" class="active" />
        </svg>
        active
      </li>
      <li>
        <svg viewBox="0 0 14 14">
          <path d="M7 2l5 5-5 5-5-5z" class="idle" />
        </svg>
        idle
      </li>
      <li title="idle, and free for the next fork()">
        <svg viewBox="0 0 14 14">
          <path d="M7 2l5 5-5 5-5-5z" class="idle" />
          <circle cx="7" cy="7" r="2" class="reusable" />
        </svg>
        reusable
      </li>
      <li title="active, after fork() found it idle: no anon_vma was allocated">
        <svg viewBox="0 0 14 14">
          <path d="M7 1.5L12.5 7 7 12.5 1.5 7z" class="active" />
        </svg>
        reused
      </li>
      {merged.value ? (
        <li title="drawn in place of the anon_vmas of a missed group">
          <svg viewBox="0 0 14 14">
            <rect x="0.5" y="0.5" width="13" height="13" class="joined" />
            <circle cx="7" cy="7" r="4" class="active" />
          </svg>
          one for several
        </li>
      ) : (
        <li>
          <svg viewBox="0 0 22 14">
            <path d="M1 13L13 1M5 13L17 1M9 13L21 1M1 9L9 1M13 13l8-8" class="hatch" />
            <rect x="0.5" y="0.5" width="21" height="13" class="outline" />
            <circle cx="11" cy="7" r="4" class="missed" />
          </svg>
          missed reuse
        </li>
      )}
      <li>
        <svg viewBox="0 0 14 14">
          <rect x="4.5" y="2" width="8" height="8" class="fold" />
          <rect x="1.5" y="4.5" width="8" height="8" class="fold" />
        </svg>
        process group
      </li>
      <li>
        <svg viewBox="0 0 40 14">
          <circle cx="5" cy="7" r="3.8" class="active" />
          <circle cx="17" cy="7" r="5.2" class="active" />
          <circle cx="32" cy="7" r="6.8" class="active" />
        </svg>
        1, 10, 100 linked VMAs
      </li>
    </ul>
  );
}

export function Stage() {
  return (
    <div class="stage">
      <Surface picture={tree_picture}>
        <Minimap of={minimap} />
      </Surface>
      <ZoomButtons of={tree_window} />
      <Legend />
    </div>
  );
}
