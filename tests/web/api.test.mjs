/* SPDX-License-Identifier: GPL-2.0-only */
/* The page about the REST interface: it needs no script and breaks no rule. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { close_browser, open_page, skip, start_server } from "./browser.mjs";

after(close_browser);

for (const [width, scheme] of [
  [1440, "light"],
  [390, "dark"],
])
  test(`/api at ${width} px, ${scheme}`, { skip }, async (t) => {
    const { url } = await start_server(t, null);
    const page = await open_page(t, `${url}api`, { viewport: { width, height: 900 }, scheme });
    const sizes = await page.evaluate(() => ({
      needed: document.documentElement.scrollWidth,
      there: document.documentElement.clientWidth,
      sections: document.querySelectorAll("section").length,
      back: getComputedStyle(document.body).backgroundColor,
    }));
    assert.equal(sizes.needed, sizes.there, "nothing sticks out at the side");
    assert.equal(sizes.back, scheme === "dark" ? "rgb(13, 15, 17)" : "rgb(241, 243, 245)");
    assert.ok(sizes.sections > 30);
    await page.click('nav a[href="#Process"]');
    const top = await page.evaluate(
      () => document.querySelector("section:target").getBoundingClientRect().top,
    );
    assert.ok(top >= 0 && top < 450, `the answer is in sight: ${top}`);
  });
