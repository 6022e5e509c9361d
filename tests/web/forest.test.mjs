/* SPDX-License-Identifier: GPL-2.0-only */
/* The forest: areas and rows of executables and trees, searched and sorted on the server. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import {
  close_browser,
  drawn,
  eventually,
  open_page,
  pixels_of,
  reads,
  skip,
  start_server,
} from "./browser.mjs";
import { create_forest_database, FOREST_EXECUTABLES, forest_executable } from "./forest_database.mjs";
import { create_server_database } from "./forking_server.mjs";

after(close_browser);

const TREES = 10_000;
const big_forest = (path) => create_forest_database(path, TREES);
const AREA = [0xd3, 0xe5, 0xf1];
const SELECTED = [0xa6, 0x40, 0x7f];

const rows = (page, id) => page.locator(`#${id} [role=rowgroup] [role=row]`);

/** The middle of the n-th part of the picture's width, in pixels of the window. */
async function at(page, x, y) {
  const box = await page.locator(".forest canvas").boundingBox();
  return [box.x + x * box.width, box.y + y * box.height];
}

test("10,000 trees are areas and rows by executable", { skip }, async (t) => {
  const { url, facts } = await start_server(t, big_forest);
  const page = await open_page(t, `${url}#/snapshots/3/trees`);
  await drawn(page, "forest");
  assert.equal(await rows(page, "executables").count(), FOREST_EXECUTABLES.length);
  const half = facts.trees.filter(({ id }) => forest_executable(id) === "postgres");
  const missed = half.reduce((sum, tree) => sum + tree.missed_reuse, 0);
  assert.match(
    await rows(page, "executables").first().innerText(),
    new RegExp(`postgres\\s+/usr/sbin/postgres\\s+5000\\s+5000[^]*\\b${missed}\\b[^]*MiB`),
  );
  await eventually(async () => assert.ok((await pixels_of(page, AREA)) > 100_000, "areas of trees"));

  await page.mouse.move(...(await at(page, 0.02, 0.01)));
  await reads(page, ".tooltip", /^postgres × 5000\s+5000 trees\s+[\d.]+ MiB of rmap objects/);
  await page.mouse.move(...(await at(page, 0.3, 0.3)));
  await reads(
    page,
    ".tooltip",
    /#\d+ postgres \d+[^]*1 process \(mm\) under its root's lock[^]*\/usr\/sbin\/postgres/,
  );
  await page.mouse.click(...(await at(page, 0.02, 0.01)));
  await page.waitForURL(/#\/snapshots\/3\/trees\?exe=%2Fusr%2Fsbin%2Fpostgres$/);
  await rows(page, "forest").first().waitFor();
  assert.equal(await page.locator("#forest").getAttribute("aria-rowcount"), "5001");
  await reads(page, ".tools .footer", /200 of 5000 trees loaded/);
  await page.goBack();
  await rows(page, "executables").first().waitFor();
});

test("the forest works by keyboard, picture and table in step", { skip }, async (t) => {
  const { url } = await start_server(t, big_forest);
  const page = await open_page(t, `${url}#/snapshots/3/trees`);
  await drawn(page, "forest");
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/select=%2Fusr%2Fsbin%2Fpostgres$/);
  await reads(page, ".selected-patch", /postgres × 5000\s+50 % of the area\s+5000 trees/);
  await reads(page, "#executables .row.selected", /postgres/);
  await eventually(async () => assert.ok((await pixels_of(page, SELECTED)) > 1000, "its outline"));
  await page.keyboard.press("ArrowRight");
  await reads(page, "#executables .row.selected", /nginx/);
  await page.keyboard.press("ArrowLeft");
  await reads(page, "#executables .row.selected", /postgres/);
  await page.locator("#executables").focus();
  await page.keyboard.press("ArrowDown");
  await reads(page, ".selected-patch", /nginx × 2500/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/trees\?exe=%2Fusr%2Fsbin%2Fnginx$/);
  await rows(page, "forest").first().waitFor();
  await page.locator("main").press("ArrowRight");
  await page.waitForURL(/select=\d+$/);
  const select = Number(/select=(\d+)$/.exec(page.url())[1]);
  assert.equal(forest_executable(select), "nginx");
  await reads(page, ".selected-patch", new RegExp(`#${select} nginx ${select}`));
  await page.keyboard.press("Escape");
  await page.waitForURL(/trees\?exe=%2Fusr%2Fsbin%2Fnginx$/);
  await page.keyboard.press("Escape");
  await page.waitForURL(/#\/snapshots\/3\/trees$/);
});

test("a tree is found by pid, by root, by name", { skip }, async (t) => {
  const { url } = await start_server(t, big_forest);
  const page = await open_page(t, `${url}#/snapshots/3/trees?groups=off`);
  await rows(page, "forest").first().waitFor();
  const search = page.locator("#search");
  await search.fill("#4096");
  await eventually(async () => assert.equal(await rows(page, "forest").count(), 1));
  assert.match(await rows(page, "forest").innerText(), /#4096\s+agetty 4096/);
  await search.fill("CHRON");
  await reads(page, "#forest [role=rowgroup] [role=row]", /chronyd/);
  assert.ok((await rows(page, "forest").count()) > 10);
  await search.fill("no such thing");
  await reads(page, "#forest .notice", /No tree matches “no such thing”/);
  assert.equal(await page.locator(".forest .stage").count(), 0, "no picture of nothing");
  await page.locator("button", { hasText: "Clear the search" }).click();
  await page.locator(".forest .stage").waitFor();
  assert.equal(await search.inputValue(), "");

  await page.goto(`${url}#/snapshots/3/trees?q=chron`);
  await eventually(async () => assert.equal(await rows(page, "executables").count(), 1));
  await reads(page, "#executables [role=rowgroup]", /chronyd/);
});

test("a number is a pid where there is such a process", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => create_server_database(path, 10, 3));
  const page = await open_page(t, `${url}#/snapshots/3/trees`);
  await drawn(page, "forest");
  for (const [number, found] of [
    ["205", 1],
    ["3", 1],
    ["206000", 0],
  ]) {
    await page.locator("#search").fill(number);
    await page.locator("#forest").waitFor();
    await eventually(async () => assert.equal(await rows(page, "forest").count(), found, number));
  }
  await page.locator("#search").fill("205");
  await rows(page, "forest").first().waitFor();
  await reads(page, "#forest [role=rowgroup]", /#3\s+postgres 100/);
});

test("which root's lock is for most processes is one click away", { skip }, async (t) => {
  const { url } = await start_server(t, big_forest);
  const page = await open_page(t, `${url}#/snapshots/3/trees`);
  await drawn(page, "forest");
  await page.locator(".chip", { hasText: "processes (mms)" }).click();
  await page.waitForURL(/trees\?sort=-mms&area=mms$/);
  const list = await (await fetch(`${url}api/v1/snapshots/3/trees?sort=-mms&limit=1`)).json();
  const [{ root, mms }] = list.data;
  await reads(page, "#forest-0", new RegExp(`#${root}\\b`));
  await reads(page, "#forest-0 .c-mms", new RegExp(`^${mms}$`));
  await reads(page, ".selected-patch", /The 1000 with most are drawn/);
  await page.locator("#forest-0 .c-mms").click();
  await reads(
    page,
    ".selected-patch",
    /of all processes \(mms\)[^]*process(es)? \(mms?\) under its root's lock/,
  );
  assert.equal(await page.locator("label", { hasText: "by executable" }).locator("input").isDisabled(), true);
  await page.locator(".chip", { hasText: "bytes" }).click();
  await page.waitForURL(/#\/snapshots\/3\/trees$/);
  await rows(page, "executables").first().waitFor();
});

test("a click on the only tree of an executable opens it", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => create_server_database(path, 10, 3));
  const page = await open_page(t, `${url}#/snapshots/3/trees`);
  await drawn(page, "forest");
  await page.mouse.click(...(await at(page, 0.5, 0.5)));
  await drawn(page, "tree");
  await page.waitForURL(/#\/snapshots\/3\/trees\/3$/);
});

test("the area of trees too many to draw is that of their anon_vmas and AVCs", { skip }, async (t) => {
  const { url, facts } = await start_server(t, big_forest);
  const large = facts.trees.find((tree) => tree.anon_vmas > 400);
  const page = await open_page(t, `${url}#/snapshots/3/trees?groups=off&select=${large.id}`);
  const share = ((large.object_bytes / facts.sum("object_bytes")) * 100).toFixed(2);
  await reads(page, ".selected-patch", new RegExp(`\\s${share.replace(".", "[.]")}.% of the area`));
});

test("the server sorts, more rows come when they are scrolled to", { skip }, async (t) => {
  const { url, facts } = await start_server(t, big_forest);
  const page = await open_page(t, `${url}#/snapshots/3/trees?groups=off&sort=root`);
  await reads(page, "#forest-0", /#1\b/);
  assert.equal(await page.locator("#forest").getAttribute("aria-rowcount"), String(TREES + 1));
  await page.locator("#forest").focus();
  await page.keyboard.press("End");
  await reads(page, ".tools .footer", /400 of 10.000 trees loaded/);
  await page.locator(".sort", { hasText: "missed" }).click();
  await page.waitForURL(/sort=-missed_reuse/);
  assert.equal(await page.locator("#forest").getAttribute("aria-rowcount"), String(TREES + 1));
  const most = facts.trees.reduce((a, b) => (b.missed_reuse > a.missed_reuse ? b : a));
  await reads(page, "#forest-0 .c-missed_reuse", new RegExp(`^${most.missed_reuse}$`));

  await page.locator(".chip", { hasText: "missed reuse" }).click();
  await page.waitForURL(/area=missed_reuse/);
  await page.locator("main").press("ArrowRight");
  await reads(page, ".selected-patch", new RegExp(`missed reuse ${most.missed_reuse} of`));
});
