/* SPDX-License-Identifier: GPL-2.0-only */
/* Every view opens, by keyboard and by mouse, on each of the recorded servers. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { create_schema } from "../api/sqlite.mjs";
import { close_browser, drawn, open_page, skip, start_server } from "./browser.mjs";
import { replay } from "./recordings.mjs";
import { at_rest, find_scene, show_view, VIEWS } from "./views.mjs";

after(close_browser);

const rows = (grid) => `#${grid} [role=rowgroup] [role=row]`;

/* What each recording is there for. */
const RECORDINGS = [
  { name: "demo", holds: ({ totals }) => totals.processes < 30 && totals.missed_reuse > 0 },
  { name: "prefork", holds: ({ totals }) => totals.processes > 50 && totals.missed_reuse > 200 },
  { name: "wide", holds: ({ totals }) => totals.avcs > 100_000 },
];

async function snapshot_of(url, id) {
  return (await fetch(`${url}api/v1/snapshots/${id}`)).json();
}

async function tour_by_mouse(page, url, { at, newest }) {
  const go = (name) => page.locator("nav a", { hasText: name }).click();

  await page.goto(`${url}#/snapshots/${at}`);
  await page.locator(rows("timeline")).first().waitFor();
  if (newest > 1) {
    await page.locator("a", { hasText: `#${at} against #${at - 1}` }).click();
    await page.locator(".view-diff :is([role=row], tr)").nth(1).waitFor();
  }
  await go("Forest");
  await page.locator(rows("executables")).first().waitFor();
  await drawn(page, "forest");
  await page.goto(`${url}#/snapshots/${at}/trees?groups=off`);
  await page
    .locator(`${rows("forest")} a`)
    .first()
    .click();
  await drawn(page, "tree");
  await page.locator(rows("outline")).first().click();
  await page.waitForURL(/select=/);
  await page.locator(rows("linked")).first().waitFor();
  await go("Processes");
  await page.locator(rows("processes")).first().click();
  await drawn(page, "process");
  await page.locator(rows("vmas")).first().click();
  await page.waitForURL(/select=/);
  await go("Findings");
  await page.locator(rows("findings")).first().click();
  await page.waitForURL(/select=/);
}

async function tour_by_keyboard(page, url, { at }) {
  const press = (key) => page.keyboard.press(key);

  await page.goto(`${url}#/snapshots/${at}`);
  await page.locator(rows("timeline")).first().waitFor();
  await press("/");
  await page.locator("#search:focus").waitFor();
  await page.locator(rows("executables")).first().waitFor();
  await press("Tab");
  await press("?");
  await page.locator("dialog[open]").waitFor();
  await press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "hidden" });

  await page.goto(`${url}#/snapshots/${at}/trees?groups=off`);
  await page.locator(rows("forest")).first().waitFor();
  await page.locator("#forest").focus();
  await press("Home");
  await press("Enter");
  await drawn(page, "tree");
  await page.locator("#outline").focus();
  await press("Home");
  await page.locator(rows("linked")).first().waitFor();
  await press("Escape");

  for (const [grid, path, opened] of [
    ["processes", "processes", /processes\/[0-9]+/],
    ["findings", "findings", /(trees|processes)\/[0-9]+/],
  ]) {
    await page.goto(`${url}#/snapshots/${at}/${path}`);
    await page.locator(rows(grid)).first().waitFor();
    await page.locator(`#${grid}`).focus();
    await press("ArrowDown");
    await press("Enter");
    await page.waitForURL(opened);
  }
  await press("Escape");
  await at_rest(page);
}

for (const { name, holds } of RECORDINGS)
  test(`every view opens on the recording ${name}`, { skip }, async (t) => {
    const { url } = await start_server(t, (path) => replay(name, path));
    const scene = await find_scene(url);
    assert.ok(holds(await snapshot_of(url, scene.at)), "the recording holds what it is there for");
    const page = await open_page(t, url);
    for (const view of VIEWS) {
      if (view.needs > scene.newest) continue;
      await show_view(page, url, scene, view);
      assert.equal(await page.locator("main .failure").count(), 0, view.name);
      if (view.key) await page.keyboard.press("Escape");
    }
    await tour_by_mouse(page, url, scene);
    await tour_by_keyboard(page, url, scene);
  });

test("every view of an empty database says that there is no snapshot", { skip }, async (t) => {
  const { url } = await start_server(t, create_schema);
  const page = await open_page(t, url);
  const nowhere = { at: "latest", root: 1, owner: 1, pid: 1, finding: 1 };
  for (const { path, key } of VIEWS) {
    await page.goto(`${url}#/snapshots/latest${path(nowhere)}`);
    await page.locator("h1", { hasText: "No snapshot yet" }).waitFor();
    if (!key) continue;
    await page.keyboard.press(key);
    await page.locator("dialog[open] button", { hasText: "Close" }).click();
    await page.locator("dialog[open]").waitFor({ state: "hidden" });
  }
});
