/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * web.mjs NAME DIRECTORY: what the page costs Chromium, without a GPU, on the
 * real server.
 *
 *   web_first_picture  first picture of the tree of 100,000 AVCs, over download and JSON.parse of that tree
 *                      (the page asks for a third of it: the same by column, whose time is told beside it)
 *   web_pan_frame      median frame while panning 100,000 anon_vmas, over 16 ms
 *   web_layout         laying out 100,000 anon_vmas, the slower of a fan and a chain, over 150 ms
 *   web_memory         heap after visiting every view 20 times, over that after the second time
 *
 * Prints "NAME RATIO"; the figures behind it go to stderr.
 */
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { Server } from "../api/server.mjs";
import { create_chain_database, create_server_database } from "../web/forking_server.mjs";
import { replay } from "../web/recordings.mjs";
import { VIEWS, find_scene, show_view } from "../web/views.mjs";

const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");

const SWITCHES =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";
/* A frame as soon as the last one is done: what it costs, not when the screen would show it. */
const UNTHROTTLED = "--disable-frame-rate-limit --disable-gpu-vsync";

/* The engine compiles what runs often, for minutes; that is no memory the page holds on to. */
const INTERPRETED = "--js-flags=--jitless";

const WINDOW = { width: 1440, height: 900 };
const PATIENCE_MS = 120_000;
const TREE = "#/snapshots/3/trees/3";

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const tell = (text) => process.stderr.write(`${text}\n`);
const ms = (value) => `${value.toFixed(1)} ms`;

async function with_browser(switches, use) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: switches.split(" "),
  });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

async function with_server(directory, name, fill, use) {
  const db = join(directory, `${name}.db`);
  if (!existsSync(db)) fill(db);
  const server = await Server.start("--db", db);
  try {
    return await use(server.url);
  } finally {
    await server.stop();
  }
}

/* A recorded server whose tree has 100,000 AVCs; 100,000 anon_vmas side by side; 100,000 below each other. */
const avcs_database = (path) => replay("wide", path);
const fan_database = (path) => create_server_database(path, 1389, 72);
const chain_database = (path) => create_chain_database(path, 100_000);

/** A page with nothing cached, which remembers when it drew first. */
async function fresh_page(browser) {
  const context = await browser.newContext({ viewport: WINDOW });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.name === "vmascope:frame") globalThis.first_frame_ms ??= entry.startTime + entry.duration;
    }).observe({ type: "measure" });
  });
  return page;
}

/* Both start in a process that is there already and has nothing else to do: how long Chromium takes to start
 * one, and to end the one before, is not the page's. */
const SETTLE_MS = 500;

async function first_picture_ms(browser, url, { at, root }) {
  const page = await fresh_page(browser);
  await page.goto(`${url}healthz`);
  await page.waitForTimeout(SETTLE_MS);
  await page.goto(`${url}#/snapshots/${at}/trees/${root}`);
  const taken = await (await page.waitForFunction(() => globalThis.first_frame_ms)).jsonValue();
  await page.context().close();
  return taken;
}

async function parse_ms(browser, url, { at, root }, form) {
  const page = await fresh_page(browser);
  await page.goto(`${url}#/snapshots/${at}/processes`);
  await page.locator("#processes [role=row]").first().waitFor();
  await page.waitForTimeout(SETTLE_MS);
  const taken = await page.evaluate(async (path) => {
    const start = performance.now();
    const reply = await fetch(path, { cache: "no-store" });
    JSON.parse(await reply.text());
    return performance.now() - start;
  }, `/api/v1/snapshots/${at}/trees/${root}${form}`);
  await page.context().close();
  return taken;
}

async function web_first_picture(directory) {
  const pictures = [];
  const parses = [];
  const by_column = [];
  await with_server(directory, "avcs", avcs_database, (url) =>
    with_browser(SWITCHES, async (browser) => {
      const scene = await find_scene(url);
      for (let turn = 0; turn < 15; turn++) {
        parses.push(await parse_ms(browser, url, scene, ""));
        by_column.push(await parse_ms(browser, url, scene, "/columns"));
        pictures.push(await first_picture_ms(browser, url, scene));
      }
    }),
  );
  tell(
    `first picture ${ms(median(pictures))}, download and JSON.parse ${ms(median(parses))}, ` +
      `of its columns ${ms(median(by_column))}`,
  );
  return median(pictures) / median(parses);
}

const PAN_FROM = 900_000;

/** How far down the picture the window's middle is, as the URL has it. */
async function place(page) {
  await page.waitForTimeout(1500);
  return Number(/at=[^,]*,([0-9.]+)/.exec(page.url())?.[1]);
}

/** Milliseconds between frames while keys pan the picture down and up again. */
async function pan(page, zoom) {
  await page.evaluate((hash) => (location.hash = hash), `${TREE}?groups=off&at=300,${PAN_FROM}&zoom=${zoom}`);
  await page.waitForTimeout(500);
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const frames = [];
        let last = 0;
        const step = (now) => {
          if (last > 0) frames.push(now - last);
          last = now;
          if (frames.length === 275) return resolve(frames);
          const key = frames.length % 100 < 50 ? "ArrowDown" : "ArrowUp";
          document.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey: true }));
          requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
  );
}

async function web_pan_frame(directory) {
  const medians = [];
  await with_server(directory, "fan", fan_database, (url) =>
    with_browser(`${SWITCHES} ${UNTHROTTLED}`, async (browser) => {
      const page = await fresh_page(browser);
      await page.goto(`${url}${TREE}?groups=off`);
      await page.waitForFunction(() => globalThis.first_frame_ms);
      /* All nodes in the window, then fewer and fewer, drawn finer and finer. */
      for (const zoom of [0.0006, 0.01, 0.3, 1]) {
        const frames = await pan(page, zoom);
        medians.push(median(frames));
        const slow = [...frames].sort((a, b) => a - b)[Math.floor(frames.length * 0.95)];
        tell(`zoom ${zoom}: median frame ${ms(median(frames))}, 95 % within ${ms(slow)}`);
        if (Math.abs((await place(page)) - PAN_FROM) < 10) throw new Error("the picture did not move");
      }
    }),
  );
  return Math.max(...medians) / 16;
}

async function layout_ms(browser, url) {
  const page = await fresh_page(browser);
  await page.goto(`${url}${TREE}?groups=off`);
  await page.waitForFunction(() => globalThis.first_frame_ms);
  const taken = await page.evaluate(() =>
    performance.getEntriesByName("vmascope:layout").map((entry) => entry.duration),
  );
  await page.context().close();
  return Math.max(...taken);
}

async function web_layout(directory) {
  const medians = [];
  for (const [name, fill] of [
    ["fan", fan_database],
    ["chain", chain_database],
  ])
    await with_server(directory, name, fill, (url) =>
      with_browser(SWITCHES, async (browser) => {
        const turns = [];
        for (let turn = 0; turn < 5; turn++) turns.push(await layout_ms(browser, url));
        medians.push(median(turns));
        tell(`layout of a ${name}: ${ms(median(turns))}`);
      }),
    );
  return Math.max(...medians) / 150;
}

/** Heap after a visit of every view there is. */
async function visit_all(page, session, url, scene) {
  for (const view of VIEWS) {
    await show_view(page, url, scene, view);
    if (view.key) await page.keyboard.press("Escape");
  }
  await page.waitForTimeout(500);
  await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize;
}

async function web_memory(directory) {
  const sizes = [];
  await with_server(
    directory,
    "recorded",
    (path) => replay("prefork", path),
    (url) =>
      with_browser(`${SWITCHES} ${INTERPRETED}`, async (browser) => {
        const page = await fresh_page(browser);
        await page.goto(url);
        const session = await page.context().newCDPSession(page);
        const scene = await find_scene(url);
        for (let round = 0; round < 20; round++) sizes.push(await visit_all(page, session, url, scene));
      }),
  );
  const mib = (value) => `${(value / 2 ** 20).toFixed(2)} MiB`;
  tell(`heap after 1, 2, 10, 20 rounds: ${[0, 1, 9, 19].map((i) => mib(sizes[i])).join(", ")}`);
  return sizes[19] / sizes[1];
}

const MEASUREMENTS = { web_first_picture, web_pan_frame, web_layout, web_memory };

const [name, directory] = process.argv.slice(2);
if (!MEASUREMENTS[name] || !directory) {
  tell(`usage: web.mjs ${Object.keys(MEASUREMENTS).join("|")} DIRECTORY`);
  process.exit(2);
}
console.log(`${name} ${(await MEASUREMENTS[name](directory)).toFixed(2)}`);
