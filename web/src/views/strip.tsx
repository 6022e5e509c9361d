/* SPDX-License-Identifier: GPL-2.0-only */
/* The address space of a process as a strip: what it draws, its pointer and keys, its legend. */
import type { Drawable, Tip } from "../draw/drawable";
import { draw_strip, type StripScene } from "../draw/strip";
import { NOWHERE } from "../layout/address_strip";
import { gap_before, range_bytes } from "../model/address_space";
import { NONE } from "../model/tree";
import { select_vma, selected_vma, step_vma } from "../state/process_state";
import {
  address_space,
  fit_strip,
  pan_strip,
  place_at,
  related,
  strip,
  strip_hover,
  strip_screen,
  strip_view,
  zoom_in_strip,
} from "../state/strip_state";
import { vma_name } from "../text/labels";
import { bytes, plural, range } from "../text/units";
import { Legend, type SignMeaning } from "./legend";
import { Surface } from "./surface";
import { zoom_keys, ZoomButtons } from "./zoom";

const KEY_ZOOM = 1.5;
const KEY_PAN_PX = 120;
/** Above the blocks: what is said of one must not hide the others. */
const TIP_Y = 26;

function scene(): StripScene {
  const { vma, in_gap } = strip_hover.value;
  return {
    space: address_space.value,
    strip: strip.value,
    ...strip_view.value,
    screen: strip_screen.value,
    selected: selected_vma.value,
    hover: in_gap ? NONE : vma,
    related: related.value,
  };
}

function tip(): Tip | null {
  const { vma, in_gap } = strip_hover.value;
  const space = address_space.value;
  const shown = space.vmas[vma];
  if (!shown) return null;
  const { scale, offset } = strip_view.value;
  const x = (in_gap ? strip.value.right[vma - 1] : strip.value.left[vma]) * scale + offset;
  const y = TIP_Y;
  if (in_gap)
    return {
      x,
      y,
      title: `gap of ${bytes(gap_before(space, vma))}`,
      lines: [range(space.vmas[vma - 1].vm_end, shown.vm_start), "nothing is mapped"],
    };
  const group = space.groups[space.missed[vma]];
  return {
    x,
    y,
    title: vma_name(shown),
    lines: [
      `${range(shown.vm_start, shown.vm_end)} ${shown.permissions}`,
      bytes(range_bytes(shown.vm_start, shown.vm_end)),
      shown.anon_vma === null
        ? "no anon_vma: nothing written yet"
        : `active #${shown.anon_vma}, chain of ${plural(shown.chain.length, "AVC")}`,
      ...(group ? [`missed reuse: one of ${group.anon_vmas.length} under #${group.parent}`] : []),
      ...(shown.reused ? ["reused: fork() found it idle"] : []),
    ],
  };
}

const STRIP_ZOOM = { zoom: zoom_in_strip, fit: fit_strip };

const strip_picture: Drawable = {
  screen: strip_screen,
  draw(list) {
    draw_strip(list, scene());
    return true;
  },
  hover(at) {
    strip_hover.value = at ? place_at(at.x) : NOWHERE;
    return strip_hover.value.vma !== NONE && !strip_hover.value.in_gap;
  },
  click({ x }) {
    const { vma, in_gap } = place_at(x);
    select_vma(in_gap ? NONE : vma);
  },
  double_click: ({ x }) => zoom_in_strip(3, x),
  pan: pan_strip,
  zoom: (factor, { x }) => zoom_in_strip(factor, x),
  tip,
  keys: {
    ...zoom_keys(STRIP_ZOOM, KEY_ZOOM),
    ArrowLeft: () => step_vma(-1),
    ArrowRight: () => step_vma(1),
    "Shift+ArrowLeft": () => pan_strip(KEY_PAN_PX),
    "Shift+ArrowRight": () => pan_strip(-KEY_PAN_PX),
  },
};

const LEGEND: SignMeaning[] = [
  ["looks", "same look: same active anon_vma"],
  ["no_anon_vma", "none"],
  ["missed_vma", "missed reuse"],
  ["reused", "reused"],
  ["gap", "gap"],
  ["several_vmas", "several: zoom in"],
  ["related", "of the selected VMA's anon_vma: active, linked"],
];

const WHOLE_STRIP = {
  text: "fit",
  name: "fit the whole address space",
  hint: "Show the whole address space",
};

export function AddressStrip() {
  return (
    <div class="stage address-strip">
      <Surface picture={strip_picture} />
      <ZoomButtons of={STRIP_ZOOM} step={KEY_ZOOM} whole={WHOLE_STRIP} />
      <Legend label="Legend of the address strip" signs={LEGEND} />
    </div>
  );
}
