/* SPDX-License-Identifier: GPL-2.0-only */
/* The start of the page: totals over time, the snapshots, what leads each list, a range to compare. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { close_browser, eventually, open_page, reads, skip, start_server } from "./browser.mjs";
import { sql } from "../api/sqlite.mjs";
import { create_server_database } from "./forking_server.mjs";
import { create_history_database, HISTORY } from "./history_database.mjs";
import { replay } from "./recordings.mjs";

after(close_browser);

const TIMELINE_ROW = "#timeline [role=rowgroup] [role=row]";
const LAST = HISTORY.length;

const chart = (page, title) => page.locator(".chart", { hasText: title });

/** Where a point lies on the plot of the first chart: they all have the same times. */
async function place_of(page, snapshot) {
  const plot = await page.locator(".plot .u-over").first().boundingBox();
  const [first] = HISTORY[0];
  const [last] = HISTORY[LAST - 1];
  const share = (HISTORY[snapshot - 1][0] - first) / (last - first);
  return { x: plot.x + share * (plot.width - 1), y: plot.y + plot.height / 2 };
}

async function ready(page) {
  await page.locator(".plot canvas").nth(7).waitFor();
  await page.locator(TIMELINE_ROW).first().waitFor();
}

test("around a single snapshot the axes tell its time, and each tick another value", { skip }, async (t) => {
  const { url } = await start_server(t, (db) => replay("wide", db));
  const page = await open_page(t, url);
  /* What each chart says since it was last cleared. */
  await page.addInitScript(() => {
    const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...at) {
      this.canvas.said = [];
      return clearRect.apply(this, at);
    };
    CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
      (this.canvas.said ??= []).push(text);
      return fillText.call(this, text, ...at);
    };
  });
  await page.reload();
  await ready(page);
  const taken = await page.locator(`${TIMELINE_ROW} .c-time`).innerText();
  const [, date, minute] = /^\d+-(\S+) (\d+:\d+)/.exec(taken);
  await eventually(async () => {
    const said = await page.evaluate(() =>
      [...document.querySelectorAll(".plot canvas")].map((canvas) => canvas.said),
    );
    assert.equal(said.length, 8);
    for (const texts of said) {
      assert.deepEqual(texts, [...new Set(texts)], "no two ticks are alike");
      assert.ok(texts.includes(date) && texts.some((text) => text.startsWith(minute)), texts.join(", "));
    }
  });
});

test("the page starts with the totals over time, of the newest snapshot", { skip }, async (t) => {
  const { url, facts } = await start_server(t, create_history_database);
  const page = await open_page(t, url);
  await ready(page);
  assert.equal(await page.title(), "Overview · vmascope");
  assert.equal(await page.locator(".chart").count(), 8);
  await reads(page, ".chart", /VMAs\s+420/);
  assert.match(await chart(page, "missed reuse").innerText(), new RegExp(`\\b${facts.missed} anon_vmas`));
  assert.match(await chart(page, "longest chain").innerText(), /3 AVCs/);
  assert.match(await chart(page, "vmascope itself").innerText(), /7\.50 ms\s+CPU 7 ms/);
  assert.equal(await page.locator(TIMELINE_ROW).count(), LAST);
  const labelled = page.locator(TIMELINE_ROW).nth(LAST - 5);
  assert.match(await labelled.innerText(), /#5[^]*pinned[^]*incomplete[^]*<b>release<\/b>[^]*2100/);

  await reads(
    page,
    ".card[aria-label=Findings]",
    /Missed reuse at fork\s+9 groups[^]*Idle anon_vma\s+1 anon_vma\b[^]*\+7 more; 9 findings tie/,
  );
  await reads(
    page,
    '.card[aria-label="Most missed reuse"]',
    /postgres 209\s+2\s+208 B[^]*\+3 more; 9 processes tie/,
  );
  await reads(
    page,
    '.card[aria-label="Widest root locks"]',
    /processes \(mms\)[^]*#3 postgres 100\s+11\s+30\s+wide lock: from 64 processes \(mms\)/,
  );
  await reads(page, ".card[aria-label=Quality]", /complete[^]*11 rules[^]*none violated[^]*rule 8: moved 1/);
  await reads(
    page,
    '.card[aria-label="Cost of vmascope"]',
    /walk\s+4 ms[^]*CPU time\s+7 ms\s+of one CPU\s+< 0\.01 %[^]*database\s+\d+ KiB/,
  );
  await page.locator('.card[aria-label="Most missed reuse"] a', { hasText: "postgres 209" }).click();
  await page.waitForURL(/#\/snapshots\/latest\/processes\/209$/);
});

test("what a card leaves out is counted, and listed in the same order", { skip }, async (t) => {
  const { url } = await start_server(t, create_history_database);
  const page = await open_page(t, url);
  await ready(page);
  const pids = (rows) =>
    rows.evaluateAll((all) => all.map((row) => /postgres ?(\d+)/.exec(row.innerText)?.[1]));
  const card = page.locator('.card[aria-label="Most missed reuse"]');
  const first = await pids(card.locator("tbody tr"));
  await card.locator("a", { hasText: "+3 more" }).click();
  await page.waitForURL(/processes\?sort=-missed_reuse$/);
  const rows = page.locator("#processes [role=rowgroup] [role=row]");
  await rows.first().waitFor();
  const pid = (row) => row.locator(".c-pid").innerText();
  for (let i = 0; i < first.length; i++) assert.equal(await pid(rows.nth(i)), first[i]);
  await page.locator(".sort", { hasText: "pid" }).click();
  await page.waitForURL(/sort=-pid$/);
  await eventually(async () => assert.equal(await pid(rows.first()), "900"));

  await page.goBack();
  await page.locator('.card[aria-label="Widest root locks"] a', { hasText: "all locks" }).click();
  await page.waitForURL(/trees\?sort=-mms&area=mms$/);
  await reads(page, ".chip[aria-pressed=true]", /processes \(mms\) under one lock/);
});

test("the first snapshot against the last is one step away, whatever is marked", { skip }, async (t) => {
  const { url } = await start_server(t, create_history_database);
  const page = await open_page(t, `${url}#/snapshots/4?from=2&to=5`);
  await ready(page);
  await page.locator("a", { hasText: `first against last: #1 → #${LAST}` }).click();
  await page.waitForURL(/#\/snapshots\/8\/diff\?from=1$/);
  await page.goto(`${url}#/snapshots/3/diff?section=trees`);
  await page.locator("button", { hasText: `first → last: #1 → #${LAST}` }).click();
  await page.waitForURL(/#\/snapshots\/8\/diff\?from=1&section=trees$/);
  await reads(page, ".diff", /Different boots/);
  assert.equal(await page.locator("button", { hasText: "first → last" }).count(), 0, "it is what is shown");
});

test("a click on a chart opens its snapshot, a drag marks two to compare", { skip }, async (t) => {
  const { url } = await start_server(t, create_history_database);
  const page = await open_page(t, url);
  await ready(page);
  const fourth = await place_of(page, 4);
  await page.mouse.move(fourth.x, fourth.y);
  await reads(page, ".read-at", /at: #4 /);
  /* All charts and the table are read at the same place. */
  await reads(page, ".chart", /VMAs\s+2000/);
  await reads(page, "#timeline .row.selected", /#4/);
  await page.mouse.click(fourth.x, fourth.y);
  await page.waitForURL(/#\/snapshots\/4$/);
  await page.mouse.move(5, 5);
  await reads(page, ".read-at", /shown: #4 /);
  await reads(page, "#timeline .row.shown", /#4/);
  await reads(page, ".picker .current", /#4/);

  const [from, to] = [await place_of(page, 3), await place_of(page, LAST)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, from.y, { steps: 3 });
  await page.mouse.move(to.x, to.y, { steps: 3 });
  await page.mouse.up();
  await page.waitForURL(/#\/snapshots\/4\?from=3&to=8$/);
  await reads(page, ".marked", /marked #3 to #8, 3 h 20 min, across a boot/);
  await reads(page, ".chart .change", /^−680$/);

  await page.reload();
  await reads(page, ".marked", /across a boot/);
  await page.locator("a", { hasText: "Compare these two" }).click();
  await page.waitForURL(/#\/snapshots\/8\/diff\?from=3$/);
  await reads(page, ".diff", /VMAs\s+1100\s+420\s+−680/);
  await reads(page, ".diff", /Different boots/);
  await page.goBack();
  await page.locator("button", { hasText: "Clear" }).click();
  await page.waitForURL(/#\/snapshots\/4$/);
});

test("a finger marks two snapshots on a chart, and scrolls the page", { skip }, async (t) => {
  const { url } = await start_server(t, create_history_database);
  const page = await open_page(t, url, { touch: true, viewport: { width: 390, height: 844 } });
  await ready(page);
  const finger = await page.context().newCDPSession(page);
  const touch = (type, ...touchPoints) => finger.send("Input.dispatchTouchEvent", { type, touchPoints });
  const move = async (from, to) => {
    await touch("touchStart", from);
    for (let k = 1; k <= 10; k++)
      await touch("touchMove", {
        x: from.x + ((to.x - from.x) * k) / 10,
        y: from.y + ((to.y - from.y) * k) / 10,
      });
    await touch("touchEnd");
  };
  const [from, to] = [await place_of(page, 3), await place_of(page, LAST)];
  await move(from, { x: from.x, y: from.y - 150 });
  await page.waitForFunction(() => scrollY > 100);
  assert.doesNotMatch(page.url(), /from=/, "a finger that scrolls marks nothing");
  await page.evaluate(() => scrollTo(0, 0));
  await move(from, to);
  await page.waitForURL(/from=3&to=8$/);
  await reads(page, ".marked", /marked #3 to #8/);
});

test("the charts work by keyboard, in step with the table", { skip }, async (t) => {
  const { url } = await start_server(t, create_history_database);
  const page = await open_page(t, url);
  await ready(page);
  await page.locator("#charts").focus();
  await page.keyboard.press("ArrowLeft");
  await reads(page, ".read-at", /at: #7 /);
  await reads(
    page,
    "#charts [role=status]",
    /^snapshot 7, .*, VMAs 340, anon_vmas 30, .*longest chain 3 AVCs/,
  );
  await page.keyboard.press("Home");
  await reads(page, ".read-at", /at: #1 /);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.waitForURL(/\?from=2&to=4$/);
  await reads(page, ".chart .change", /^\+800$/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/snapshots\/4\?from=2&to=4$/);
  await page.keyboard.press("Escape");
  await page.waitForURL(/#\/snapshots\/4$/);

  await page.locator("#timeline").focus();
  await page.keyboard.press("Home");
  await reads(page, ".chart", /VMAs\s+420/);
  await page.keyboard.press("ArrowDown");
  await reads(page, ".chart", /VMAs\s+340/);
  await reads(page, ".read-at", /at: #7 /);
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/snapshots\/7$/);
  await page.keyboard.press("[");
  await page.waitForURL(/#\/snapshots\/6$/);
  await reads(page, ".read-at", /#6 /);
  await page.locator("a", { hasText: "#6 against #5" }).click();
  await page.waitForURL(/#\/snapshots\/6\/diff\?from=5$/);
  await page.keyboard.press("Escape");
  await page.waitForURL(/#\/snapshots\/6$/);
});

test("a shorter time is asked of the server", { skip }, async (t) => {
  const { url } = await start_server(t, create_history_database);
  const page = await open_page(t, `${url}#/snapshots/8`);
  await ready(page);
  const [request] = await Promise.all([
    page.waitForRequest(/\/stats\?from=/),
    page.locator(".chip", { hasText: "15 min" }).click(),
  ]);
  const from = new URL(request.url()).searchParams.get("from");
  const newest = (await (await fetch(`${url}api/v1/snapshots/8`)).json()).taken_at;
  assert.equal((Date.parse(newest) - Date.parse(from)) / 1000, 900);
  await page.waitForURL(/#\/snapshots\/8\?last=900$/);
  await page.locator("#charts").focus();
  await eventually(async () => {
    await page.keyboard.press("Home");
    assert.match(await page.locator(".read-at").innerText(), /at: #7 /);
  });
  await page.locator(".chip", { hasText: "all" }).click();
  await page.waitForURL(/#\/snapshots\/8$/);
});

test("the diff of the first snapshot says that there is nothing before it", { skip }, async (t) => {
  const { url } = await start_server(t, create_history_database);
  const page = await open_page(t, `${url}#/snapshots/1/diff`);
  await reads(page, "main .notice", /There is no snapshot before #1 to compare it with/);
  await page.goto(`${url}#/snapshots/2/diff`);
  await reads(page, ".diff", /VMAs\s+1000\s+1200\s+\+200/);
});

test("a violation costs no bytes and is found all the same", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => {
    create_server_database(path, 3, 2);
    const at = "(SELECT min(row) FROM finding)";
    sql(
      path,
      `DELETE FROM finding WHERE row > ${at}; UPDATE finding SET kind = 6, rule = 1, bytes = 0, anon_vmas = 0;\n`,
    );
  });
  const page = await open_page(t, url);
  const card = ".card[aria-label=Findings]";
  await reads(page, card, /Invariant violated\s+1 violation\s+0 B[^]*largest\s+bytes\s+Invariant violated/);
  assert.doesNotMatch(await page.locator(card).innerText(), /Nothing found/);
});

test("of more rows than were asked for, a card says so", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => create_server_database(path, 40, 2));
  const page = await open_page(t, url);
  await reads(page, '.card[aria-label="Most missed reuse"]', /at least 24 more; at least 30 processes tie/);
});
