/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two spaces of the picture, and the one transform between them: picture
 * space (layout/picture.ts) and the screen (CSS pixels of the canvas). Pure.
 *
 * Neither axis shrinks below what fits the window: a fan of 100,000 children is
 * 100,000 rows in a few columns, a chain of 100,000 the reverse, and a uniform
 * scale would leave a hairline of either. Zooming in, the axis that was squeezed
 * more grows first, until both have one scale.
 */
import type { Size } from "../layout/size";

export interface Camera {
  /** Picture position of the viewport's centre, and screen pixels per picture pixel. */
  x: number;
  y: number;
  zoom: number;
}

export function same_camera(a: Camera | null, b: Camera | null): boolean {
  if (a === null || b === null) return a === b;
  return a.x === b.x && a.y === b.y && a.zoom === b.zoom;
}

export interface Transform {
  scale_x: number;
  scale_y: number;
  /** screen = picture * scale + offset */
  offset_x: number;
  offset_y: number;
}

export const MAX_ZOOM = 4;
const MARGIN = 16;
/** What little there is grows to this, where both axes have the room. */
const MAX_FIT = 1.45;

function fitting(picture: Size, screen: Size): { x: number; y: number } {
  const fit = (space: number, needed: number) => (needed > 0 ? Math.max(1, space - 2 * MARGIN) / needed : 1);
  const x = fit(screen.width, picture.width);
  const y = fit(screen.height, picture.height);
  const most = clamp(Math.min(x, y), 1, MAX_FIT);
  return { x: Math.min(x, most), y: Math.min(y, most) };
}

/** The zoom at which both axes just fit; smaller ones change nothing. */
export function fit_zoom(picture: Size, screen: Size): number {
  const { x, y } = fitting(picture, screen);
  return Math.min(x, y);
}

/** The camera that shows everything. */
export function fit_camera(picture: Size, screen: Size): Camera {
  const zoom = fit_zoom(picture, screen);
  return { x: picture.width / 2, y: picture.height / 2, zoom };
}

export function transform_of(camera: Camera, picture: Size, screen: Size): Transform {
  const fit = fitting(picture, screen);
  const scale_x = Math.max(camera.zoom, fit.x);
  const scale_y = Math.max(camera.zoom, fit.y);
  let offset_x = screen.width / 2 - camera.x * scale_x;
  /* What fits needs no panning: start at the left edge, where the root is. */
  if (picture.width * scale_x <= screen.width - 2 * MARGIN) offset_x = MARGIN;
  return { scale_x, scale_y, offset_x, offset_y: screen.height / 2 - camera.y * scale_y };
}

function clamp(value: number, low: number, high: number): number {
  return low > high ? (low + high) / 2 : Math.min(high, Math.max(low, value));
}

/** Keeps some of the picture in the window, and the zoom within reason. */
export function clamp_camera(camera: Camera, picture: Size, screen: Size): Camera {
  const zoom = clamp(camera.zoom, fit_zoom(picture, screen), MAX_ZOOM);
  const { scale_x, scale_y } = transform_of({ ...camera, zoom }, picture, screen);
  const half_x = screen.width / 2 / scale_x;
  const half_y = screen.height / 2 / scale_y;
  const slack_x = Math.min(half_x, 80 / scale_x);
  const slack_y = Math.min(half_y, 80 / scale_y);
  return {
    x: clamp(camera.x, half_x - slack_x, picture.width - half_x + slack_x),
    y: clamp(camera.y, half_y - slack_y, picture.height - half_y + slack_y),
    zoom,
  };
}

/** Zooms by `factor` so that what is at (x, y) on the screen stays there. */
export function zoom_at(
  camera: Camera,
  picture: Size,
  screen: Size,
  x: number,
  y: number,
  factor: number,
): Camera {
  const before = transform_of(camera, picture, screen);
  const at_x = (x - before.offset_x) / before.scale_x;
  const at_y = (y - before.offset_y) / before.scale_y;
  const zoom = clamp(camera.zoom * factor, fit_zoom(picture, screen), MAX_ZOOM);
  const after = transform_of({ ...camera, zoom }, picture, screen);
  return clamp_camera(
    {
      x: at_x - (x - screen.width / 2) / after.scale_x,
      y: at_y - (y - screen.height / 2) / after.scale_y,
      zoom,
    },
    picture,
    screen,
  );
}

/** Whether labels can be read at this camera. */
export function is_legible(camera: Camera, picture: Size, screen: Size): boolean {
  const { scale_x, scale_y } = transform_of(camera, picture, screen);
  return scale_x >= 0.6 && scale_y >= 0.6;
}

export function pan_by(camera: Camera, picture: Size, screen: Size, dx: number, dy: number): Camera {
  const { scale_x, scale_y } = transform_of(camera, picture, screen);
  return clamp_camera(
    { x: camera.x - dx / scale_x, y: camera.y - dy / scale_y, zoom: camera.zoom },
    picture,
    screen,
  );
}

/** The least movement that brings a box of picture space well into the window. */
export function reveal(
  camera: Camera,
  picture: Size,
  screen: Size,
  box: { left: number; right: number; top: number; bottom: number },
): Camera {
  const t = transform_of(camera, picture, screen);
  const pad = Math.min(60, screen.height / 5);
  const left = box.left * t.scale_x + t.offset_x;
  const right = box.right * t.scale_x + t.offset_x;
  const top = box.top * t.scale_y + t.offset_y;
  const bottom = box.bottom * t.scale_y + t.offset_y;
  let dx = 0;
  let dy = 0;
  if (right > screen.width - MARGIN) dx = screen.width - MARGIN - right;
  if (left + dx < MARGIN) dx = MARGIN - left;
  if (bottom > screen.height - pad) dy = screen.height - pad - bottom;
  if (top + dy < pad) dy = pad - top;
  return dx === 0 && dy === 0 ? camera : pan_by(camera, picture, screen, dx, dy);
}
