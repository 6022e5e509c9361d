/* SPDX-License-Identifier: GPL-2.0-only */
/* What the page's parts leave each other: no control on a picture, no number cut, no list taller than its rows. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { close_browser, open_page, skip, start_server } from "./browser.mjs";
import { replay } from "./recordings.mjs";
import { find_scene, show_view, VIEWS } from "./views.mjs";

after(close_browser);

/* Runs in the page: what is wrong with how it is laid out, as sentences. */
function complaints() {
  const wrong = [];
  const box = (element) => element.getBoundingClientRect();
  const name = (element) => element.id || element.className || element.tagName;
  const meet = (a, b) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  /* Where the page fits the window, a list may fill what is left of it. */
  const scrolls = document.documentElement.scrollHeight > innerHeight;
  const pictures = [...document.querySelectorAll("main .stage > .surface")];
  if (document.querySelector("main .zoom") && pictures.length === 0) wrong.push("no picture is found");
  for (const control of document.querySelectorAll("main .zoom button, main .legend li")) {
    if (pictures.some((picture) => meet(box(picture), box(control))))
      wrong.push(`${control.innerText} lies on a picture`);
    const { left, right } = box(control);
    if (left < 0 || right > innerWidth) wrong.push(`${control.innerText} is cut`);
  }
  for (const control of document.querySelectorAll("main .zoom button"))
    for (const item of document.querySelectorAll("main .legend li"))
      if (meet(box(control), box(item))) wrong.push(`${control.innerText} lies on ${item.innerText}`);
  /* Of a name the rest can be guessed; a number cut short is another number. */
  for (const cell of document.querySelectorAll("main :is(.heading .cell, .cell.num:not(.below))"))
    if (cell.scrollWidth > cell.clientWidth + 1) wrong.push(`${cell.innerText} is cut`);
  for (const grid of document.querySelectorAll("main .grid")) {
    const rows = grid.querySelector(".rows");
    const blank = box(grid).bottom - box(grid.querySelector(".rows ~ *") ?? rows).bottom;
    if (scrolls && blank > 60) wrong.push(`${Math.round(blank)} px of ${name(grid)} are blank`);
  }
  return wrong;
}

const SCREENS = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

for (const recording of ["demo", "prefork", "wide"])
  for (const viewport of SCREENS)
    test(
      `nothing covers or wastes what another has: ${recording}, ${viewport.width}`,
      { skip },
      async (t) => {
        const { url } = await start_server(t, (db) => replay(recording, db));
        const scene = await find_scene(url);
        const page = await open_page(t, url, { viewport });
        for (const view of VIEWS) {
          if (view.key || view.needs > scene.newest) continue;
          await show_view(page, url, scene, view);
          assert.deepEqual(await page.evaluate(complaints), [], view.name);
        }
      },
    );

test("of a server with 50 workers the picture shows some of each kind", { skip }, async (t) => {
  const { url } = await start_server(t, (db) => replay("prefork", db));
  const scene = await find_scene(url);
  const page = await open_page(t, url);
  await show_view(
    page,
    url,
    scene,
    VIEWS.find(({ name }) => name === "tree"),
  );
  const rows = page.locator("#outline[aria-rowcount]");
  assert.ok(Number(await rows.getAttribute("aria-rowcount")) > 30);
  await page.locator("#outline").focus();
  await page.keyboard.press("End");
  await page.locator("#outline .row", { hasText: /worker × \d+ more/ }).waitFor();
});
