/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real processes (scene.c), the real collector that walks them and nothing else,
 * and the real server on its database. All end with the test.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { collector } from "../api/collector.mjs";
import { Server } from "../api/server.mjs";

const scene =
  process.env.VMASCOPE_SCENE ?? new URL("../../build/debug/tests/end_to_end/scene", import.meta.url).pathname;

const hex = (bytes) => `x${Buffer.from(bytes).toString("hex")}`;

export class Scene {
  /* What it executes is a copy at that path. */
  static async start(context, path) {
    copyFileSync(scene, path);
    chmodSync(path, 0o755);
    const started = new Scene();
    started.child = spawn(path, { stdio: ["pipe", "pipe", "inherit"] });
    started.pid = started.child.pid;
    started.lines = createInterface(started.child.stdout)[Symbol.asyncIterator]();
    const ended = once(started.child, "close");
    context.after(async () => {
      started.child.stdin.end();
      assert.deepEqual(await ended, [0, null]);
    });
    assert.deepEqual(await started.answer(), []);
    return started;
  }

  /* Pids of the processes that came. */
  async answer() {
    const { value } = await this.lines.next();
    assert.match(value ?? "(the scene ended)", /^ok( \d+)*$/);
    return value.split(" ").slice(1).map(Number);
  }

  order(line) {
    this.child.stdin.write(`${line}\n`);
    return this.answer();
  }

  map(count) {
    return this.order(`map ${count}`);
  }

  fork(name, count = 1) {
    return this.order(`fork ${hex(name)} ${count}`);
  }

  descend(name, count) {
    return this.order(`descend ${hex(name)} ${count}`);
  }

  orphan(name) {
    return this.order(`orphan ${hex(name)}`);
  }

  run(name, path, text) {
    return this.order(`run ${hex(name)} ${hex(path)} ${hex(text)}`);
  }
}

export class Collector {
  /* Takes a snapshot at once, and then when asked. */
  static async start(context, db, tree, ...args) {
    const started = new Collector();
    started.output = "";
    started.child = spawn(collector, ["--db", db, "--tree", String(tree), "--interval", "1h", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(started.child, "close");
    const first = once(started.child.stdout, "data");
    for (const name of ["stdout", "stderr"])
      started.child[name].setEncoding("utf8").on("data", (text) => (started.output += text));
    context.after(async () => {
      started.child.kill();
      assert.deepEqual(await ended, [0, null], started.output);
    });
    await Promise.race([first, ended.then(() => assert.fail(`the collector ended: ${started.output}`))]);
    return started;
  }
}

export async function start_server(context, db, ...args) {
  const server = await Server.start("--db", db, ...args);
  context.after(() => server.stop());
  return server;
}

/** Takes a snapshot through the server; its document. */
export async function take_snapshot(server, label = null) {
  const answer = await server.send("POST", "/api/v1/snapshots", { label });
  assert.equal(answer.status, 201, String(answer.body));
  return answer.json;
}

/** {db, scene, collector, server} in a directory of its own. */
export async function start_world(context, directory, name = "webserver", prepare = async () => {}) {
  const db = join(directory, "vmascope.db");
  const scene = await Scene.start(context, join(directory, name));
  await prepare(scene);
  const collector = await Collector.start(context, db, scene.pid);
  return { db, scene, collector, server: await start_server(context, db) };
}
