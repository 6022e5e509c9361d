/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree view's picture: merged, its minimap, and saved as a file. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
import { create_server_database } from "./forking_server.mjs";

after(close_browser);

const ten_workers = (path) => create_server_database(path, 10, 3);
const TREE = "#/snapshots/3/trees/3";
const MISSED = [213, 94, 0];

const rows = (page) => page.locator("#outline [role=row]").count();

/** The height in picture space of the window's middle, from the URL. */
async function middle_of(page) {
  return eventually(async () => {
    const found = /at=[^,]*,([-0-9.]+)&zoom/.exec(page.url());
    assert.ok(found, page.url());
    return Number(found[1]);
  });
}

test("the merged picture draws each missed group as one, and says what changes", { skip }, async (t) => {
  /* This test reads the canvas more than once. */
  const { url, facts } = await start_server(t, ten_workers, [/willReadFrequently/]);
  const page = await open_page(t, url + TREE);
  await drawn(page);
  await page.locator("#merged").click();
  await page.waitForURL(/trees\/3\?merged=on$/);
  await reads(page, ".merged-box", /9 missed groups drawn as one anon_vma each/);
  const box = await page.locator(".merged-box").innerText();
  assert.match(
    box,
    new RegExp(`anon_vmas\\s+${facts.anon_vmas}\\s+${facts.anon_vmas - facts.missed}\\s+−60 %`),
  );
  assert.match(box, /AVCs\s+60\s+60\s+same/);
  assert.match(box, /objects\s+12\.6 KiB\s+10\.8 KiB\s+−14 %/);
  await eventually(async () => assert.equal(await pixels_of(page, MISSED), 0));
  await eventually(async () => assert.equal(await rows(page), 1 + 12));
  await reads(page, ".legend", /one for several/);

  /* The selection is in step in both pictures: #1004 is part of the node of #1003. */
  await page.locator("#outline [role=row]", { hasText: "#1003" }).click();
  await reads(page, ".merged-box", /one anon_vma for 3: 2 saved/);
  await reads(page, ".merged-box", /visits at most 3 VMAs, instead of 1/);
  assert.equal(await page.locator("#linked [role=row]").count(), 1 + 3);
  await page.locator("button", { hasText: "show them as they are" }).click();
  await reads(page, ".details h2", /#1003/);
  await reads(page, ".details", /missed reuse: 2 anon_vmas/);
  await eventually(async () => assert.ok((await pixels_of(page, MISSED)) > 1000));
  assert.equal(await page.locator("#merged").isChecked(), false);
});

test("the merged picture by keyboard, and from a link to a member", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, `${url}${TREE}?select=1004`);
  await reads(page, ".details h2", /#1004/);
  await page.keyboard.press("m");
  await reads(page, ".details h2", /#1003/);
  await page.keyboard.press("ArrowDown");
  await reads(page, ".details h2", /#1006/);
  await page.keyboard.press("Escape");
  await reads(page, ".merged-box", /9 missed groups/);
  await page.keyboard.press("m");
  await reads(page, ".details", /missed reuse\s+18 anon_vmas/);

  await page.goto(`${url}${TREE}?select=3,missed,205&merged=on`);
  await reads(page, ".merged-box", /one anon_vma for 3/);
});

test("the minimap shows where the window is, and moves it", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, url + TREE);
  await drawn(page);
  const minimap = page.locator(".minimap");
  assert.equal(await minimap.count(), 0, "all is in the window");
  const picture = await page.locator(".surface").first().boundingBox();
  await page.mouse.move(picture.x + 300, picture.y + 300);
  await page.mouse.wheel(0, -900);
  await minimap.waitFor();
  const before = await middle_of(page);

  const map = await minimap.boundingBox();
  await page.mouse.move(map.x + map.width / 2, map.y + 20);
  await page.mouse.down();
  await page.mouse.move(map.x + map.width / 2, map.y + map.height - 10, { steps: 5 });
  await page.mouse.up();
  let low;
  await eventually(async () => {
    low = await middle_of(page);
    assert.ok(low > before + 100, `${before} became ${low}`);
  });
  assert.equal(await page.locator(".details h2").innerText(), "tree #3 postgres 100", "nothing was selected");

  await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("Shift+ArrowUp");
  await eventually(async () => assert.ok((await middle_of(page)) < low - 10));

  await page.keyboard.press("0");
  await minimap.waitFor({ state: "detached" });
  await page.waitForFunction(() => !location.hash.includes("zoom="));
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await minimap.waitFor();
  await page.locator(".zoom button", { hasText: "reset" }).click();
  await minimap.waitFor({ state: "detached" });
});

/** Clicks, and gives the file that the browser saves. */
async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test("the whole picture is saved as SVG: a file that stands alone", { skip }, async (t) => {
  const { url, facts } = await start_server(t, ten_workers);
  /* Zoomed in, so that the window shows only a part of it. */
  const page = await open_page(t, `${url}${TREE}?at=300,40&zoom=3`);
  await drawn(page);
  const { name, bytes } = await saved(page, page.locator(".exports button", { hasText: "SVG" }));
  assert.equal(name, "vmascope-snapshot-3-tree-3.svg");
  const reader = await open_page(t, "about:blank");
  const svg = await reader.evaluate((text) => {
    const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    const all = [...root.querySelectorAll("*")];
    return {
      root: root.nodeName,
      width: Number(root.getAttribute("width")),
      height: Number(root.getAttribute("height")),
      names: [...new Set(all.map((element) => element.nodeName))].sort(),
      attributes: [...new Set(all.flatMap((element) => element.getAttributeNames()))],
      texts: [...root.querySelectorAll("text")].map((element) => element.textContent),
    };
  }, bytes.toString("utf8"));
  assert.equal(svg.root, "svg");
  assert.deepEqual(svg.names, ["circle", "defs", "g", "path", "pattern", "rect", "text", "title"]);
  assert.ok(!svg.attributes.some((attribute) => /^on|href|style/.test(attribute)), svg.attributes.join());
  assert.ok(svg.width > 500 && svg.height > 29 * 19, `${svg.width} × ${svg.height}`);
  assert.equal(svg.texts.filter((text) => /^#\d+ · /.test(text)).length, facts.anon_vmas);
  assert.equal(svg.texts.filter((text) => text === "missed reuse ×2").length, 9);
  assert.ok(svg.texts.includes("anon_vma tree #3 · postgres 100"));
  await reads(page, ".export-report", /^SVG: \d+ × \d+ px, [0-9.]+ KiB\.$/);

  /* By keyboard, merged. */
  await page.keyboard.press("m");
  await page.locator(".exports button", { hasText: "SVG" }).focus();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.equal(download.suggestedFilename(), "vmascope-snapshot-3-tree-3-merged.svg");
  assert.doesNotMatch(readFileSync(await download.path(), "utf8"), /missed reuse ×2/);
});

test("the whole picture is saved as PNG, in the size that is told", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, url + TREE, { scheme: "dark" });
  await drawn(page);
  const top = () => page.locator(".stage").evaluate((stage) => stage.getBoundingClientRect().top);
  const before = await top();
  const { name, bytes } = await saved(page, page.locator(".exports button", { hasText: "PNG" }));
  assert.equal(name, "vmascope-snapshot-3-tree-3.png");
  assert.equal(bytes.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  assert.ok(width > 1000 && height > 29 * 19 * 2, `${width} × ${height}`);
  await reads(page, ".export-report", /^PNG: \d/);
  assert.equal(await top(), before, "the report moves nothing");
  const report = await page.locator(".export-report").innerText();
  assert.equal(report.replace(/\u2009/g, "").split(" px")[0], `PNG: ${width} × ${height}`);
});

test("a tree too large for a picture is cut short, and says so", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => create_server_database(path, 100, 40));
  const page = await open_page(t, `${url}${TREE}?groups=off`);
  await drawn(page);
  const { bytes } = await saved(page, page.locator(".exports button", { hasText: "PNG" }));
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  assert.ok(height <= 16_000 && width * height <= 32e6, `${width} × ${height}`);
  await reads(page, ".export-report", /Cut short: shrunk to \d+ % of its height, so anon_vmas too close/);
  const svg = await saved(page, page.locator(".exports button", { hasText: "SVG" }));
  assert.match(svg.bytes.toString("utf8"), /Cut short: shrunk to \d+ % of its height/);
});

test("DOT is the server's, of the snapshot and tree shown", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, url + TREE);
  await drawn(page);
  const link = page.locator(".exports a");
  assert.equal(await link.getAttribute("href"), "/api/v1/snapshots/3/trees/3.dot");
  assert.equal(await link.getAttribute("download"), "vmascope-snapshot-3-tree-3.dot");
});

test("hovering a node tells its counters, chain and rmap cost", { skip }, async (t) => {
  const { url } = await start_server(t, ten_workers);
  const page = await open_page(t, `${url}${TREE}?select=1004&at=230,60&zoom=2`);
  await drawn(page);
  /* The ring around the selected node, #a6407f, is where it is. */
  const ring = await eventually(async () => {
    const found = await page.evaluate(() => {
      const canvas = document.querySelector("canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let [x, y, n] = [0, 0, 0];
      for (let i = 0; i < data.length; i += 4)
        if (data[i] === 0xa6 && data[i + 1] === 0x40 && data[i + 2] === 0x7f)
          [x, y, n] = [Math.max(x, (i / 4) % canvas.width), y, n + 1];
      return n > 20 ? { x } : null;
    });
    assert.ok(found);
    return found;
  });
  const box = await page.locator(".surface").first().boundingBox();
  /* Along the column of the selected node, until the tip is that of a member of the group. */
  await eventually(async () => {
    for (let y = 20; y < box.height; y += 12) {
      await page.mouse.move(box.x + ring.x - 20, box.y + y);
      const tip = page.locator(".tooltip");
      if ((await tip.count()) === 0) continue;
      const text = await tip.innerText();
      if (!text.includes("#1004")) continue;
      assert.match(text, /postgres 201/);
      assert.match(text, /num_children 0\s+num_active_vmas 1/);
      assert.match(text, /chain #1004 #3/);
      assert.match(text, /rmap visits ≤ 1 VMA, mean 1 VMA/);
      assert.match(text, /missed reuse ×2: one of 3/);
      return;
    }
    assert.fail("no tip of #1004");
  });
});
