/* SPDX-License-Identifier: GPL-2.0-only */
/* An anon_vma's look in the address strip, for use in text. */
import { hue_of_look, pattern_of_look } from "../model/address_space";

export function Look({ look }: { look: number | undefined }) {
  if (look === undefined || look < 0) return <span class="look" />;
  const lines = pattern_of_look(look);
  return (
    <svg class="look" viewBox="0 0 10 12" aria-hidden="true">
      <rect width="10" height="12" class={`hue${hue_of_look(look)}`} />
      {Array.from({ length: lines }, (_, k) => (
        <rect
          key={k}
          class="cut"
          y={(12 * (k + 1)) / (lines + 1) - 0.75}
          width="10"
          height={lines > 2 ? 1 : 1.5}
        />
      ))}
    </svg>
  );
}
