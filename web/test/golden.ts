/* SPDX-License-Identifier: GPL-2.0-only */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

declare const GOLDEN_DIR: string;

/** Compares a drawing with the one kept in golden/; UPDATE_GOLDEN=1 keeps the new one. */
export function golden(name: string, lines: string[]): void {
  const path = join(GOLDEN_DIR, `${name}.txt`);
  const text = `${lines.join("\n")}\n`;
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, "utf8"), `the drawing differs from ${path}`);
}
