/* SPDX-License-Identifier: GPL-2.0-only */

/** A safe non-negative integer, or null. */
export function natural(text: string | null | undefined): number | null {
  if (!text || !/^[0-9]{1,15}$/.test(text)) return null;
  return Number(text);
}
