/* SPDX-License-Identifier: GPL-2.0-only */
/* The diff view: two snapshots, what changed between them, one tree of both. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { OPEN } from "../api/rows.mjs";
import { sql } from "../api/sqlite.mjs";
import {
  close_browser,
  drawn,
  eventually,
  has_rows,
  open_page,
  pixels_of,
  reads,
  skip,
  start_server,
} from "./browser.mjs";
import { create_server_database, worker_anon_vma } from "./forking_server.mjs";
import { create_changes_database } from "./recordings.mjs";

after(close_browser);

const READ_BACK = /willReadFrequently/;
const ADDED = [0, 158, 115];
const REMOVED = [213, 94, 0];
const GROWN = [0, 114, 178];
const SHRUNK = [204, 138, 0];

const hash = (page) => page.evaluate(() => location.hash);
const rows = (page, grid) => page.locator(`#${grid} [role=rowgroup] [role=row]`);
const chip = (page, text) => page.locator(".changes .chip", { hasText: text });

async function total(page, name) {
  const cells = await page.locator(".both-totals tbody tr", { hasText: name }).locator("td").allInnerTexts();
  return cells.map((cell) => cell.trim());
}

test("d compares the snapshot shown with the one before", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database);
  const page = await open_page(t, `${url}#/snapshots/3/processes`);
  await page.locator("#processes").waitFor();
  await page.keyboard.press("d");
  await page.waitForURL(/#\/snapshots\/3\/diff$/);
  await reads(page, ".ends", /from\s+#2\s.*load.*to\s+#3\s.*after the load.*3\.00 s later/s);
  assert.deepEqual(await total(page, "processes"), ["21", "13", "−8"]);
  assert.deepEqual(await total(page, "objects"), ["134 KiB", "82.4 KiB", "−51.2 KiB"]);
  assert.deepEqual(await total(page, "trees"), ["32", "32", "±0"]);
  await reads(
    page,
    ".changes .chips",
    /Processes 10\s*Trees 9\s*anon_vmas 112\s*VMAs 177\s*Findings 50\s*By name \d/,
  );
  await reads(page, "#changes", /removed\s+worker 164\s+22 VMAs · 13 anon_vmas · 26 AVCs[^]*−6\.73 KiB/);
  await page.goBack();
  await page.waitForURL(/#\/snapshots\/3\/processes$/);
});

test("every section lists its changes, by state, each field by field", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database);
  const page = await open_page(t, `${url}#/snapshots/3/diff?from=1`);
  await chip(page, "Trees").click();
  await reads(page, "#changes", /shrunk\s+#11\s+webserver 142\s+anon_vmas 34 → 25/);
  await chip(page, "changed").click();
  await page.waitForURL(/section=trees&state=changed/);
  await eventually(async () => assert.equal(await rows(page, "changes").count(), 1));
  await chip(page, "all").click();
  await eventually(async () => assert.equal(await rows(page, "changes").count(), 9));

  /* By keyboard: the second row; its fields, and the way to the tree in both. */
  await page.locator("#changes").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForURL(/row=10&tree=10/);
  await reads(page, ".row-details", /#10 webserver 142 shrunk · −2\.60 KiB/);
  await reads(
    page,
    ".row-details .fields",
    /anon_vmas\s+34\s+25\s+−9[^]*rmap objects\s+8\.33 KiB\s+5\.73 KiB/,
  );
  await reads(page, ".diff-tree h2", /tree #10\s+webserver 142/);
  const places = await page
    .locator(".row-details .places a")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.deepEqual(places, ["#/snapshots/1/trees/10", "#/snapshots/3/trees/10"]);

  await chip(page, "Findings").click();
  await reads(page, "#changes", /removed\s+worker \d+ · Missed reuse at fork/);
  await rows(page, "changes").first().click();
  await reads(page, ".row-details .sentence", /fork\(\) allocated 3 sibling anon_vmas/);
  await chip(page, "By name").click();
  await reads(page, "#changes", /shrunk\s+worker · \/usr\/sbin\/webserver\s+processes 8 → 2/);

  /* Each section is a place to go back to; a list of snapshots closes on the way. */
  await page.locator(".bar .picker .current").click();
  await page.locator("#snapshots").waitFor();
  await page.evaluate(() => history.back());
  await reads(page, "#changes", /Missed reuse at fork/);
  assert.equal(await page.locator("#snapshots").count(), 0);

  /* Only large ones: the server's part, in the section's measure. */
  await chip(page, "Processes").click();
  await page.locator(".changes input").fill("7000");
  await page.keyboard.press("Enter");
  await page.waitForURL(/min=7000/);
  await eventually(async () => assert.equal(await rows(page, "changes").count(), 1));
  await page.locator(".changes input").fill("70000");
  await page.keyboard.press("Enter");
  await reads(page, "#changes", /No change of Processes is like that/);
  await page.locator("#changes button", { hasText: "Show all changes" }).click();
  await eventually(async () => assert.equal(await rows(page, "changes").count(), 8));
});

test("what changed is there in full, wide and narrow", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database);
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    const page = await open_page(t, `${url}#/snapshots/3/diff?from=1&section=trees`, { viewport });
    await reads(page, "#changes .c-what", /anon_vmas 34 → 25[^]*missed reuse 16 → \d+ anon_vmas/);
    const cut = await page
      .locator("#changes .rows .c-what")
      .evaluateAll((cells) => cells.filter((cell) => cell.scrollHeight > cell.clientHeight + 1).length);
    assert.ok(viewport.width < 860 || cut === 0, `${cut} are cut`);
    /* The rows lie where the grid takes them to be. */
    const tops = await page
      .locator("#changes .rows [role=row]")
      .evaluateAll((all) => all.slice(0, 2).map((row) => row.getBoundingClientRect().top));
    assert.equal(tops[1] - tops[0], 24 + 2 * 18);
  }
});

test("a VMA that mprotect() made three is told as such", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database);
  const page = await open_page(t, `${url}#/snapshots/4/diff?section=vmas`);
  await eventually(async () => assert.equal(await rows(page, "changes").count(), 3));
  await reads(page, "#changes", /changed\s+worker 147 7fc2b0640000-7fc2b0641000\s+size 32 KiB → 4 KiB/);
  await reads(page, "#changes", /added\s+worker 147 7fc2b0641000-7fc2b0642000\s+4 KiB r--p · on #40/);
  await rows(page, "changes").nth(1).click();
  /* Its anon_vma is selected in the picture and in the list beside it. */
  await page.waitForURL(/row=6-7fc2b0641000&tree=8&select=40/);
  await reads(page, "#diff-nodes .selected", /#40\s+worker 147\s+2 → 4\s+1 → 3\s+1/);
});

test("one picture of both: five states, in step with its list", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database, [READ_BACK]);
  const page = await open_page(t, `${url}#/snapshots/2/diff?from=1`);
  await drawn(page, "diff");
  await reads(page, ".diff-tree h2", /tree #11\s+webserver 142/);
  await reads(page, ".legend", /added\s+15\s+removed\s+6\s+grown\s+1\s+shrunk\s+0\s+same\s+27/);
  for (const colour of [ADDED, REMOVED, GROWN])
    await eventually(async () => assert.ok((await pixels_of(page, colour)) > 20, String(colour)));
  assert.equal(await pixels_of(page, SHRUNK), 0);
  await has_rows(page, "#diff-nodes", 22);

  /* By keyboard in the picture: to the root, its first child, and on among the changes. */
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/select=11(&|$)/);
  await reads(page, "#diff-nodes .selected", /grown\s*#11\s+webserver 142\s+36 → 45/);
  await page.keyboard.press("n");
  await page.waitForURL(/select=209(&|$)/);
  await reads(page, "#diff-nodes .selected", /added\s*#209\s+worker 160\s+– → 1/);
  await page.keyboard.press("p");
  await page.waitForURL(/select=11(&|$)/);

  /* By mouse: the list's row selects in the picture, the picture's node in the list. */
  await rows(page, "diff-nodes")
    .filter({ hasText: /#77\s*worker 150/ })
    .click();
  await page.waitForURL(/select=77(&|$)/);
  await page.keyboard.press("0");
  await page.waitForURL(/select=77$/);
  const box = await page.locator(".diff-tree .surface canvas").first().boundingBox();
  await eventually(async () => {
    for (let y = 14; y < box.height; y += 6) {
      await page.mouse.move(box.x + 310, box.y + y);
      const tip = page.locator(".tooltip");
      if ((await tip.count()) === 0 || !(await tip.innerText()).includes("#248")) continue;
      assert.match(await tip.innerText(), /worker 163\s+anon_vma #248, added\s+linked VMAs none → 1/);
      return page.mouse.click(box.x + 310, box.y + y);
    }
    assert.fail("no tip of #248");
  });
  await page.waitForURL(/select=248(&|$)/);
  await reads(page, "#diff-nodes .selected", /#248\s+worker 163/);

  /* All nodes, as a treegrid. */
  await page.locator("label", { hasText: "also what is the same" }).click();
  await page.waitForURL(/list=all/);
  await page.locator("#diff-nodes[role=treegrid]").waitFor();
  await reads(page, ".diff-tree", /49 rows/);

  /* Zoom, and back. */
  await page.mouse.move(box.x + 300, box.y + 200);
  await page.mouse.wheel(0, -900);
  await page.waitForURL(/zoom=/);
  await page.locator(".diff-tree .zoom button", { hasText: "reset" }).click();
  await page.waitForFunction(() => !location.hash.includes("zoom="));
});

test("small changes can be hidden", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database, [READ_BACK]);
  const page = await open_page(t, `${url}#/snapshots/3/diff?from=1&tree=11`);
  await reads(page, ".diff-tree", /25 rows with changes/);
  await page.locator("#hide").fill("2");
  await page.keyboard.press("Enter");
  await page.waitForURL(/hide=2/);
  await reads(page, ".diff-tree .title", /24 hidden/);
  await eventually(async () => assert.equal(await rows(page, "diff-nodes").count(), 1));
  await eventually(async () => assert.equal(await pixels_of(page, REMOVED), 0));
  await page.locator("#hide").fill("100");
  await page.keyboard.press("Enter");
  await page.locator("#diff-nodes button", { hasText: "Show all changes" }).click();
  await reads(page, ".diff-tree", /25 rows with changes/);
});

test("the ends are chosen from the list, by id, label or time, and swapped", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database);
  const page = await open_page(t, `${url}#/snapshots/3/diff`);
  const [from, to] = [page.locator(".end").first(), page.locator(".end").last()];
  await reads(page, ".ends", /#2\s.*#3\s/s);
  await from.locator(".current").click();
  await from.locator("li button", { hasText: "#1" }).click();
  await page.waitForURL(/snapshots\/3\/diff\?from=1$/);
  await reads(page, ".ends", /#1\s.*5\.99 s later/s);

  const write = async (end, text) => {
    await end.locator(".current").click();
    await end.locator("input").fill(text);
    await page.keyboard.press("Enter");
  };
  await write(to, "load");
  await page.waitForURL(/snapshots\/label:load\/diff\?from=1$/);
  await reads(page, ".ends", /#1\s.*to\s+#2\s/s);
  const taken = new Date("2026-11-21T05:43:42Z");
  const two = (value) => String(value).padStart(2, "0");
  const local = `${taken.getFullYear()}-${two(taken.getMonth() + 1)}-${two(taken.getDate())} ${two(taken.getHours())}:${two(taken.getMinutes())}`;
  await write(from, local);
  await page.waitForURL(/label:load\/diff\?from=2026-11-21T05:43:59.999Z$/);
  await reads(page, ".ends", /from\s+#4\s.*to\s+#2\s.*earlier/s);
  await reads(page, ".diff", /second snapshot is the earlier one/);
  await page.keyboard.press("x");
  await page.waitForURL(/snapshots\/2026-11-21T05:43:59.999Z\/diff\?from=label:load$/);
  await reads(page, ".ends", /from\s+#2\s.*to\s+#4\s.*later/s);
  await page.locator(".ends button[aria-label^=Swap]").click();
  await page.waitForURL(/label:load\/diff/);
  await page.goBack();
  await reads(page, ".ends", /from\s+#2\s.*to\s+#4\s/s);
});

test("a shared link has ids, but for what was given by label", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database);
  const page = await open_page(t, `${url}#/snapshots/latest~2/diff?from=label:load&section=vmas&tree=11`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await reads(page, ".ends", /#2\s.*#4\s/s);
  await page.locator(".ends button", { hasText: "Copy link" }).click();
  await reads(page, ".said", /Link copied: from is label load, to is #4 \(whichever has the label last\)\./);
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, `${url}#/snapshots/4/diff?from=label:load&section=vmas&tree=11`);
  await page.goto("about:blank");
  await page.goto(copied);
  await reads(page, ".ends", /#2\s.*#4\s/s);
});

test("other boots, the same snapshot, and no change are said plainly", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database);
  const page = await open_page(t, `${url}#/snapshots/6/diff?from=3&section=trees`);
  await reads(page, ".boots", /Different boots\. #3 is of demo, kernel 6\.12.*#6 of demo, kernel 6\.18\.44/s);
  await reads(page, "#changes", /removed\s+helper · \/usr\/sbin\/webserver/);
  assert.equal(await page.locator(".diff-tree").count(), 0);
  assert.equal(await page.locator(".changes .chips").first().innerText(), "By name 6");

  await page.goto(`${url}#/snapshots/3/diff?from=3`);
  await reads(page, ".diff", /Both ends are snapshot #3/);
  await page.locator("button", { hasText: "Compare with #2" }).click();
  await page.waitForURL(/snapshots\/3\/diff\?from=2$/);
  await page.locator("#changes").waitFor();

  await page.goto(`${url}#/snapshots/5/diff`);
  await reads(page, ".diff", /Nothing changed between #4 and #5/);

  /* The first has none before it: what is shown is not of another pair, and the next one is offered. */
  await page.goto(`${url}#/snapshots/1/diff`);
  await reads(page, ".diff", /There is no snapshot before #1/);
  await reads(page, ".ends", /from\s+choose\s.*to\s+#1\s/s);
  await page.locator("button", { hasText: "Compare with #2" }).click();
  await page.waitForURL(/snapshots\/2\/diff\?from=1$/);
  await reads(page, ".ends", /from\s+#1\s.*to\s+#2\s/s);
});

test("a deleted snapshot, an unknown label and a tree of neither", { skip }, async (t) => {
  const { url, db } = await start_server(t, create_changes_database, [/4(04|10) \((Not Found|Gone)\)/]);
  sql(db, "DELETE FROM snapshot WHERE id = 1;");
  const page = await open_page(t, `${url}#/snapshots/3/diff?from=1`);
  await reads(
    page,
    ".diff .failure",
    /One of the two is not there: choose another above\..*1 has been deleted/s,
  );
  await page.locator(".end").first().locator(".current").click();
  await page.locator(".end li button", { hasText: "#2" }).click();
  await reads(page, "#changes", /removed\s+worker 164/);

  await page.goto(`${url}#/snapshots/label:none%20such/diff?from=2`);
  await reads(page, ".diff .failure", /no snapshot has the label none such\.\s/);
  await page.locator("a", { hasText: "Compare the newest two" }).click();
  await reads(page, ".ends", /#5\s.*#6\s/s);

  await page.goto(`${url}#/snapshots/3/diff?from=2&tree=4711`);
  await reads(page, ".columns .failure", /Tree #4711 cannot be drawn.*Neither snapshot 2 nor 3/s);
  await page.locator("button", { hasText: "changed most" }).click();
  await reads(page, ".diff-tree h2", /tree #11/);
});

const WORKERS = 200;
const SHARED = 20;

/* 50 of the workers came with snapshot 3. */
function create_growing_server(path) {
  create_server_database(path, WORKERS, SHARED);
  const first = WORKERS - 50;
  sql(
    path,
    `UPDATE anon_vma SET born = 3 WHERE id >= ${worker_anon_vma(first, 0, SHARED)};
     UPDATE process SET born = 3 WHERE tgid BETWEEN ${200 + first} AND 899 AND died = ${OPEN};
     UPDATE mm SET born = 3 WHERE id BETWEEN ${200 + first} AND 899;
     UPDATE vma SET born = 3 WHERE mm BETWEEN ${200 + first} AND 899;`,
  );
}

test("a large tree folds by what became of its processes", { skip }, async (t) => {
  const { url } = await start_server(t, create_growing_server);
  const page = await open_page(t, `${url}#/snapshots/3/diff?tree=3&section=anon_vmas`);
  await drawn(page, "diff");
  await reads(page, "#diff-nodes", /grown\s*#3\s+postgres 100\s+3001 → 4001/);
  await reads(page, "#diff-nodes", /added\s*postgres × 50\s+· 1000 anon_vmas/);
  await eventually(async () => assert.equal(await rows(page, "diff-nodes").count(), 2));
  await rows(page, "diff-nodes").nth(1).click();
  await page.waitForURL(/select=4000,group/);
  await page.locator("#diff-nodes").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/select=4000&open=4000/);
  await reads(page, ".diff-tree", /1001 rows with changes/);

  /* A row of the list that is folded away in the picture opens its group there. */
  await page.goto(`${url}#/snapshots/3/diff?tree=3&section=anon_vmas`);
  await eventually(async () => assert.equal(await rows(page, "diff-nodes").count(), 2));
  await rows(page, "changes").filter({ hasText: "#4999" }).first().click();
  await page.waitForURL(/row=4999&tree=3&select=4999&open=4000/);
  await reads(page, "#diff-nodes .selected", /#4999\s+postgres 399/);
});

test("the diff fits a narrow window, in dark", { skip }, async (t) => {
  const { url } = await start_server(t, create_changes_database);
  const page = await open_page(t, `${url}#/snapshots/3/diff?from=1&section=vmas`, {
    viewport: { width: 390, height: 844 },
    scheme: "dark",
  });
  await drawn(page, "diff");
  await page.locator("#changes").waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  const cut = await page
    .locator(".both-totals td")
    .evaluateAll((cells) => cells.filter((cell) => cell.getBoundingClientRect().right > 390).length);
  assert.equal(cut, 0);
  assert.match(await hash(page), /section=vmas/);
});
