/* SPDX-License-Identifier: GPL-2.0-only */
/* What a picture's signs mean: each sign is drawn here once, as the pictures draw it. */
import type { ComponentChildren } from "preact";

interface Sign {
  /** All are 14 high. */
  width: number;
  draw: () => ComponentChildren;
}

const SQUARE = 14;

const SIGNS = {
  /* Trees. */
  root: { width: SQUARE, draw: () => <rect x="2.5" y="2.5" width="9" height="9" class="root" /> },
  active: { width: SQUARE, draw: () => <circle cx="7" cy="7" r="4.5" class="active" /> },
  idle: { width: SQUARE, draw: () => <path d="M7 2l5 5-5 5-5-5z" class="idle" /> },
  reusable: {
    width: SQUARE,
    draw: () => (
      <>
        <path d="M7 2l5 5-5 5-5-5z" class="idle" />
        <circle cx="7" cy="7" r="2" class="reusable" />
      </>
    ),
  },
  reused: { width: SQUARE, draw: () => <path d="M7 1.5L12.5 7 7 12.5 1.5 7z" class="active" /> },
  joined: {
    width: SQUARE,
    draw: () => (
      <>
        <rect x="0.5" y="0.5" width="13" height="13" class="joined" />
        <circle cx="7" cy="7" r="4" class="active" />
      </>
    ),
  },
  missed: {
    width: 22,
    draw: () => (
      <>
        <path d="M1 13L13 1M5 13L17 1M9 13L21 1M1 9L9 1M13 13l8-8" class="hatch" />
        <rect x="0.5" y="0.5" width="21" height="13" class="outline" />
        <circle cx="11" cy="7" r="4" class="missed" />
      </>
    ),
  },
  fold: {
    width: SQUARE,
    draw: () => (
      <>
        <rect x="4.5" y="2" width="8" height="8" class="fold" />
        <rect x="1.5" y="4.5" width="8" height="8" class="fold" />
      </>
    ),
  },
  sizes: {
    width: 40,
    draw: () => (
      <>
        <circle cx="5" cy="7" r="3.8" class="active" />
        <circle cx="17" cy="7" r="5.2" class="active" />
        <circle cx="32" cy="7" r="6.8" class="active" />
      </>
    ),
  },

  /* The forest. */
  area: { width: SQUARE, draw: () => <rect x="1" y="1" width="12" height="12" class="area" /> },
  missed_share: {
    width: SQUARE,
    draw: () => (
      <>
        <rect x="1" y="1" width="12" height="12" class="area" />
        <path d="M1 10l4-4M1 13l7-7M5 13l7-7M9 13l4-4" class="hatch" />
      </>
    ),
  },

  /* A process beside its simulated child. */
  chain_head: { width: SQUARE, draw: () => <rect x="3" y="1" width="8" height="12" class="hue0" /> },
  allocated: {
    width: SQUARE,
    draw: () => (
      <>
        <path d="M3 5l4-4M3 10l8-8M4 13l7-7M8 13l3-3" class="hatched" />
        <rect x="3.5" y="1.5" width="7" height="11" class="hatched" />
      </>
    ),
  },
  shared: { width: SQUARE, draw: () => <path d="M3 4h8v2H3zM3 8h8v2H3z" class="ink" /> },
  chain_rest: {
    width: 34,
    draw: () => (
      <>
        <rect x="2" y="4" width="7" height="7" class="hue1" />
        <rect x="14" y="4" width="7" height="7" class="hue2" />
        <rect x="26" y="4" width="7" height="7" class="hue3" />
      </>
    ),
  },

  /* The address strip. */
  looks: {
    width: 40,
    draw: () => (
      <>
        <rect x="0" y="1" width="9" height="12" class="hue0" />
        <rect x="11" y="1" width="9" height="12" class="hue1" />
        <rect x="11" y="6" width="9" height="2" class="cut" />
        <rect x="22" y="1" width="9" height="12" class="hue0" />
      </>
    ),
  },
  no_anon_vma: { width: 12, draw: () => <rect x="1" y="8" width="10" height="5" class="quiet" /> },
  missed_vma: {
    width: 18,
    draw: () => (
      <>
        <path d="M1 6l5-5M5 6l5-5M9 6l5-5M13 6l4-4" class="hatch" />
        <rect x="0.5" y="0.5" width="17" height="13" class="outline" />
      </>
    ),
  },
  gap: { width: 12, draw: () => <path d="M2 13L5 3M6 13L9 3" class="lines" /> },
  several_vmas: {
    width: 12,
    draw: () => (
      <>
        <rect width="12" height="14" class="fold" />
        <path d="M0 6L6 0M0 12L12 0M4 14L12 6" class="cut-lines" />
      </>
    ),
  },
  related: {
    width: 30,
    draw: () => (
      <>
        <rect x="0" y="5" width="12" height="4" class="selected" />
        <rect x="16" y="8" width="12" height="1" class="selected" />
      </>
    ),
  },
} satisfies Record<string, Sign>;

export type SignMeaning = [sign: keyof typeof SIGNS, meaning: string, hint?: string];

interface Props {
  label?: string;
  signs: SignMeaning[];
  /** Items that come before and after them. */
  before?: ComponentChildren;
  after?: ComponentChildren;
}

export function Legend({ label = "Legend", signs, before, after }: Props) {
  return (
    <ul class="legend" aria-label={label}>
      {before}
      {signs.map(([name, meaning, hint]) => {
        const { width, draw } = SIGNS[name];
        return (
          <li key={name} title={hint}>
            <svg viewBox={`0 0 ${width} 14`}>{draw()}</svg>
            {meaning}
          </li>
        );
      })}
      {after}
    </ul>
  );
}
