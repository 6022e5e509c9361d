/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every view of the page, as a table, on whatever the server has: what is tested
 * of all views, and what ./dev screenshots takes a picture of, walks it.
 */
import assert from "node:assert/strict";

async function ask(url, path) {
  const reply = await fetch(`${url}api/v1/snapshots${path}`);
  assert.equal(reply.status, 200, path);
  return reply.json();
}

/** Where there is most to see: the second snapshot, or the only one, its widest tree, who misses most in it. */
export async function find_scene(url) {
  const [{ id: newest }] = (await ask(url, "")).data;
  const at = Math.min(newest, 2);
  const [tree] = (await ask(url, `/${at}/trees?sort=-avcs&limit=1`)).data;
  const [process] = (await ask(url, `/${at}/processes?sort=-missed_reuse&limit=1`)).data;
  const [finding] = (await ask(url, `/${at}/findings?kind=fork_split&root=${tree.root}&limit=1`)).data;
  return { newest, at, root: tree.root, owner: tree.pid, pid: process.pid, finding: finding.id };
}

/*
 * name      of the view, and of its picture
 * variant   whether it is one of the view before it
 * path      of the scene, after #/snapshots/ID
 * shows     what is there once the view is
 * canvas    whether it has a picture
 * needs     how many snapshots
 */
export const VIEWS = [
  { name: "overview", path: () => "", shows: "#timeline [role=rowgroup] [role=row]" },
  { name: "forest", path: () => "/trees", shows: "#executables [role=rowgroup] [role=row]", canvas: true },
  {
    name: "forest-flat",
    variant: true,
    path: () => "/trees?groups=off",
    shows: "#forest [role=rowgroup] [role=row]",
    canvas: true,
  },
  {
    name: "tree",
    path: ({ root }) => `/trees/${root}`,
    shows: "#outline [role=rowgroup] [role=row]",
    canvas: true,
  },
  {
    name: "tree-selected",
    variant: true,
    path: ({ root }) => `/trees/${root}?select=${root}`,
    shows: "#linked [role=rowgroup] [role=row]",
    canvas: true,
  },
  {
    name: "tree-merged",
    variant: true,
    path: ({ root }) => `/trees/${root}?merged=on`,
    shows: "#outline [role=rowgroup] [role=row]",
    canvas: true,
  },
  { name: "processes", path: () => "/processes", shows: "#processes [role=rowgroup] [role=row]" },
  {
    name: "process",
    path: ({ pid }) => `/processes/${pid}`,
    shows: "#vmas [role=rowgroup] [role=row]",
    canvas: true,
  },
  {
    name: "process-policy",
    variant: true,
    path: ({ owner }) => `/processes/${owner}?policy=khlebnikov_v2`,
    shows: "#vmas [role=rowgroup] [role=row]",
    canvas: true,
  },
  { name: "findings", path: () => "/findings", shows: "#findings [role=rowgroup] [role=row]" },
  {
    name: "findings-selected",
    variant: true,
    path: ({ finding }) => `/findings?kind=fork_split&select=${finding}`,
    shows: "#findings [role=rowgroup] [role=row]",
  },
  { name: "diff", path: () => "/diff?from=1", shows: ".view-diff :is([role=row], tr)", needs: 2 },
  { name: "help", path: () => "/trees", shows: "#executables [role=rowgroup] [role=row]", key: "?" },
];

/** Goes to a view and waits until it is there and at rest. */
export async function show_view(page, url, scene, { path, shows, canvas, key }) {
  await page.goto(`${url}#/snapshots/${scene.at}${path(scene)}`);
  await page.locator(shows).first().waitFor();
  if (canvas)
    await page.waitForFunction(
      () =>
        document.querySelector("main canvas") && performance.getEntriesByName("vmascope:frame").length > 0,
    );
  if (key) {
    await page.keyboard.press(key);
    await page.locator("dialog[open]").waitFor();
  }
  await at_rest(page);
}

/** Nothing is loading, and two frames have passed. */
export async function at_rest(page) {
  await page.waitForFunction(() => !document.querySelector("main .loading"));
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}
