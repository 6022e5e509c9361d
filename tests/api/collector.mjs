/* SPDX-License-Identifier: GPL-2.0-only */
/* Real collectors beside the server. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { scratch } from "./sqlite.mjs";
import { Server } from "./server.mjs";

export const collector =
  process.env.VMASCOPE_COLLECTOR ??
  new URL("../../build/collector/vmascope-collector", import.meta.url).pathname;
export const cannot_walk =
  process.getuid() !== 0 || !existsSync("/sys/kernel/btf/vmlinux")
    ? "needs root and a kernel with BTF"
    : false;

/* A collector of this process, which takes snapshots when asked. */
export async function live_collector(context, db, ...args) {
  const child = spawn(collector, ["--db", db, "--tree", String(process.pid), "--interval", "1h", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  context.after(async () => {
    if (child.kill()) assert.deepEqual(await ended, [0, null]);
  });
  await once(child.stdout, "data");
  return { child, ended };
}

export async function live_server(context) {
  const db = join(scratch(context), "vmascope.db");
  const running = await live_collector(context, db);
  const server = await Server.start("--db", db);
  context.after(() => server.stop());
  return { db, server, ...running };
}

/* A database of what was recorded on a real kernel. */
export function replay(context) {
  const db = join(scratch(context), "demo.db");
  const recording = new URL("../recordings/demo.vmascope", import.meta.url).pathname;
  execFileSync(collector, ["--replay", recording, "--db", db], { stdio: ["ignore", "ignore", "inherit"] });
  return db;
}
