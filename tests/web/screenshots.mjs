/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * screenshots.mjs DIRECTORY: a picture of every view, on a wide and a narrow
 * screen, light and dark (of a variant of a view only one), as
 * VIEW-WIDTH-SCHEME.png, of the demo; and of larger servers what is theirs to
 * show, light, as RECORDING-VIEW-WIDTH-light.png. All of them show recordings:
 * nothing of the machine at hand is in them.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { create_schema } from "../api/sqlite.mjs";
import { Server } from "../api/server.mjs";
import { launch_options } from "./browser.mjs";
import { replay } from "./recordings.mjs";
import { with_palette } from "./palette_png.mjs";
import { find_scene, show_view, VIEWS } from "./views.mjs";

const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");

const SCREENS = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

const SCHEMES = ["light", "dark"];

/* Of a larger recording: the views that its size makes different. */
const LARGE = {
  prefork: ["forest", "tree", "diff"],
  wide: ["forest", "tree"],
};

async function take(page, directory, name, { width }, scheme) {
  /* the pointer explains nothing in a picture */
  await page.mouse.move(0, 0);
  const png = await page.screenshot({ animations: "disabled", caret: "hide" });
  writeFileSync(join(directory, `${name}-${width}-${scheme}.png`), with_palette(png));
}

/* The page says how old the newest snapshot is, which must not depend on when the picture is taken. */
async function make_recent(context) {
  await context.route(/\/healthz$/, async (route) => {
    const response = await route.fetch();
    const health = await response.json();
    if (health.latest) health.latest.age_s = 2;
    await route.fulfill({ response, json: health });
  });
}

async function for_each_page(browser, schemes, use) {
  for (const viewport of SCREENS)
    for (const colorScheme of schemes) {
      const context = await browser.newContext({ viewport, colorScheme, timezoneId: "UTC", locale: "en-GB" });
      await make_recent(context);
      await use(await context.newPage(), viewport, colorScheme);
      await context.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
    }
}

async function with_server(fill, use) {
  const directory = mkdtempSync(join(tmpdir(), "vmascope-screenshots-"));
  const db = join(directory, "vmascope.db");
  fill(db);
  const server = await Server.start("--db", db);
  try {
    await use(server.url);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
}

const take_views = (browser, directory) => async (url) => {
  const scene = await find_scene(url);
  await for_each_page(browser, SCHEMES, async (page, screen, scheme) => {
    for (const view of VIEWS) {
      if (view.variant && (screen !== SCREENS[0] || scheme !== "light")) continue;
      await show_view(page, url, scene, view);
      await take(page, directory, view.name, screen, scheme);
      if (view.key) await page.keyboard.press("Escape");
    }
  });
};

const take_large = (browser, directory, recording) => async (url) => {
  const scene = await find_scene(url);
  const views = VIEWS.filter(({ name }) => LARGE[recording].includes(name));
  await for_each_page(browser, ["light"], async (page, screen, scheme) => {
    for (const view of views) {
      await show_view(page, url, scene, view);
      await take(page, directory, `${recording}-${view.name}`, screen, scheme);
    }
  });
};

const take_empty = (browser, directory) => (url) =>
  for_each_page(browser, SCHEMES, async (page, screen, scheme) => {
    await page.goto(url);
    await page.locator("h1", { hasText: "No snapshot yet" }).waitFor();
    await take(page, directory, "empty", screen, scheme);
  });

async function main(directory) {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) if (name.endsWith(".png")) rmSync(join(directory, name));
  const browser = await chromium.launch(launch_options);
  try {
    await with_server((db) => replay("demo", db), take_views(browser, directory));
    for (const recording of Object.keys(LARGE))
      await with_server((db) => replay(recording, db), take_large(browser, directory, recording));
    await with_server(create_schema, take_empty(browser, directory));
  } finally {
    await browser.close();
  }
}

if (!process.argv[2]) {
  process.stderr.write("usage: screenshots.mjs DIRECTORY\n");
  process.exit(2);
}
await main(process.argv[2]);
