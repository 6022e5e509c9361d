/* SPDX-License-Identifier: GPL-2.0-only */
/* The token that was given in this tab, kept as long as it is open. */

const KEY = "vmascope.token";

/* A browser may forbid to keep anything: then the token lasts until a reload. */
export function kept_token(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function keep_token(token: string): void {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    /* As above. */
  }
}
