/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens while a page is open: snapshots that come, orders to the collector, a server that goes, tokens. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { create_many } from "../api/many_rows.mjs";
import { scratch, sql } from "../api/sqlite.mjs";
import { add_snapshot } from "../api/series.mjs";
import { close_browser, drawn, eventually, open_page, reads, skip, start_server } from "./browser.mjs";
import { create_server_database } from "./forking_server.mjs";

after(close_browser);

const ten_workers = (path) => create_server_database(path, 10, 3);
const collector =
  process.env.VMASCOPE_COLLECTOR ??
  new URL("../../build/collector/vmascope-collector", import.meta.url).pathname;
const cannot_walk =
  skip ||
  (process.getuid() !== 0 || !existsSync("/sys/kernel/btf/vmlinux")
    ? "needs root and a kernel with BTF"
    : false);

/* The browser itself tells of every reply that is none. */
const refused = (status) => new RegExp(`^console error: Failed to load resource: .* status of ${status}`);
const lost = /^console error: Failed to load resource: net::ERR_/;

const shown = (page, pattern) => reads(page, ".picker .current", pattern);

test("a snapshot that comes is told, and moves nothing until it is wanted", { skip }, async (t) => {
  const { url, db } = await start_server(t, ten_workers);
  const page = await open_page(t, `${url}#/snapshots/latest/trees/3?select=1004`);
  await drawn(page);
  await reads(page, ".details", /anon_vma #1004/);
  const before = page.url();
  sql(db, "UPDATE finding SET born = 4 WHERE id IN (9, 10);\n");
  add_snapshot(db, 4);
  await reads(page, ".fresh", /^snapshot #4 · 2 new findings still shown: #3 show$/);
  await shown(page, /#3[^]*latest/);
  await reads(page, ".details", /anon_vma #1004/);
  assert.equal(page.url(), before);
  await page.keyboard.press("l");
  await shown(page, /#4[^]*latest/);
  await page.locator(".fresh").waitFor({ state: "detached" });
  await reads(page, ".details", /anon_vma #1004/);

  await page.keyboard.press("[");
  await shown(page, /#3/);
  assert.equal(await page.locator(".fresh").count(), 0, "it is no news any more");
  sql(db, "UPDATE finding SET died = 5 WHERE id = 1;\n");
  add_snapshot(db, 5);
  await reads(page, ".fresh", /^snapshot #5 · 1 finding resolved still shown: #3/);
  for (const id of [4, 5]) {
    await page.keyboard.press("]");
    await shown(page, new RegExp(`#${id}`));
  }
  await page.locator(".fresh").waitFor({ state: "detached" });
  await page.goBack();
  await shown(page, /#4/);
});

test("the overview's charts go on by themselves", { skip }, async (t) => {
  const { url, db } = await start_server(t, ten_workers);
  const page = await open_page(t, url);
  await page.locator("#timeline [role=row]", { hasText: "#3" }).waitFor();
  add_snapshot(db, 4);
  await page.locator("#timeline [role=row]", { hasText: "#4" }).waitFor();
  await shown(page, /#3[^]*latest/);
});

test("without a collector it is said what to do", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers, [refused(503)]);
  const page = await open_page(t, url);
  await page.locator(".state button", { hasText: "recorded history · newest snapshot is" }).click();
  await reads(page, "dialog", /replayed recording or a copied database that is as it should be/);
  await reads(page, "dialog", /sudo vmascope-collector --db FILE --interval 10s/);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("s");
  await reads(page, "dialog", /No collector runs on this database: start vmascope-collector first/);
  await page.keyboard.type("a label");
  await page.keyboard.press("Enter");
  await reads(page, "dialog .wrong", /No collector runs .*start vmascope-collector with the same --db\./);
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await reads(page, "dialog h2", /Snapshot #3/);
  await page.keyboard.press("Enter");
  await reads(page, "dialog .wrong", /No collector runs/);
});

/* A collector of this process, which takes snapshots when asked. */
async function live_collector(context, db) {
  const child = spawn(collector, ["--db", db, "--tree", String(process.pid), "--interval", "1h"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  context.after(async () => {
    child.kill();
    assert.deepEqual(await ended, [0, null]);
  });
  await once(child.stdout, "data");
}

test("a snapshot now, its label and its pin", { skip: cannot_walk }, async (t) => {
  const { url, db } = await start_server(t, null);
  await live_collector(t, db);
  const page = await open_page(t, url);
  await shown(page, /#1/);
  await page.keyboard.press("s");
  await page.keyboard.type("before the déploy");
  await page.keyboard.press("Enter");
  await reads(page, "dialog h2", /Snapshot #2 was taken/);
  await shown(page, /#1/);
  await page.keyboard.press("Enter");
  await shown(page, /#2[^]*before the déploy[^]*latest/);
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await page.locator(".fresh").count(), 0);

  await page.keyboard.press("e");
  await page.locator("dialog input").first().fill("after");
  await page.locator("dialog input[type=checkbox]").check();
  await page.locator("dialog button", { hasText: "Save" }).click();
  await shown(page, /#2[^]*after[^]*pinned/);
  await page.keyboard.press("e");
  await page.locator("dialog input[type=checkbox]").uncheck();
  await page.locator("dialog input").first().fill("");
  await page.keyboard.press("Enter");
  await eventually(async () => {
    const text = await page.locator(".picker .current").innerText();
    assert.doesNotMatch(text, /after|pinned/);
  });
  await page.reload();
  await shown(page, /#2/);
});

test("a server that goes and comes again is followed again", { skip }, async (t) => {
  const { url, db, restart } = await start_server(t, ten_workers, [lost]);
  const page = await open_page(t, `${url}#/snapshots/latest/trees/3`);
  await drawn(page);
  await reads(page, ".state", /recorded history/);
  await restart(async () => {
    await reads(page, ".state", /The server does not answer; what is shown was loaded before/);
    await shown(page, /#3/);
    add_snapshot(db, 4);
  });
  await page.locator(".state button", { hasText: "Retry" }).click();
  await reads(page, ".state", /recorded history/);
  await reads(page, ".fresh", /snapshot #4/);
});

test("another database in the place of the one shown", { skip }, async (t) => {
  const { url, db } = await start_server(t, ten_workers);
  const page = await open_page(t, `${url}#/snapshots/latest/trees/3`);
  await drawn(page);
  await reads(page, ".state", /recorded history/);
  const other = join(scratch(t), "other.db");
  create_many(other, 7);
  sql(other, "PRAGMA wal_checkpoint(TRUNCATE);\n");
  for (const end of ["-wal", "-shm"]) rmSync(db + end, { force: true });
  renameSync(other, db);
  await reads(page, ".state", /The database was replaced; what is shown is of the one before/);
  await shown(page, /#3/);
  await page.locator(".state button", { hasText: "Show the new one" }).click();
  await shown(page, /#7[^]*latest/);
});

test("a token is asked for, kept for the tab, and sent with all", { skip }, async (t) => {
  const right = "r".repeat(24);
  const tokens = join(scratch(t), "tokens");
  writeFileSync(tokens, `read ${right}\n`, { mode: 0o600 });
  const { url, db } = await start_server(
    t,
    ten_workers,
    [refused(401), refused(403)],
    ["--token-file", tokens],
  );
  const page = await open_page(t, `${url}#/snapshots/3/trees/3`);
  const give = async (text) => {
    await page.locator("dialog input").fill(text);
    await page.keyboard.press("Enter");
  };
  await reads(page, "dialog", /answers only with a token/);
  await give("short");
  await reads(page, "dialog .wrong", /16 to 256/);
  await give("w".repeat(24));
  await reads(page, "dialog", /does not know this token/);
  await page.keyboard.press("Escape");
  await reads(page, ".failure", /answers only with a token\. Retry/);
  await page.locator(".failure button").click();
  await give(right);
  await drawn(page);
  await page.reload();
  await drawn(page);
  add_snapshot(db, 4);
  await reads(page, ".fresh", /snapshot #4/);
  assert.ok(!page.url().includes(right));
  const saved = page.waitForEvent("download");
  await page.locator(".exports a", { hasText: "DOT" }).click();
  assert.match((await saved).suggestedFilename(), /\.dot$/);
  await page.keyboard.press("s");
  await page.keyboard.press("Enter");
  await reads(page, "dialog .wrong", /may read only/);
});

test(
  "a token that is not given is asked for once, whichever request is refused last",
  { skip },
  async (t) => {
    const tokens = join(scratch(t), "tokens");
    const right = "r".repeat(24);
    writeFileSync(tokens, `read ${right}\n`, { mode: 0o600 });
    const { url } = await start_server(t, ten_workers, [refused(401)], ["--token-file", tokens]);
    for (const late of [/\/snapshots\?/, /\/trees\/3\//]) {
      const page = await open_page(t, `${url}#/snapshots/3/trees/3`);
      let let_go = null;
      const declined = new Promise((resolve) => (let_go = resolve));
      await page.route(late, async (route) => {
        await declined;
        await route.continue();
      });
      await page.reload();
      await reads(page, "dialog", /answers only with a token/);
      const last = page.waitForResponse((reply) => late.test(reply.url()));
      await page.keyboard.press("Escape");
      await page.locator("dialog").waitFor({ state: "detached" });
      let_go();
      await last;
      await reads(page, ".failure", /answers only with a token\. Retry/);
      await page.waitForTimeout(300);
      assert.equal(await page.locator("dialog").count(), 0, `${late} was refused last`);
      await page.locator(".failure button").click();
      await page.locator("dialog input").fill(right);
      await page.keyboard.press("Enter");
      await drawn(page);
      await page.unrouteAll({ behavior: "wait" });
    }
  },
);

test("the sheet has every key of the page", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, url);
  await page.locator("header .stat").first().waitFor();
  await page.keyboard.press("?");
  await page.locator("dialog").waitFor();
  const keys = await page.locator("dialog kbd").allInnerTexts();
  const named = await page
    .locator("[aria-keyshortcuts]")
    .evaluateAll((all) => all.map((element) => element.getAttribute("aria-keyshortcuts")));
  assert.ok(named.length >= 4);
  for (const key of named) assert.ok(keys.includes(key), `${key} is in the sheet`);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
});
