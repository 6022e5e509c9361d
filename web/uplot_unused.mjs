/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An esbuild plugin that leaves out what the page does not use of uPlot.
 *
 * uPlot hands its helpers out as properties of its class, and an assignment to
 * a property is a side effect: no bundler may drop it, nor then what it refers
 * to. Without these lines the helpers that uPlot itself does not call fall away.
 */
import { readFile } from "node:fs/promises";

const UNUSED = [
  "uPlot.assign",
  "uPlot.fmtNum",
  "uPlot.rangeNum",
  "uPlot.rangeLog",
  "uPlot.rangeAsinh",
  "uPlot.orient",
  "uPlot.join",
  "uPlot.fmtDate",
  "uPlot.tzDate",
  "uPlot.addGap",
  "uPlot.clipGaps",
  "paths.stepped",
  "paths.bars",
  "paths.spline",
];

/** Without the one line that assigns `name`; where that is not to be found, uPlot has changed. */
function without(source, name) {
  const line = new RegExp(`^[\\t(]*${name.replace(".", "\\.")} *= *\\w+\\)?;\\n`, "gm");
  const found = source.match(line)?.length ?? 0;
  if (found !== 1)
    throw new Error(`${found} lines assign ${name}, not 1: compare UNUSED with what this uPlot exports`);
  return source.replace(line, "");
}

/* Of the table and the title that a chart may have below and above it; ours have neither. */
const UNUSED_RULE = /[^{}]*\.u-(?:legend|inline|series|title)\b[^{}]*\{[^{}]*\}/g;

function without_rules(css) {
  if (css.search(UNUSED_RULE) < 0)
    throw new Error("uPlot's style sheet has no rule for a legend: see UNUSED_RULE");
  return css.replace(UNUSED_RULE, "");
}

export const uplot_unused = {
  name: "uplot_unused",
  setup(build) {
    let is_loaded = false;
    build.onLoad({ filter: /[\\/]uPlot\.esm\.js$/ }, async ({ path }) => {
      is_loaded = true;
      return { contents: UNUSED.reduce(without, await readFile(path, "utf8")), loader: "js" };
    });
    build.onLoad({ filter: /[\\/]uPlot\.min\.css$/ }, async ({ path }) => ({
      contents: without_rules(await readFile(path, "utf8")),
      loader: "css",
    }));
    build.onEnd(() => (is_loaded ? null : { errors: [{ text: "the page has no uPlot.esm.js" }] }));
  },
};
