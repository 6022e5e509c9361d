/* SPDX-License-Identifier: GPL-2.0-only */
/* axe-core on every view, light and dark: nothing that it calls serious or critical; and what it cannot see. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test } from "node:test";

import { create_schema } from "../api/sqlite.mjs";
import { close_browser, eventually, open_page, skip, start_server } from "./browser.mjs";
import { replay } from "./recordings.mjs";
import { find_scene, show_view, VIEWS } from "./views.mjs";

after(close_browser);

const axe = readFileSync(
  createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** What axe-core complains of, one line each. */
async function complaints(page, view) {
  /* Into the page as a debugger does it: the page's own policy stays in force. */
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => ({
        id,
        nodes: nodes
          .slice(0, 5)
          .map(({ html, failureSummary }) => `${html.slice(0, 200)}: ${failureSummary}`),
      }));
  });
  return violations.map(({ id, nodes }) => `${view}: ${id}\n${nodes.join("\n")}`);
}

for (const scheme of ["light", "dark"]) {
  test(`no view has a serious violation: ${scheme}`, { skip }, async (t) => {
    const { url } = await start_server(t, (path) => replay("demo", path));
    const scene = await find_scene(url);
    const page = await open_page(t, url, { scheme });
    const found = [];
    for (const view of VIEWS) {
      await show_view(page, url, scene, view);
      found.push(...(await complaints(page, view.name)));
      if (view.key) await page.keyboard.press("Escape");
    }
    assert.deepEqual(found, []);
  });

  test(`without a snapshot there is no serious violation: ${scheme}`, { skip }, async (t) => {
    const { url } = await start_server(t, create_schema);
    const page = await open_page(t, url, { scheme });
    await page.locator("h1", { hasText: "No snapshot yet" }).waitFor();
    assert.deepEqual(await complaints(page, "empty"), []);
  });
}

test("axe-core does find what is wrong", { skip }, async (t) => {
  const { url } = await start_server(t, create_schema);
  const page = await open_page(t, url);
  await page.locator("h1", { hasText: "No snapshot yet" }).waitFor();
  await page.evaluate(() => document.querySelector("main").append(document.createElement("button")));
  const found = await complaints(page, "empty");
  assert.equal(found.length, 1);
  assert.match(found[0], /^empty: button-name/);
});

test("the first Tab and Enter lead past the header and the tools", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => replay("demo", path));
  const scene = await find_scene(url);
  const page = await open_page(t, url);
  const reached = {};
  for (const view of VIEWS) {
    if (view.key || view.variant) continue;
    await show_view(page, url, scene, view);
    /* As a page is met: nothing has the focus. */
    await page.evaluate(() => document.activeElement.blur());
    await page.reload();
    await page.locator(view.shows).first().waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.locator(":focus").innerText(), "Skip to the content");
    assert.ok((await page.locator(":focus").boundingBox()).width > 50, "it is seen");
    await page.keyboard.press("Enter");
    reached[view.name] = await page.locator(":focus").getAttribute("id");
  }
  assert.deepEqual(reached, {
    overview: "charts",
    forest: "executables",
    tree: "tree-findings",
    processes: "processes",
    process: "process-findings",
    findings: "findings",
    diff: "changes",
  });
});

for (const motion of ["no-preference", "reduce"])
  test(`what loads fades in, unless motion is to be reduced: ${motion}`, { skip }, async (t) => {
    const { url } = await start_server(t, (path) => replay("demo", path));
    const page = await open_page(t, url);
    await page.emulateMedia({ reducedMotion: motion });
    /* Held back, so that it loads for as long as it is looked at. */
    let let_go;
    const looked_at = new Promise((resolve) => (let_go = resolve));
    await page.route(/\/processes\?/, async (route) => {
      await looked_at;
      await route.continue();
    });
    await page.goto(`${url}#/snapshots/2/processes`);
    await page.locator("main .loading").first().waitFor({ state: "attached" });
    const moving = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("*")]
          .map((element) => [element.className, getComputedStyle(element)])
          .filter(([, style]) => style.animationName !== "none" || style.transitionDuration !== "0s")
          .map(([name]) => name),
      );
    const expected = motion === "reduce" ? [] : ["loading"];
    await eventually(async () =>
      assert.deepEqual(
        (await moving()).map((name) => /loading/.exec(name)?.[0]),
        expected,
      ),
    );
    let_go();
    await page.locator("#processes [role=rowgroup] [role=row]").first().waitFor();
    assert.deepEqual(await moving(), []);
  });
