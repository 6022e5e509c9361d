/* SPDX-License-Identifier: GPL-2.0-only */
/* Databases for tests, written by the sqlite3 program in the real schema. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const migrations = new URL("../../schema/migrations/", import.meta.url);

export const APPLICATION_ID = 0x766d7363;

/* A directory of its own for a test, removed after it. */
export function scratch(context) {
  const directory = mkdtempSync(join(tmpdir(), "vmascope-api-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/* Runs SQL on a database file; what it creates it creates as the collector does:
 * with a write-ahead log that stays. */
export function sql(path, text) {
  execFileSync("sqlite3", ["-batch", "-bail", path], {
    input: `.filectrl persist_wal 1\n${text}`,
    stdio: ["pipe", "pipe", "inherit"],
  });
}

export function create_schema(path) {
  const files = readdirSync(migrations)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const text = files.map((name) => readFileSync(new URL(name, migrations), "utf8")).join("\n");
  sql(
    path,
    `PRAGMA journal_mode = WAL;\nBEGIN;\n${text}\nPRAGMA application_id = ${APPLICATION_ID};\n` +
      `PRAGMA user_version = ${files.length};\nCOMMIT;\n`,
  );
}
