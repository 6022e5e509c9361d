/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is asked before the page's script is there (first.ts). It is much to make
 * for the server and to start with for the browser, so both begin at once.
 */

export interface Early {
  path: string;
  token: string | null;
  /** null: no answer. */
  reply: Promise<Response | null>;
}

declare global {
  var vmascope_early: Early | undefined;
}

/** Its reply, once, if it is this that was asked; else null. */
export function take_early(path: string, token: string | null): Promise<Response | null> | null {
  const early = globalThis.vmascope_early;
  if (early?.path !== path || early.token !== token) return null;
  delete globalThis.vmascope_early;
  return early.reply;
}
