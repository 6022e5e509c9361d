/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chromium on the real server's page. Whatever the console says, a script error,
 * a violation of the content security policy or a request to anywhere else
 * fails the test that opened the page.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { scratch } from "../api/sqlite.mjs";
import { Server } from "../api/server.mjs";

const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");

const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";
const switches =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";

export const launch_options = { executablePath: executable, args: switches.split(" ") };

const WIDE = { width: 1440, height: 900 };

/* For what a loaded machine does slowly; only a test that fails waits that long. */
const PATIENCE_MS = 60_000;

/** False, or why there is no browser test here. */
export const skip = existsSync(executable) ? false : `${executable} is not installed`;

let browser = null;
/* How to close each test's pages; each gives what the page complained of. */
const pages = new WeakMap();

async function the_browser() {
  browser ??= await chromium.launch(launch_options);
  return browser;
}

export async function close_browser() {
  await browser?.close();
  browser = null;
}

async function close_pages(context, expected) {
  const complaints = [];
  for (const close of pages.get(context)) complaints.push(...(await close()));
  return complaints.filter((text) => !expected.some((pattern) => pattern.test(text)));
}

/** Closes the test's pages after it; what they complained of fails it. */
export function watch_pages(context, expected = []) {
  pages.set(context, []);
  context.after(async () => assert.deepEqual(await close_pages(context, expected), []));
}

/**
 * A server on the database that `fill` creates; null: the file does not exist.
 * `expected`: what the console may say all the same. `restart` ends the server,
 * and starts it again, on the same port, after what it is given to do meanwhile.
 */
export async function start_server(context, fill, expected = [], args = []) {
  let server = null;
  pages.set(context, []);
  /* These run in the order they were registered in. The page goes first: it
   * would notice that its server or the server's database is gone. */
  context.after(async () => {
    let unexpected = [];
    try {
      unexpected = await close_pages(context, expected);
    } finally {
      await server?.stop();
    }
    assert.deepEqual(unexpected, []);
  });
  const db = join(scratch(context), "vmascope.db");
  const facts = fill?.(db);
  server = await Server.start("--db", db, ...args);
  const restart = async (meanwhile) => {
    const { port } = server;
    await server.stop();
    server = null;
    await meanwhile();
    server = await Server.start("--db", db, ...args, "--listen", `127.0.0.1:${port}`);
  };
  return { url: server.url, db, facts, restart };
}

export async function open_page(context, url, { viewport = WIDE, scheme = "light", touch = false } = {}) {
  const origin = new URL(url).origin;
  const page = await (await the_browser()).newPage({ viewport, colorScheme: scheme, hasTouch: touch });
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("pageerror", (error) => complaints.push(`script error: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (asked !== origin && protocol !== "data:") complaints.push(`request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      globalThis.violations.push(`CSP violation: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  pages.get(context).push(async () => {
    complaints.push(...(await page.evaluate(() => globalThis.violations ?? [])));
    await page.close();
    return complaints;
  });
  await page.goto(url);
  return page;
}

/** Waits until the picture of a view has been drawn; without a name, of the tree or the process. */
export async function drawn(page, view) {
  const pictures = (view ? [view] : ["tree", "process"]).map((name) => `.view-${name} canvas`).join(", ");
  await page.waitForFunction(
    (selector) =>
      document.querySelector(selector) && performance.getEntriesByName("vmascope:frame").length > 0,
    pictures,
  );
}

/** Resolves when the pictures show what the page was told so far: they are drawn once a frame. */
export function painted(page) {
  return page.evaluate(() => new Promise(requestAnimationFrame));
}

/** How many pixels of the picture have exactly that colour, [r, g, b]. */
export function pixels_of(page, colour) {
  return page.evaluate(([red, green, blue]) => {
    const canvas = document.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) found++;
    return found;
  }, colour);
}

/** Where that colour comes first in the leftmost columns of the picture; null: nowhere. */
export function first_pixel_of(page, colour, columns) {
  return page.evaluate(
    ([[red, green, blue], width]) => {
      const canvas = document.querySelector("canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, width, canvas.height);
      for (let i = 0; i < data.length; i += 4)
        if (data[i] === red && data[i + 1] === green && data[i + 2] === blue)
          return { x: (i / 4) % width, y: Math.floor(i / 4 / width) };
      return null;
    },
    [colour, columns],
  );
}

/** Repeats a check until it no longer throws; its last complaint is the test's. */
export async function eventually(check) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(20);
  }
}

/** Waits until a grid has that many rows, and the first of them: the number is often known before. */
export async function has_rows(page, grid, count) {
  await page.locator(`${grid}[aria-rowcount='${count + 1}'] [aria-rowindex='2']`).waitFor();
}

/** Waits until the first match of a selector reads like that. */
export function reads(page, selector, pattern) {
  return eventually(async () => assert.match(await page.locator(selector).first().innerText(), pattern));
}
