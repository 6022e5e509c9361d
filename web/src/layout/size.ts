/* SPDX-License-Identifier: GPL-2.0-only */

/** Of a picture, a drawing or the window on it, in CSS pixels. */
export interface Size {
  width: number;
  height: number;
}
