/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs before the rest of the page is even loaded: asks for the tree that the
 * address names. api/client.ts takes the reply.
 */
import { kept_token } from "./api/kept_token";
import { tree_path } from "./api/tree_path";

const named = /^#\/snapshots\/([1-9][0-9]{0,14})\/trees\/([0-9]{1,15})(\?|$)/.exec(location.hash);
if (named) {
  const path = tree_path(Number(named[1]), Number(named[2]));
  const token = kept_token();
  const headers: Record<string, string> = { accept: "application/json" };
  if (token !== null) headers.authorization = `Bearer ${token}`;
  globalThis.vmascope_early = { path, token, reply: fetch(path, { headers }).catch(() => null) };
}
