/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bundles the page into the four files that the server ships: index.html,
 * first.js, app.js, app.css. The names are fixed: the server compiles in a table of them.
 *
 *   node build.mjs [--out DIR]     default: $VMASCOPE_WEB_OUT, else ../build/web
 *
 * Each file is written under a temporary name and renamed, so a build that
 * fails leaves the last good page in place.
 */
import { build } from "esbuild";
import { minify } from "terser";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { uplot_unused } from "./uplot_unused.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/* What the page costs to load; past this the build fails. */
const MAX_GZIP_BYTES = 120_000;

function out_dir(argv) {
  const at = argv.indexOf("--out");
  if (at >= 0 && argv[at + 1]) return resolve(argv[at + 1]);
  if (process.env.VMASCOPE_WEB_OUT) return resolve(process.env.VMASCOPE_WEB_OUT);
  return join(here, "..", "build", "web");
}

async function put(dir, name, bytes) {
  const temporary = join(dir, `.${name}.${process.pid}.tmp`);
  await writeFile(temporary, bytes);
  await rename(temporary, join(dir, name));
}

/* What esbuild made as small as it can, in a third of a second; 4 % less of it is
 * worth a few more. */
async function smaller(bytes) {
  const { code } = await minify(Buffer.from(bytes).toString(), {
    module: true,
    ecma: 2020,
    /* A constant swapped to the left of a comparison is no shorter, and gzip has seen it less often. */
    compress: { passes: 2, keep_fargs: false, lhs_constants: false },
  });
  return Buffer.from(code);
}

const out = out_dir(process.argv.slice(2));
const bundle = (entry, options) =>
  build({
    absWorkingDir: here,
    entryPoints: entry,
    outdir: "out",
    write: false,
    bundle: true,
    target: ["es2022"],
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
const page = await bundle(
  { app: "src/main.tsx" },
  { format: "esm", jsx: "automatic", jsxImportSource: "preact", plugins: [uplot_unused] },
);
const first = await bundle({ first: "src/first.ts" }, { format: "iife" });
const files = new Map(
  [...page.outputFiles, ...first.outputFiles].map((f) => [f.path.split("/").pop(), f.contents]),
);
files.set("app.js", await smaller(files.get("app.js")));
files.set("index.html", await readFile(join(here, "static", "index.html")));

await mkdir(out, { recursive: true });
let total = 0;
for (const [name, bytes] of files) {
  total += gzipSync(bytes, { level: 9 }).length;
  await put(out, name, bytes);
}
if (total > MAX_GZIP_BYTES) {
  console.error(`web: the page is ${total} bytes gzipped, more than the ${MAX_GZIP_BYTES} it may cost`);
  process.exit(1);
}
console.log(`web: ${[...files.keys()].sort().join(" ")} in ${out}, ${total} bytes gzipped`);
