/* SPDX-License-Identifier: GPL-2.0-only */

/** A tree's nodes and VMAs, column by column. */
export function tree_path(snapshot: number | string, root: number | string): string {
  return `/api/v1/snapshots/${snapshot}/trees/${root}/columns`;
}
