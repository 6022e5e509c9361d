/* SPDX-License-Identifier: GPL-2.0-only */
/* The page in a real browser, on the real server. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { create_database } from "../api/small_topology.mjs";
import { create_schema } from "../api/sqlite.mjs";
import {
  close_browser,
  drawn,
  eventually,
  open_page,
  first_pixel_of,
  pixels_of,
  reads,
  skip,
  start_server,
} from "./browser.mjs";
import { create_server_database, worker_anon_vma } from "./forking_server.mjs";

after(close_browser);

const ten_workers = (path) => create_server_database(path, 10, 3);
const many_workers = (path) => create_server_database(path, 80, 3);
/* Every tree as a row of its own. */
const FOREST = "#/snapshots/latest/trees?groups=off";
const MISSED = [213, 94, 0];
const ROOT = [0, 0x72, 0xb2];

const text = (page, selector) => page.locator(selector).first().innerText();

/** A selector of the row that the outline says is the active one. */
async function active_row(page) {
  return `[id="${await page.locator("#outline").getAttribute("aria-activedescendant")}"]`;
}

/** Where a row of a grid is, and how high its list is. */
function geometry(page, row) {
  return page.locator(row).evaluate((element) => {
    const list = element.parentElement.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return { top: top - list.top, bottom: bottom - list.top, height: list.height };
  });
}

test("a tree opens by mouse: missed reuse is seen, counted and explained", { skip }, async (t) => {
  const { url, facts } = await start_server(t, ten_workers);
  const page = await open_page(t, url + FOREST);
  const row = page.locator("#forest [role=row]", { hasText: "#3" });
  await row.waitFor();
  assert.equal(await page.locator("#forest [role=row]").count(), 2, "a heading and one tree");
  assert.match(await row.innerText(), new RegExp(`postgres\\s+100[^]*\\b${facts.missed}\\b[^]*KiB`));
  await row.locator("a").click();
  await drawn(page);
  assert.match(page.url(), /#\/snapshots\/latest\/trees\/3$/);

  await reads(page, ".details", /missed reuse\s+18 anon_vmas = 1\.83 KiB/);
  await page.locator("#tree-findings [role=row]").nth(10).waitFor();
  assert.equal(await page.locator("#tree-findings [role=row]").count(), 1 + 9 + 1);

  await page.locator("#outline [role=row]", { hasText: "#1003" }).click();
  await reads(page, ".details", /anon_vma #1003/);
  await reads(
    page,
    ".missed-box .sentence",
    /fork\(\) allocated 3 sibling anon_vmas for VMAs that shared anon_vma #3 in the parent; .* 2 anon_vmas \(208 bytes\) could have been saved/,
  );
  const details = await text(page, ".details");
  assert.match(details, /num_children\s+0\s+num_active_vmas\s+1\s+refcount\s+1\s+linked VMAs\s+1/);
  assert.match(details, /copied from postgres 100, 3 VMAs at\s+7f0000000000\s+7f0000010000\s+7f0000020000/);
  assert.match(details, /could be saved\s+2 anon_vmas = 208 B/);
  assert.match(details, /khlebnikov_v2 saves up to\s+2 anon_vmas\s+it blocks\s+0 merges/);
  assert.match(details, /rmap visits, at most\s+1 VMA\s+rmap visits, mean\s+1 VMA\s+before 2010\s+31 VMAs/);
  assert.equal(await text(page, ".missed-box h3"), "missed reuse: 2 anon_vmas");
  assert.equal(await page.locator("#linked [role=row]").count(), 2);
  await reads(
    page,
    "#linked [role=rowgroup]",
    /201 postgres\s+7f0000000000-7f0000010000\s+rw-p\s+active\s+#1003 #3/,
  );

  /* 27 discs of that colour, and the hatching and outlines of 9 groups. */
  await eventually(async () => {
    const pixels = await pixels_of(page, MISSED);
    assert.ok(pixels > 1000, `${pixels} pixels of missed reuse`);
  });
});

test("a node is selected by clicking it in the picture", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, `${url}#/snapshots/2/trees/3?select=1004`);
  await drawn(page);
  await reads(page, ".details", /anon_vma #1004/);
  const canvas = await page.locator("canvas").boundingBox();
  /* The root is at the left edge, halfway down its children. */
  const root = await eventually(async () => {
    const found = await first_pixel_of(page, ROOT, 60);
    assert.ok(found, "the root's square is drawn in its colour");
    return found;
  });
  await page.mouse.click(canvas.x + root.x + 3, canvas.y + root.y + 3);
  await page.waitForFunction(() => document.querySelector(".details h2")?.textContent?.includes("#3 "));
  await reads(page, ".details", /num_children\s+29\s+num_active_vmas\s+3/);
  await page.waitForURL(/select=3$/);
});

test("everything works by keyboard", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, url + FOREST);
  await page.locator("#forest [role=row]", { hasText: "#3" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("postgres");
  assert.equal(await page.locator("#search").inputValue(), "postgres");
  await page.locator("#forest").focus();
  await page.keyboard.press("Enter");
  await drawn(page);

  const selected = (pattern) => reads(page, ".details h2", pattern);
  await page.locator("body").press("Enter");
  await selected(/#3 /);
  await page.keyboard.press("ArrowRight");
  const first = worker_anon_vma(1, 0, 3);
  await selected(new RegExp(`#${first} `));
  await page.keyboard.press("ArrowDown");
  await selected(new RegExp(`#${first + 1} `));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowLeft");
  await selected(/#3 /);

  /* The treegrid is in step with the picture, both ways. */
  await page.locator("#outline").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowUp");
  await selected(/#1000 /);
  await reads(page, ".details", /Idle: no VMA has it active/);
  const active = await active_row(page);
  await reads(page, active, /#1000/);
  assert.equal(await page.locator(active).getAttribute("aria-level"), "2");

  await page.locator("body").press("+");
  await page.waitForURL(/zoom=/);
  await page.locator("body").press("0");
  await page.waitForFunction(() => !location.hash.includes("zoom="));
  await page.keyboard.press("Escape");
  await selected(/tree #3/);
  await page.keyboard.press("?");
  await page.locator("dialog[open]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "hidden" });

  await page.keyboard.press("[");
  await page.waitForURL(/#\/snapshots\/2\/trees\/3/);
  await reads(page, ".picker .current", /#2[^]*before the patch/);
  await page.keyboard.press("]");
  await page.waitForURL(/#\/snapshots\/3\/trees\/3/);
  await page.keyboard.press("Escape");
  await page.waitForURL(/#\/snapshots\/3\/trees$/);
});

test(
  "the outline names its active row at every moment, also one that is scrolled away",
  { skip },
  async (t) => {
    const { url } = await start_server(t, ten_workers);
    const page = await open_page(t, `${url}#/snapshots/3/trees/3?select=3`);
    await page.locator("#outline [role=row]", { hasText: "#3 " }).waitFor();
    /* After each change of the grid: what is named and not there. */
    await page.evaluate(() => {
      const grid = document.querySelector("#outline");
      const check = () => {
        const name = grid.getAttribute("aria-activedescendant");
        if (!document.getElementById(name)) globalThis.dangling.push(name);
      };
      globalThis.dangling = [];
      new MutationObserver(check).observe(grid, { attributes: true, childList: true, subtree: true });
    });
    await page.locator("#outline").focus();
    for (const [key, row] of [
      ["End", /#2\s/],
      ["ArrowUp", /#1000/],
      ["Home", /#3\s/],
      ["End", /#2\s/],
    ]) {
      await page.keyboard.press(key);
      await eventually(async () => assert.match(await text(page, await active_row(page)), row));
    }

    const active = await active_row(page);
    const last = await geometry(page, active);
    assert.equal(last.bottom, last.height, "the last row ends the list");
    await page.locator("#outline").evaluate((grid) => grid.scrollTo(0, 0));
    await page.locator("#outline-0").waitFor();
    await page.locator("#outline-25").waitFor({ state: "detached" });
    assert.equal(await active_row(page), active);
    assert.deepEqual(await geometry(page, active), last, "it is where it was, out of view");
    await page.locator("#outline").focus();
    await page.keyboard.press("ArrowUp");
    await eventually(async () => assert.match(await text(page, await active_row(page)), /#1000/));
    assert.deepEqual(await page.evaluate(() => globalThis.dangling), []);
  },
);

test("the search has the focus that was asked for before its list was there", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, `${url}#/snapshots/3/trees/3`);
  await drawn(page);
  let let_through;
  const held = new Promise((resolve) => (let_through = resolve));
  await page.route(/\/(trees|executables)\?/, async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.press("/");
  await page.locator("main .loading").waitFor();
  /* long enough for a page that gives up waiting to do so */
  await page.waitForTimeout(200);
  let_through();
  await page.locator("#search:focus").waitFor();
  await page.keyboard.type("900");
  assert.equal(await page.locator("#search").inputValue(), "900");
});

test("the URL is the state: reload, back and forward", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, url + FOREST);
  await page.locator("#forest [role=row] a", { hasText: "#3" }).click();
  await drawn(page);
  await page.locator("#outline [role=row]", { hasText: "#1005" }).click();
  await page.waitForURL(/select=1005$/);
  await page.mouse.move(400, 400);
  await page.mouse.wheel(0, -600);
  await page.waitForURL(/select=1005&at=.*&zoom=/);
  const before = page.url();
  await page.reload();
  await drawn(page);
  assert.equal(page.url(), before);
  await reads(page, ".details h2", /#1005/);
  await page.locator("nav a", { hasText: "Processes" }).click();
  await page.locator("#processes [role=row]", { hasText: "201" }).click();
  await page.locator("#vmas [role=row]", { hasText: "#1003" }).waitFor();
  await page.goBack();
  await page.locator("#processes").waitFor();
  await page.goBack();
  await drawn(page);
  await reads(page, ".details h2", /#1005/);
  await page.goForward();
  await page.locator("#processes").waitFor();
});

test("what is not there leads on to what is", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers, [/404 \(Not Found\)/]);
  const page = await open_page(t, `${url}#/snapshots/999/trees/4711`);
  const failure = page.locator("main .failure");
  await reads(
    page,
    "main .failure",
    /Snapshot #999 did not load\. There is no snapshot 999\.\s*Newest snapshot$/,
  );
  await reads(page, ".picker .current", /no snapshot/);
  await failure.locator("a", { hasText: "Newest snapshot" }).click();
  await reads(page, "main .failure", /Tree #4711 did not load\..*\s*Forest of #3\s*Processes of #3$/);
  await failure.locator("a", { hasText: "Processes" }).click();
  await page.locator("#processes").waitFor();
  await page.goto(`${url}#/snapshots/1/processes/4000000`);
  await reads(
    page,
    "main .failure",
    /no process 4000000\.\s*Forest of #1\s*Processes of #1\s*Newest snapshot$/,
  );
  assert.equal(await failure.locator("button").count(), 0);
});

test("the tree that a link names is asked for first of all, and once", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, `${url}#/snapshots/3/trees/3?select=1005`);
  await drawn(page);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.reload();
  await drawn(page);
  await reads(page, ".details h2", /#1005/);
  assert.deepEqual(asked.filter((path) => path.startsWith("/api/")).slice(0, 2), [
    "/api/v1/snapshots/3/trees/3/columns",
    "/api/v1/snapshots",
  ]);
  assert.equal(asked.filter((path) => path.endsWith("/columns")).length, 1);
});

test("a large tree folds its process groups, and opens for a link into one", { skip }, async (t) => {
  const { url } = await start_server(t, many_workers);
  const page = await open_page(t, `${url}#/snapshots/3/trees/3`);
  await drawn(page);
  /* The first of them are drawn as a sample. */
  await page.locator("#outline [role=row]", { hasText: "#1003 postgres 201" }).waitFor();
  await page.locator("#outline").focus();
  await page.keyboard.press("End");
  const group = page.locator("#outline [role=row]", { hasText: /postgres × 66 more/ });
  await group.waitFor();
  assert.equal(await group.getAttribute("aria-expanded"), "false");
  assert.match(await group.innerText(), /×132/);
  await group.click();
  await reads(page, ".details", /missed reuse\s+132 anon_vmas = 13\.4 KiB/);
  await page.keyboard.press("ArrowRight");
  await group.waitFor({ state: "detached" });
  await page.locator("button", { hasText: "Fold the group" }).click();
  await group.waitFor();

  const linked = await open_page(t, `${url}#/snapshots/3/trees/3?select=1100`);
  await drawn(linked);
  await linked.waitForFunction(() => document.querySelector(".details h2")?.textContent?.includes("#1100"));
});

test("names chosen by processes are shown, not run", { skip }, async (t) => {
  const { url } = await start_server(t, create_database);
  const page = await open_page(t, `${url}#/snapshots/2/trees/3?select=17`);
  await drawn(page);
  await reads(page, ".details", /anon_vma #17/);
  const details = await text(page, ".details");
  assert.match(details, /<s>/);
  assert.match(details, /fork\(\) allocated 2 sibling anon_vmas for VMAs that shared anon_vma #3/);
  assert.match(details, /the anon_vmas\s+#17\s+#18\s+and their parent\s+#3/);
  await page.locator("nav a", { hasText: "Processes" }).click();
  const row = page.locator("#processes [role=row]", { hasText: "<s>" });
  await row.waitFor();
  assert.match(await row.innerText(), /^101[^]*torn/);
});

test(
  "without a snapshot the page says how to take one, and shows it when it is there",
  { skip },
  async (t) => {
    const { url, db } = await start_server(t, null);
    const page = await open_page(t, url);
    await page.locator("h1", { hasText: "No snapshot yet" }).waitFor();
    await reads(page, "main", /sudo vmascope-collector --db FILE --once/);
    create_database(db);
    await page.locator("#timeline [role=row]", { hasText: "#2" }).waitFor();
  },
);

test("an empty database is no error", { skip }, async (t) => {
  const { url } = await start_server(t, create_schema);
  const page = await open_page(t, url);
  await page.locator("h1", { hasText: "No snapshot yet" }).waitFor();
});

for (const [width, height] of [
  [390, 844],
  /* The narrowest with two columns. */
  [961, 700],
  [1440, 900],
])
  for (const scheme of ["light", "dark"])
    test(`nothing is wider than the window: ${width}, ${scheme}`, { skip }, async (t) => {
      const { url } = await start_server(t, ten_workers);
      const page = await open_page(t, url, {
        viewport: { width, height },
        scheme,
      });
      for (const [name, view] of [
        ["overview", "?from=1&to=3"],
        ["diff", "diff?from=1"],
        ["forest", "trees"],
        ["forest", "trees?groups=off&select=3"],
        ["tree", "trees/3?select=1004"],
        ["processes", "processes"],
        ["process", "processes/201"],
        ["process", "processes/900?policy=khlebnikov_v2"],
        ["tree", "trees/3?select=3,missed,203"],
        ["findings", "findings"],
        ["findings", "findings?kind=fork_split&select=3"],
      ]) {
        await page.goto(`${url}#/snapshots/3${view.startsWith("?") ? "" : "/"}${view}`);
        await page.locator(`.view-${name} :is([role=row], tr)`).nth(1).waitFor();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${view} is ${wide} px wide`);
      }
    });
