/* SPDX-License-Identifier: GPL-2.0-only */
/* The address space of a process as a strip, the chain of the selected VMA, and terms. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import {
  close_browser,
  drawn,
  eventually,
  has_rows,
  open_page,
  painted,
  pixels_of,
  reads,
  skip,
  start_server,
} from "./browser.mjs";
import { create_mapper_database, create_server_database } from "./forking_server.mjs";
import { create_demo_database } from "./recordings.mjs";

after(close_browser);

const WORKER = 152;
const MISSED = [0xd5, 0x5e, 0];
const HUE0 = [0, 0x72, 0xb2];
const HUE4 = [0x4a, 0xa8, 0xdc];
const MAPPED = 6000;

const STRIP = ".address-strip canvas";
const selected = (page) => page.locator("#vmas [role=row][aria-selected=true]").first().innerText();

/* Where a colour stands in the strip, in CSS pixels from its left: [first, last]. */
function columns_of(page, colour) {
  return page.evaluate(([red, green, blue]) => {
    const canvas = document.querySelector("canvas");
    /* A copy: the browser complains of pictures that are read again and again. */
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, 1];
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, -50);
    const { data } = context.getImageData(0, 0, copy.width, 1);
    const found = [];
    for (let x = 0; x < canvas.width; x++)
      if (data[x * 4] === red && data[x * 4 + 1] === green && data[x * 4 + 2] === blue) found.push(x);
    return [found[0], found.at(-1)];
  }, colour);
}

async function open_worker(t, query = "") {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/processes/${WORKER}${query}`);
  await drawn(page);
  await has_rows(page, "#vmas", 22);
  return page;
}

test(
  "a VMA is selected in the strip, in the table too, and its chain leads to the tree",
  { skip },
  async (t) => {
    const page = await open_worker(t);
    await reads(page, ".chosen-vma", /Select a VMA/);
    assert.ok((await pixels_of(page, MISSED)) > 50, "members of missed groups are marked");
    const [first] = await columns_of(page, HUE0);
    const box = await page.locator(STRIP).boundingBox();
    await page.mouse.move(box.x + first + 5, box.y + 50);
    await reads(
      page,
      ".address-strip .tooltip",
      /active #94, chain of 2 AVCs\s+missed reuse: one of 2 under #5/,
    );
    await page.mouse.click(box.x + first + 5, box.y + 50);
    await page.waitForURL(/select=4a4000$/);
    assert.match(await selected(page), /^004a4000-004a8000/);
    await reads(page, ".chosen-vma h2", /004a4000-004a8000 r--p/);
    const chain = page.locator(".chain-column li");
    assert.equal(await chain.count(), 2);
    assert.match(
      await chain.nth(0).innerText(),
      /#94\s+active\s+worker 152, 1 VMA here\s+num_children 1\s+num_active_vmas 1/,
    );
    assert.match(
      await chain.nth(1).innerText(),
      /#5\s+root\s+webserver 142\s+num_children 21\s+num_active_vmas 2/,
    );
    await chain.nth(1).locator("a", { hasText: "webserver 142" }).click();
    await page.waitForURL(/processes\/142$/);
    await page.goBack();
    await page.locator(".chain-column a", { hasText: "#94" }).click();
    await page.waitForURL(/trees\/5\?select=94$/);
  },
);

test("a gap says its size, and a click there selects nothing", { skip }, async (t) => {
  const page = await open_worker(t, "?select=4a4000");
  await reads(page, ".chosen-vma h2", /004a4000/);
  /* The gap below the stack: left of the last block in its colour. */
  const box = await page.locator(STRIP).boundingBox();
  let found = false;
  for (let x = box.width - 20; x > box.width - 200 && !found; x -= 4) {
    await page.mouse.move(box.x + x, box.y + 50);
    await page.waitForTimeout(30);
    const tip = page.locator(".address-strip .tooltip");
    found = (await tip.count()) > 0 && /^gap of [0-9.]+ GiB/.test(await tip.innerText());
    if (found) await page.mouse.click(box.x + x, box.y + 50);
  }
  assert.ok(found, "a gap below the stack");
  const gaps = await page.locator("#vmas .c-gap").allTextContents();
  assert.ok(
    gaps.some((text) => /^[0-9.]+ MiB$/.test(text)),
    "the table says them too",
  );
  await page.waitForURL(/processes\/152$/);
});

test("the strip works by keyboard: stepping, zooming, and back to all of it", { skip }, async (t) => {
  const page = await open_worker(t);
  await page.locator("body").press("ArrowRight");
  await page.waitForURL(/select=400000$/);
  for (let i = 0; i < 3; i++) await page.locator("body").press("ArrowRight");
  await page.waitForURL(/select=4a4000$/);
  await page.locator("body").press("ArrowLeft");
  await page.waitForURL(/select=47c000$/);
  await reads(page, ".chosen-vma", /No anon_vma: nothing was written through it yet/);
  const zoom_in = (url) => Number(new URL(url).hash.match(/at=[0-9.]+&zoom=([0-9.]+)/)?.[1]);
  await page.locator("body").press("+");
  await page.waitForURL((url) => zoom_in(url) > 0);
  const first = zoom_in(page.url());
  for (let i = 0; i < 3; i++) await page.locator("body").press("+");
  await page.waitForURL((url) => Math.abs(zoom_in(url) / first - 1.5 ** 3) < 0.01);
  const zoomed = page.url();
  await painted(page);
  const far = await pixels_of(page, HUE4);
  assert.ok(far > 1000);
  await page.reload();
  await drawn(page);
  await has_rows(page, "#vmas", 22);
  assert.equal(page.url(), zoomed);
  await eventually(async () => assert.equal(await pixels_of(page, HUE4), far));
  await page.locator("#vmas").focus();
  await page.keyboard.press("End");
  await page.waitForURL(/select=7ffe9acec000/);
  await reads(page, ".chosen-vma h2", /7ffe9acec000/);
  await page.waitForFunction(
    (before) => !location.hash.endsWith(before),
    new URL(zoomed).hash.split("&at")[1],
  );
  await page.locator("body").press("0");
  await page.waitForFunction(() => !location.hash.includes("zoom="));
});

test("wheel and drag move the strip", { skip }, async (t) => {
  const page = await open_worker(t);
  const box = await page.locator(STRIP).boundingBox();
  await page.mouse.move(box.x + 300, box.y + 50);
  await page.mouse.wheel(0, -600);
  await page.waitForURL(/at=.*&zoom=/);
  const at = () => Number(/at=([0-9.]+)/.exec(page.url())[1]);
  const before = at();
  await page.mouse.down();
  await page.mouse.move(box.x + 200, box.y + 50, { steps: 4 });
  await page.mouse.up();
  await eventually(async () => assert.ok(at() > before, `${at()} after ${before}`));
  assert.ok(!page.url().includes("select="), "a drag is no click");
  await page.locator(".address-strip button", { hasText: "fit" }).click();
  await page.waitForURL(/processes\/152$/);
});

test("a process of thousands of VMAs is loaded whole, and followed from the table", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => create_mapper_database(path, 12 * MAPPED));
  const page = await open_page(t, `${url}#/snapshots/3/processes/7000`);
  await drawn(page);
  await eventually(async () =>
    assert.match(await page.locator(".title .footer").innerText(), /^72\s000 VMAs$/),
  );
  /* One anon_vma fills a third of the strip. */
  await eventually(async () => {
    const [first, last] = await columns_of(page, HUE0);
    const { width } = await page.locator(STRIP).boundingBox();
    assert.ok(Math.abs((last - first) / width - 1 / 3) < 0.03, `${first} to ${last} of ${width}`);
  });
  await page.locator("#vmas").focus();
  await page.keyboard.press("End");
  await reads(page, ".chosen-vma", /No anon_vma/);
  await page.keyboard.press("Home");
  await reads(page, ".chosen-vma", /#100000\s+root, active here\s+mapper 7000, 24\s000 VMAs here/);
});

test("an idle link of a chain says so", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => create_server_database(path, 4, 3));
  const page = await open_page(t, `${url}#/snapshots/3/processes/900?select=7f0000000000`);
  await reads(
    page,
    ".chain-column",
    /#2\s+active\s+psql 900, 1 VMA here[^]*#1000\s+idle, reusable\s+nobody has it active[^]*#3\s+root\s+postgres 100/,
  );
});

test(
  "a term is explained on focus and hover, stays under the pointer, and Esc dismisses it",
  { skip },
  async (t) => {
    const page = await open_worker(t, "?select=4a4000");
    await reads(page, ".chosen-vma", /own to root/);
    const tip = page.locator("[role=tooltip]");
    const term = page.locator(".chosen-vma .term", { hasText: "Chain" });
    await term.focus();
    await reads(page, "[role=tooltip]", /chain\s+the AVCs of a VMA: every anon_vma its pages may belong to/);
    assert.equal(await term.getAttribute("aria-describedby"), await tip.getAttribute("id"));
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "detached" });
    assert.match(page.url(), /select=4a4000$/, "Esc dismissed the explanation and no more");
    assert.ok(await term.evaluate((element) => element === document.activeElement));

    const head = page.locator("#vmas [role=columnheader] .term", { hasText: "reuse" });
    await head.hover();
    await reads(page, "[role=tooltip]", /^reused an idle anon_vma of an ancestor/);
    const box = await tip.boundingBox();
    await page.mouse.move(box.x + 20, box.y + box.height / 2, { steps: 4 });
    await page.waitForTimeout(600);
    assert.equal(await tip.count(), 1, "the pointer may rest on the explanation");
    await page.mouse.move(5, 5);
    await tip.waitFor({ state: "detached" });
  },
);

test("a term is explained by a tap", { skip }, async (t) => {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/diff?from=1`, {
    touch: true,
    viewport: { width: 390, height: 844 },
  });
  await page.locator(".both-totals .term", { hasText: "missed reuse" }).tap();
  await reads(page, "[role=tooltip]", /^missed reuse active anon_vmas of one mm under one parent/);
  const box = await page.locator("[role=tooltip]").boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390, "inside the window");
  await page.locator(".changes .search").tap();
  await page.locator("[role=tooltip]").waitFor({ state: "detached" });
});

test("columns are sorted by keyboard, from the term in their head", { skip }, async (t) => {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/trees?groups=off`);
  const head = page.locator("#forest [role=columnheader] button", { hasText: "max chain" });
  await head.focus();
  await reads(page, "[role=tooltip]", /^chain [^]*Here: AVCs of the VMA that has most of them/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/sort=-max_chain&groups=off$/);
});

test("findings are filtered by size and by executable", { skip }, async (t) => {
  /* A server that does not know executables says so. */
  const { url } = await start_server(t, create_demo_database, [/400 \(Bad Request\)|404 \(Not Found\)/]);
  const page = await open_page(t, `${url}#/snapshots/2/findings`);
  const rows = page.locator("#findings [role=rowgroup] [role=row]");
  await rows.first().waitFor();
  const bytes = async (query) =>
    (await (await fetch(`${url}api/v1/snapshots/2/findings?limit=1000${query}`)).json()).data.length;
  await page.goto(`${url}#/snapshots/2/findings?min_bytes=300`);
  await page.reload();
  await eventually(async () => assert.equal(await rows.count(), await bytes("&min_bytes=300")));
  assert.ok((await rows.count()) < (await bytes("")));
  await reads(page, "#bytes-filter", /at least 300 B/);
  await page.locator("#bytes-filter").selectOption({ label: "at least 16 KiB" });
  await reads(page, "#findings", /No finding of at least 16 KiB in this snapshot\./);
  await page.locator("button", { hasText: "Show all findings" }).click();
  await page.waitForURL(/findings$/);
  const asked = page.waitForRequest(/\/findings\?.*exe=%2Fusr%2Fsbin%2Fwebserver/);
  await page.locator("#exe-filter").fill("/usr/sbin/webserver");
  await page.keyboard.press("Enter");
  await asked;
  await page.waitForURL(/findings\?exe=\/usr\/sbin\/webserver$/);
});
