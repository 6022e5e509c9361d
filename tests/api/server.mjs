/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts the real server on a port of its own and talks to it, by node:http
 * where a proper client is enough, else by bytes on a socket.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { create_database } from "./small_topology.mjs";
import { scratch } from "./sqlite.mjs";

export const program =
  process.env.VMASCOPE_SERVER ?? new URL("../../build/server/vmascope-server", import.meta.url).pathname;

/* Runs the program to its end. */
export const run = (...args) => run_as({}, ...args);

/* Another user need not be able to read where the program was built. */
function program_of(user) {
  if (!user.uid) return user.program ?? program;
  const directory = mkdtempSync(join(tmpdir(), "vmascope-program-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  const copy = join(directory, "vmascope-server");
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
  return copy;
}

export async function run_as(user, ...args) {
  const child = spawn(program_of(user), args, { ...user, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"])
    child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  const [code, signal] = await once(child, "close");
  return { code, signal, ...output };
}

export class Server {
  static start(...args) {
    return Server.start_as({}, ...args);
  }

  /* user: {uid, gid} to run as, or {program} to run, or {}. */
  static async start_as(user, ...args) {
    const server = new Server();
    server.stderr = "";
    const listen = args.some((word) => /^--listen\b/.test(word)) ? [] : ["--listen", "127.0.0.1:0"];
    server.child = spawn(program_of(user), [...listen, ...args], {
      ...user,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kill = () => server.child.kill("SIGKILL");
    process.on("exit", kill);
    server.ended = once(server.child, "close").finally(() => process.off("exit", kill));
    server.child.stderr.setEncoding("utf8").on("data", (text) => (server.stderr += text));
    server.child.stdout.setEncoding("utf8");
    const [line] = await Promise.race([
      once(server.child.stdout, "data"),
      server.ended.then(() => assert.fail(`the server ended: ${server.stderr}`)),
    ]);
    server.listening = [...line.matchAll(/^listening on (.*)\n/gm)].map((match) => match[1]);
    assert.ok(server.listening.length, `first line: ${line}`);
    server.url = server.listening.find((where) => where.startsWith("http"));
    server.port = server.url && Number(new URL(server.url).port);
    server.hold(false);
    return server;
  }

  /* Whether node waits for the server to end. A test that fails half way never
   * stops its server, and must not keep the others from being reported. */
  hold(wait) {
    for (const end of [this.child, this.child.stdout, this.child.stderr]) wait ? end.ref() : end.unref();
  }

  /* {status, headers, body as it came} and, for JSON, {json}. */
  async request(path, { method = "GET", headers = {}, body, socketPath } = {}) {
    const to = socketPath ? { socketPath } : { host: "127.0.0.1", port: this.port };
    const request = http.request({ ...to, path, method, headers, agent: false });
    request.end(body);
    const [response] = await once(request, "response");
    const chunks = [];
    for await (const chunk of response) chunks.push(chunk);
    const answer = { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
    if (/[/+]json$/.test(answer.headers["content-type"] ?? "") && answer.body.length)
      answer.json = JSON.parse(
        answer.headers["content-encoding"] === "gzip" ? gunzipSync(answer.body) : answer.body,
      );
    return answer;
  }

  /* POST or PATCH with a body, which is made JSON unless it is text. */
  send(method, path, body, headers = {}) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.request(path, {
      method,
      body: text,
      headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text), ...headers },
    });
  }

  async json(path) {
    const answer = await this.request(path);
    assert.equal(answer.status, 200, `${path}: ${answer.body}`);
    assert.equal(answer.headers["content-type"], "application/json");
    return answer.json;
  }

  /* Asserts a problem and returns it. */
  async problem(status, path, options) {
    const answer = await this.request(path, options);
    assert.equal(answer.status, status, `${path}: ${answer.status} ${answer.body}`);
    assert_problem(answer, status);
    return answer.json;
  }

  /* Sends bytes and returns all that comes back until the server closes. */
  async raw(bytes) {
    const socket = net.connect(this.port, "127.0.0.1");
    const chunks = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.write(bytes);
    /* once() would throw at an error, as the server may close while we write */
    await new Promise((resolve) => socket.on("close", resolve));
    return Buffer.concat(chunks).toString("latin1");
  }

  /* Ends it and asserts that it ended well: a sanitizer's report is a failure. */
  async stop(signal = "SIGTERM") {
    this.hold(true);
    this.child.kill(signal);
    const [code] = await this.ended;
    assert.equal(code, 0, this.stderr);
    return this.stderr;
  }
}

export function assert_problem(answer, status) {
  assert.equal(answer.headers["content-type"], "application/problem+json");
  assert.equal(answer.headers["cache-control"], "no-store");
  const { type, title, detail, ...rest } = answer.json;
  assert.deepEqual(rest, { status });
  assert.equal(type, "about:blank");
  assert.ok(title && title !== "Error");
  assert.match(detail, /[.]$/, "the detail is a sentence");
}

/* A server on the small topology, stopped after the test. */
export async function small_server(context, ...args) {
  const db = join(scratch(context), "vmascope.db");
  create_database(db);
  const server = await Server.start("--db", db, ...args);
  server.db = db;
  context.after(() => server.stop());
  return server;
}
