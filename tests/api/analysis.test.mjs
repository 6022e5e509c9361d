/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the server says of a recorded system agrees with itself, and with what is
 * worked out here from its plain lists: nothing of topology/ is taken for granted.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { before, after, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

import { Server } from "./server.mjs";

const collector =
  process.env.VMASCOPE_COLLECTOR ??
  new URL("../../build/collector/vmascope-collector", import.meta.url).pathname;
const recording = new URL("../recordings/demo.vmascope", import.meta.url).pathname;
const api = "/api/v1/snapshots";

const directory = mkdtempSync(join(tmpdir(), "vmascope-api-"));
let server, ids;

before(async () => {
  const db = join(directory, "demo.db");
  execFileSync(collector, ["--replay", recording, "--db", db], { stdio: ["ignore", "ignore", "inherit"] });
  server = await Server.start("--db", db);
  ids = (await all(api)).map((snapshot) => snapshot.id);
  assert.ok(ids.length >= 3);
});

after(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/* The whole list, in small pages. */
async function all(path) {
  const rows = [];
  const glue = path.includes("?") ? "&" : "?";
  for (let next = ""; next !== null;) {
    const page = await server.json(`${path}${glue}limit=17${next && `&cursor=${next}`}`);
    rows.push(...page.data);
    next = page.next;
  }
  return rows;
}

const sum = (rows, value) => rows.reduce((total, row) => total + value(row), 0);

/* visit(path of /fork, process, snapshot) */
async function for_each_process(visit) {
  let visited = 0;
  for (const id of ids) {
    const snapshot = await server.json(`${api}/${id}`);
    for (const process of await all(`${api}/${id}/processes`)) {
      await visit(`${api}/${id}/processes/${process.pid}/fork`, process, snapshot);
      visited++;
    }
  }
  assert.ok(visited > 30);
}

test("fork under the kernel's policy allocates what the process's rollup says", () =>
  for_each_process(async (path, { fork: rollup, vmas }, { boot, fork_policy }) => {
    const fork = await server.json(path);
    assert.equal(fork.policy, fork_policy ?? "counters");
    assert.equal(fork.policy_observed, fork_policy !== null);
    assert.deepEqual(fork.allocates, rollup, path);
    assert.equal(
      rollup.bytes,
      rollup.vmas * boot.vma_bytes + rollup.anon_vmas * boot.anon_vma_bytes + rollup.avcs * boot.avc_bytes,
    );
    assert.ok(rollup.vmas <= vmas);
  }));

test("fork under each policy is what the comparison says", () =>
  for_each_process(async (path) => {
    for (const { policy, ...counted } of (await server.json(path)).policies) {
      const fork = await server.json(`${path}?policy=${policy}`);
      const { kernels, description, violations } = fork;
      const { vmas: _, ...allocates } = fork.allocates;
      const child = {
        reused_vmas: fork.vmas.filter((vma) => vma.reused).length,
        shared_vmas: fork.vmas.filter((vma) => vma.shared).length,
        max_chain: fork.vmas.reduce((most, vma) => Math.max(most, vma.chain.length), 0),
      };
      assert.deepEqual(counted, { kernels, description, ...allocates, ...child, violations }, path);
      check_child(fork);
    }
  }));

/* What must hold of any child, whatever the policy. */
function check_child(fork) {
  const { allocates, vmas, new_anon_vmas, changes, violations } = fork;
  const active = vmas.filter((vma) => vma.anon_vma !== null);
  assert.equal(vmas.length, allocates.vmas);
  assert.deepEqual(
    new_anon_vmas.map((anon_vma) => anon_vma.id),
    new_anon_vmas.map((_, i) => -1 - i),
  );
  assert.equal(new_anon_vmas.length, allocates.anon_vmas);
  if (fork.policy !== "shared")
    assert.equal(
      sum(vmas, (vma) => vma.chain.length),
      allocates.avcs,
    );
  if (!violations.includes("active_not_linked"))
    for (const vma of active) assert.ok(vma.chain.includes(vma.anon_vma));
  /* every new one is somebody's child, every VMA makes something active */
  assert.equal(
    sum(changes, ({ num_children }) => num_children.after - num_children.before),
    new_anon_vmas.length,
  );
  assert.equal(
    sum(changes, (change) => change.num_active_vmas.after - change.num_active_vmas.before) +
      sum(new_anon_vmas, (anon_vma) => anon_vma.num_active_vmas),
    active.length,
  );
}

test("sums of findings are the totals, of all, of each tree and of each process", async () => {
  for (const id of ids) {
    const { totals, findings: counts } = await server.json(`${api}/${id}`);
    const findings = await all(`${api}/${id}/findings`);
    const of = (kind, rows = findings) => rows.filter((finding) => finding.kind === kind);
    for (const { kind, count, bytes } of counts) {
      assert.equal(of(kind).length, count, kind);
      assert.equal(
        sum(of(kind), (finding) => finding.bytes),
        bytes,
        kind,
      );
    }
    assert.equal(counts.length, new Set(counts.map((row) => row.kind)).size);
    assert.equal(
      sum(counts, (row) => row.count),
      findings.length,
    );
    const missed = (rows) => sum(of("fork_split", rows), (finding) => finding.anon_vmas);
    assert.equal(missed(findings), totals.missed_reuse);
    assert.equal(of("fork_split").length, totals.missed_groups);
    assert.equal(of("idle_anon_vma").length, totals.idle_anon_vmas);
    assert.equal(
      sum(of("idle_anon_vma"), (f) => f.details.reusable),
      totals.reusable_anon_vmas,
    );
    assert.equal(
      sum(of("merge_blocked"), (f) => f.vmas),
      totals.blocked_merges,
    );
    for (const tree of await all(`${api}/${id}/trees`)) {
      const rows = await all(`${api}/${id}/findings?root=${tree.root}`);
      assert.deepEqual(
        rows,
        findings.filter((finding) => finding.root === tree.root),
      );
      assert.equal(missed(rows), tree.missed_reuse);
      assert.equal(of("idle_anon_vma", rows).length, tree.idle_anon_vmas);
    }
    for (const process of await all(`${api}/${id}/processes`)) {
      const rows = await all(`${api}/${id}/findings?pid=${process.pid}`);
      assert.equal(missed(rows), process.missed_reuse);
      assert.equal(of("fork_split", rows).length, process.missed_groups);
      assert.equal(
        sum(of("merge_blocked", rows), (f) => f.vmas),
        process.blocked_merges,
      );
      for (const finding of rows) assert.equal(finding.process.pid, process.pid);
    }
  }
});

test("a missed group is there, and its parent has the anon_vma active", async () => {
  let checked = 0;
  for (const id of ids) {
    const vmas_of = new Map();
    const vmas = async (pid) => {
      if (!vmas_of.has(pid)) vmas_of.set(pid, await all(`${api}/${id}/processes/${pid}/vmas`));
      return vmas_of.get(pid);
    };
    for (const finding of await all(`${api}/${id}/findings?kind=fork_split`)) {
      const tree = await server.json(`${api}/${id}/trees/${finding.root}`);
      const group = tree.missed_groups.find(
        (group) => group.mm_id === finding.mm_id && group.parent === finding.anon_vma,
      );
      assert.equal(group.anon_vmas.length, finding.size);
      if (finding.parent_process === null) continue;
      const active = (await vmas(finding.parent_process.pid)).filter(
        (vma) => vma.anon_vma === finding.anon_vma,
      );
      assert.ok(active.length > 0);
      assert.deepEqual(
        finding.parent_process.vmas,
        active.slice(0, 64).map((vma) => vma.vm_start),
      );
      checked++;
    }
  }
  assert.ok(checked > 20);
});

/* One page after the other, which topology/ never does. */
function visits_by_brute_force(tree, anon_vma) {
  const page_count = (vma) => Number((BigInt(vma.vm_end) - BigInt(vma.vm_start)) / 4096n);
  const visits = new Map();
  const written = [];
  for (const vma of tree.vmas) {
    if (!vma.chain.includes(anon_vma)) continue;
    for (let page = 0; page < page_count(vma); page++) {
      const offset = Number(vma.vm_pgoff) + page;
      visits.set(offset, (visits.get(offset) ?? 0) + 1);
      if (vma.anon_vma === anon_vma) written.push(offset);
    }
  }
  const covered = [...visits.values()];
  return {
    max: Math.max(0, ...covered),
    covered_pages: covered.length,
    covered: sum(covered, (count) => count),
    written_pages: written.length,
    written: sum(written, (offset) => visits.get(offset)),
  };
}

const mean = (visits, pages) => (pages ? visits / pages : null);

function assert_rmap(rmap, parts, what) {
  const total = (name) => sum(parts, (part) => part[name]);
  const { before_2010_mean_visits: _, ...rest } = rmap;
  assert.deepEqual(
    rest,
    {
      max_visits: Math.max(...parts.map((part) => part.max)),
      covered_pages: total("covered_pages"),
      covered_mean_visits: mean(total("covered"), total("covered_pages")),
      written_pages: total("written_pages"),
      written_mean_visits: mean(total("written"), total("written_pages")),
    },
    what,
  );
}

test("rmap costs are those of a count page by page", async () => {
  for (const id of ids) {
    const parts_of_all = [];
    let family = 0;
    for (const { root } of await all(`${api}/${id}/trees`)) {
      const tree = await server.json(`${api}/${id}/trees/${root}`);
      const parts = tree.anon_vmas.map((anon_vma) => {
        const part = visits_by_brute_force(tree, anon_vma.id);
        assert_rmap(anon_vma.rmap, [part], `anon_vma ${anon_vma.id} of snapshot ${id}`);
        return part;
      });
      assert_rmap(tree.summary.rmap, parts, `tree ${root} of snapshot ${id}`);
      assert.equal(tree.summary.rmap.before_2010_mean_visits, tree.vmas.length);
      family += sum(parts, (part) => part.written_pages) * tree.vmas.length;
      parts_of_all.push(...parts);
    }
    const { rmap } = await server.json(`${api}/${id}`);
    assert_rmap(rmap, parts_of_all, `snapshot ${id}`);
    assert.equal(rmap.before_2010_mean_visits, family / rmap.written_pages);
  }
});

test("what a tree shows of its nodes adds up to its summary", async () => {
  for (const id of ids) {
    const { totals } = await server.json(`${api}/${id}`);
    const trees = await all(`${api}/${id}/trees`);
    for (const { root } of trees) {
      const { summary, anon_vmas, vmas } = await server.json(`${api}/${id}/trees/${root}`);
      const parents = new Map(anon_vmas.map((anon_vma) => [anon_vma.id, anon_vma.depth]));
      assert.equal(anon_vmas.filter((anon_vma) => anon_vma.reusable).length, summary.reusable_anon_vmas);
      for (const { reusable, num_active_vmas, num_children } of anon_vmas)
        assert.equal(reusable, num_active_vmas === 0 && num_children < 2);
      for (const vma of vmas)
        assert.equal(
          vma.reused,
          vma.chain.some((anon_vma) => parents.get(anon_vma) > parents.get(vma.anon_vma)),
        );
      assert.equal(vmas.filter((vma) => vma.reused).length, summary.reused_vmas);
    }
    for (const name of [
      "idle_anon_vmas",
      "reusable_anon_vmas",
      "reused_vmas",
      "missed_groups",
      "missed_reuse",
    ])
      assert.equal(
        sum(trees, (tree) => tree[name]),
        totals[name],
        name,
      );
    assert.equal(
      sum(await all(`${api}/${id}/processes`), (row) => row.reused_vmas),
      totals.reused_vmas,
    );
  }
});
