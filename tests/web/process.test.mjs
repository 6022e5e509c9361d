/* SPDX-License-Identifier: GPL-2.0-only */
/* A process beside the child that fork() would make, on the recorded forking server of ./dev demo. */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { sql } from "../api/sqlite.mjs";
import {
  close_browser,
  drawn,
  has_rows,
  open_page,
  pixels_of,
  reads,
  skip,
  start_server,
} from "./browser.mjs";
import { create_demo_database } from "./recordings.mjs";

after(close_browser);

const SERVER = 142;
const HUE0 = [0, 0x72, 0xb2];

const ask = async (url, path) => (await fetch(`${url}api/v1/snapshots/2/processes/${path}`)).json();
const selected = (page, id) => page.locator(`#${id} [role=row][aria-selected=true]`).first().innerText();

test("each policy is there with its kernels, what it allocates and what it breaks", { skip }, async (t) => {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/processes/${SERVER}`);
  await drawn(page);
  const { policies, kernel_policy } = await ask(url, `${SERVER}/fork`);
  assert.equal(policies.length, 9);
  const kernel = policies.find(({ policy }) => policy === kernel_policy);
  const listed = page.locator("#policies [role=rowgroup] [role=row]");
  await listed.nth(8).waitFor();
  for (const [
    i,
    { policy, kernels, description, anon_vmas, avcs, bytes, violations },
  ] of policies.entries()) {
    await listed.nth(i).click();
    await page.waitForURL(new RegExp(`policy=${policy}$`));
    await reads(page, ".policy", new RegExp(`^${policy} `));
    const said = await page.locator(".policy").innerText();
    assert.ok(said.startsWith(`${policy} · ${kernels}: ${description}.`), said);
    assert.match(said, new RegExp(anon_vmas ? `${anon_vmas} anon_vmas, ${avcs} AVCs = ` : "22 VMAs = "));
    /* What the chooser says of a policy is what the server says. */
    const cell = (key) => listed.nth(i).locator(`.c-${key}`).textContent();
    assert.deepEqual(await Promise.all(["policy", "kernels", "anon_vmas", "avcs", "violations"].map(cell)), [
      policy,
      kernels,
      String(anon_vmas),
      String(avcs),
      violations.length ? `! ${violations.length}` : "none",
    ]);
    const sign = bytes < kernel.bytes ? /^−[0-9.]+ (B|KiB)$/ : /^same$/;
    assert.match(await cell("change"), policy === kernel_policy ? /^kernel$/ : sign);
    assert.equal(await page.locator(".policy .warn").count(), violations.length);
    assert.equal(await page.locator(".compare").count(), policy === kernel_policy ? 0 : 1);
  }
});

test("a policy is explained where it stands in the table", { skip }, async (t) => {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/processes/${SERVER}`);
  await drawn(page);
  const { policies } = await ask(url, `${SERVER}/fork`);
  const names = page.locator("#policies .term", { hasText: /_v2$/ });
  const { policy, kernels, description } = policies.find(({ policy }) => policy.endsWith("_v2"));
  await names.hover();
  await reads(page, ".term-tip", new RegExp(`^${policy} ${kernels}: ${description}\\.$`));
});

test("what another policy would change is said in numbers, against the kernel's own", { skip }, async (t) => {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/processes/${SERVER}?policy=khlebnikov_v2`);
  await reads(page, ".simulator h3", /against counters, this kernel's/);
  await reads(
    page,
    ".compare",
    /anon_vmas\s+−5 \(−38 %\)\s+AVCs\s+same\s+bytes\s+−520 B \(−7\.5 %\)\s+of 1000 forks\s+−508 KiB \(−7\.5 %\)\s+VMAs that share\s+\+5\s+VMAs that reuse\s+same\s+longest chain\s+same/,
  );
});

test(
  "the child is drawn and listed beside the parent, and both follow one selection",
  { skip },
  async (t) => {
    const { url } = await start_server(t, create_demo_database);
    const page = await open_page(t, `${url}#/snapshots/2/processes`);
    await page.locator("#processes [role=row]", { hasText: /^142webserver/ }).click();
    await drawn(page);
    await reads(
      page,
      ".totals.inner",
      /next fork\(\) allocates\s+22 VMAs, 13 anon_vmas, 26 AVCs = 6\.73 KiB/,
    );
    await reads(page, ".address-strip ~ .stage .legend", /new\s+reused\s+shared/);
    /* Three VMAs of the parent lie on each of the two server-wide anon_vmas: a solid band of each. */
    assert.ok((await pixels_of(page, HUE0)) > 100, "bands in the first colour");

    const vmas = page.locator("#vmas [role=rowgroup] [role=row]");
    await has_rows(page, "#vmas", 22);
    await page.locator("#vmas").focus();
    await page.keyboard.press("End");
    await vmas.filter({ hasText: "7fc2b065d000-" }).locator(".c-range").click();
    await page.waitForURL(/select=7fc2b065d000$/);
    assert.match(await selected(page, "vmas"), /r--p\s+#11\s+#11\s+new 11\s+new 11 #11/);

    await page.locator("#policies [role=row]", { hasText: "khlebnikov_v2" }).click();
    await reads(page, ".policy", /^khlebnikov_v2 /);
    await page.waitForFunction(() =>
      document.querySelector("#vmas [aria-selected=true]")?.textContent?.includes("shared"),
    );
    assert.match(await selected(page, "vmas"), /#11\s+new 7 shared\s+new 7 #11/);

    /* In the picture rows are 20 pixels high, below a heading of 24. */
    await page.locator("#vmas").focus();
    await page.keyboard.press("Home");
    await page.waitForURL(/select=400000$/);
    const box = await page.locator(".surface.scrolling canvas").boundingBox();
    await page.mouse.click(box.x + 300, box.y + 24 + 3 * 20 + 10);
    await page.waitForURL(/select=004a4000$|select=4a4000$/);
    assert.match(await selected(page, "vmas"), /004a4000-004a8000/);
  },
);

test("the process view works by keyboard", { skip }, async (t) => {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/processes/${SERVER}`);
  await drawn(page);
  await has_rows(page, "#vmas", 22);
  await page.locator("body").press("ArrowDown");
  await page.waitForURL(/select=400000$/);
  await page.locator("body").press("ArrowDown");
  await page.waitForURL(/select=401000$/);
  await page.locator("#policies").focus();
  await page.keyboard.press("End");
  await page.waitForURL(/policy=reversed&select=401000$/);
  await reads(page, ".policy", /^reversed /);
  await page.keyboard.press("ArrowUp");
  await reads(page, ".policy", /^counters /);
  await page.locator("#vmas").focus();
  await page.keyboard.press("End");
  assert.match(await selected(page, "vmas"), /7ffe9acec000-/);
  const active = await page.locator("#vmas").getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`[id="${active}"]`).getAttribute("aria-selected"), "true");
  await page.keyboard.press("Escape");
  await page.waitForURL(/processes\/142\?policy=counters$/);
  await page.keyboard.press("Escape");
  await page.waitForURL(/#\/snapshots\/2\/processes$/);
});

test("a process lists its findings, and one of them leads to its place", { skip }, async (t) => {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/processes/152`);
  await drawn(page);
  const listed = page.locator("#process-findings [role=rowgroup] [role=row]");
  await listed.nth(2).waitFor();
  assert.equal(await listed.count(), 3);
  await page.locator("a", { hasText: "in the findings view" }).click();
  await page.waitForURL(/findings\?pid=152$/);
  await page.goBack();
  await listed.nth(2).waitFor();
  await listed.first().click();
  await page.waitForURL(/trees\/1[01]\?select=1[01],missed,/);
  await reads(page, ".details h2", /missed group\s+worker 152/);
});

test(
  "a policy that does not exist is a sentence, and the VMAs are there all the same",
  { skip },
  async (t) => {
    const { url } = await start_server(t, create_demo_database, [/400 \(Bad Request\)/]);
    const page = await open_page(t, `${url}#/snapshots/2/processes/${SERVER}?policy=none_such`);
    await reads(page, ".process .failure", /fork\(\) could not be simulated\. .*policy is one of/);
    await has_rows(page, "#vmas", 22);
  },
);

test("a policy that was not seen is not said to be the kernel's", { skip }, async (t) => {
  const { url } = await start_server(t, (path) => {
    create_demo_database(path);
    sql(path, "UPDATE snapshot SET fork_policy = NULL;\n");
  });
  const page = await open_page(t, `${url}#/snapshots/2/processes/${SERVER}`);
  await reads(page, ".outcome", /^anon_vmas saved against counters: shared 13 = /);
});

test(
  "what the policies save is seen without scrolling, and the parent is a step away",
  { skip },
  async (t) => {
    const { url } = await start_server(t, create_demo_database);
    const page = await open_page(t, `${url}#/snapshots/2/processes/${SERVER}?policy=khlebnikov_v2`);
    await reads(
      page,
      ".outcome",
      /^anon_vmas saved against counters, this kernel's: khlebnikov_v2 5 = 520 B; shared 13 = /,
    );
    const { y, height } = await page.locator(".outcome").boundingBox();
    assert.ok(y + height < 900);
    await page.goto(`${url}#/snapshots/2/processes/152?policy=khlebnikov_v2`);
    await reads(page, ".outcome", /: khlebnikov_v2 nothing; shared 13 = /);
    await reads(page, "#process-findings", /2 of 3 anon_vmas could be saved; v2 saves up to 2/);
    await page.locator(".process .title a", { hasText: `webserver ${SERVER}` }).click();
    await page.waitForURL(new RegExp(`processes/${SERVER}$`));
    await page.locator(".process .title a", { hasText: "demo_scene 141" }).click();
    await reads(page, ".process .title", /parent 1 ·/);
    assert.equal(await page.locator(".process .title a").count(), 0, "the snapshot has no process 1");
  },
);

test("what a process missed leads to the fork() that made it", { skip }, async (t) => {
  const { url } = await start_server(t, create_demo_database);
  const page = await open_page(t, `${url}#/snapshots/2/processes/152`);
  await reads(page, ".simulator h2", /the next fork\(\) of worker 152/);
  await page.getByRole("link", { name: `webserver ${SERVER}: simulate its next fork()` }).click();
  await page.waitForURL(new RegExp(`processes/${SERVER}\\?policy=khlebnikov_v2$`));
  await reads(page, ".simulator h2", new RegExp(`the next fork\\(\\) of webserver ${SERVER}`));
  assert.equal(await page.getByText("simulate its next fork()").count(), 0, "it missed nothing itself");
});
