/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address space as one strip from left to right. Sizes span ten orders of
 * magnitude, so a VMA is as wide as the logarithm of its pages, and a gap is a break
 * of fixed width, whatever its size. Units are CSS pixels at zoom 1. Pure.
 */
import type { Size } from "./size";
import { gap_before, type AddressSpace } from "../model/address_space";
import { NONE } from "../model/tree";

const PAGE = 4096;
const LEAST_WIDTH = 8;
const DOUBLING = 3.5;
const MOST_WIDTH = 80;
export const GAP_WIDTH = 10;
export const STRIP_MARGIN = 10;
/** What little there is does not get wider than this, however wide the window. */
const MAX_FIT_ZOOM = 4;
const MAX_ZOOM = 24;

export interface Strip {
  left: Float64Array;
  right: Float64Array;
  width: number;
  /** Of the widest VMA with an active anon_vma. */
  widest: number;
}

export interface StripCamera {
  /** Strip position of the middle of the window, and screen pixels per unit. */
  x: number;
  zoom: number;
}

export function vma_width(bytes: number): number {
  const doublings = Math.log2(Math.max(1, bytes / PAGE));
  return Math.min(MOST_WIDTH, LEAST_WIDTH + DOUBLING * doublings);
}

export function make_strip(space: AddressSpace): Strip {
  const count = space.vmas.length;
  const strip: Strip = { left: new Float64Array(count), right: new Float64Array(count), width: 0, widest: 0 };
  for (let i = 0; i < count; i++) {
    if (gap_before(space, i) > 0) strip.width += GAP_WIDTH;
    strip.left[i] = strip.width;
    strip.width += vma_width(space.end[i] - space.start[i]);
    strip.right[i] = strip.width;
    if (space.look[i] !== NONE) strip.widest = Math.max(strip.widest, strip.right[i] - strip.left[i]);
  }
  return strip;
}

export function strip_fit_zoom(strip: Strip, screen: Size): number {
  const space = Math.max(1, screen.width - 2 * STRIP_MARGIN);
  return strip.width > 0 ? Math.min(MAX_FIT_ZOOM, space / strip.width) : 1;
}

/** The whole address space; one that would not fill the window begins at its left edge. */
export function strip_fit(strip: Strip, screen: Size): StripCamera {
  const zoom = strip_fit_zoom(strip, screen);
  return { x: (screen.width / 2 - STRIP_MARGIN) / zoom, zoom };
}

export function clamp_strip(camera: StripCamera, strip: Strip, screen: Size): StripCamera {
  const fit = strip_fit(strip, screen);
  const zoom = Math.min(Math.max(MAX_ZOOM, fit.zoom), Math.max(fit.zoom, camera.zoom));
  const half = (screen.width / 2 - STRIP_MARGIN) / zoom;
  const x = Math.max(half, Math.min(strip.width - half, camera.x));
  return strip.width * zoom <= screen.width - 2 * STRIP_MARGIN ? fit : { x, zoom };
}

/** screen = strip * scale + offset */
export function strip_transform(camera: StripCamera, screen: Size): { scale: number; offset: number } {
  return { scale: camera.zoom, offset: screen.width / 2 - camera.x * camera.zoom };
}

/** Zooms by `factor` so that what is at x on the screen stays there. */
export function zoom_strip(
  camera: StripCamera,
  strip: Strip,
  screen: Size,
  x: number,
  factor: number,
): StripCamera {
  const { scale, offset } = strip_transform(camera, screen);
  const at = (x - offset) / scale;
  const { zoom } = clamp_strip({ x: at, zoom: camera.zoom * factor }, strip, screen);
  return clamp_strip({ x: at - (x - screen.width / 2) / zoom, zoom }, strip, screen);
}

/** The first VMA that ends right of a place. */
export function first_right_of(strip: Strip, x: number): number {
  let low = 0;
  let high = strip.right.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (strip.right[middle] > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What lies at a place of the strip: a VMA, or the gap before it. */
export interface StripPlace {
  vma: number;
  in_gap: boolean;
}

export const NOWHERE: StripPlace = { vma: NONE, in_gap: false };

export function strip_place(strip: Strip, x: number): StripPlace {
  if (x < 0 || x >= strip.width) return NOWHERE;
  const vma = first_right_of(strip, x);
  return { vma, in_gap: x < strip.left[vma] };
}

/** The least movement that brings a VMA well into the window. */
export function reveal_in_strip(camera: StripCamera, strip: Strip, screen: Size, vma: number): StripCamera {
  const { scale, offset } = strip_transform(camera, screen);
  const left = strip.left[vma] * scale + offset;
  const right = strip.right[vma] * scale + offset;
  const pad = Math.min(60, screen.width / 6);
  let move = 0;
  if (right > screen.width - pad) move = right - (screen.width - pad);
  if (left - move < pad) move = left - pad;
  return move === 0 ? camera : clamp_strip({ ...camera, x: camera.x + move / scale }, strip, screen);
}
