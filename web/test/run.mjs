/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bundles test/*.test.ts and runs them with node's test runner. Names on the
 * command line limit it: `npm test -- tidy`. UPDATE_GOLDEN=1 rewrites the golden
 * drawings; look at the difference before committing it.
 */
import { build } from "esbuild";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const names = (await readdir(here))
  .filter((name) => name.endsWith(".test.ts"))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));

const out = await mkdtemp(join(tmpdir(), "vmascope-web-test-"));
try {
  await build({
    absWorkingDir: here,
    entryPoints: names,
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: ["node20"],
    format: "esm",
    sourcemap: "inline",
    logLevel: "warning",
    define: {
      GOLDEN_DIR: JSON.stringify(join(here, "golden")),
      SOURCE_DIR: JSON.stringify(join(here, "..", "src")),
    },
  });
  const files = names.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  const run = spawn(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" });
  process.exitCode = await new Promise((resolve) => run.on("close", (code) => resolve(code ?? 1)));
} finally {
  await rm(out, { recursive: true, force: true });
}
