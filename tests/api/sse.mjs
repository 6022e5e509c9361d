/* SPDX-License-Identifier: GPL-2.0-only */
/* A client of server-sent events that keeps to the standard's way of reading. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";

/* Long enough for what is to happen on a busy machine. */
const PATIENCE_MS = 20000;

export class Events {
  /* {status, headers} are those of the answer. */
  static async open(server, path = "/api/v1/events", headers = {}) {
    const events = new Events();
    Object.assign(events, { list: [], comments: 0, retry: null, text: "", ended: false });
    events.request = http.request({ host: "127.0.0.1", port: server.port, path, headers, agent: false });
    events.request.on("error", () => {});
    events.request.end();
    [events.response] = await once(events.request, "response");
    events.status = events.response.statusCode;
    events.headers = events.response.headers;
    events.response.setEncoding("utf8").on("data", (text) => events.take(text));
    events.closed = new Promise((resolve) => events.response.on("close", resolve));
    events.closed.then(() => (events.ended = true));
    return events;
  }

  take(text) {
    this.text += text;
    for (let end; (end = this.text.indexOf("\n\n")) >= 0; this.text = this.text.slice(end + 2))
      this.take_block(this.text.slice(0, end));
    this.wake?.();
  }

  take_block(block) {
    const event = {};
    for (const line of block.split("\n")) {
      assert.match(line, /^(:|(event|id|data|retry): )/, "a line of the protocol");
      if (line.startsWith(":")) this.comments++;
      else event[line.slice(0, line.indexOf(":"))] = line.slice(line.indexOf(":") + 2);
    }
    if (event.retry) this.retry = Number(event.retry);
    if (event.event)
      this.list.push({
        event: event.event,
        id: event.id === undefined ? null : Number(event.id),
        data: JSON.parse(event.data),
      });
  }

  /* Takes the first event that is one of `names` off the list; waits for it. */
  async next(...names) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const at = this.list.findIndex(({ event }) => names.includes(event));
      if (at >= 0) return this.list.splice(at, 1)[0];
      const left = deadline - Date.now();
      assert.ok(left > 0 && !this.ended, `no event ${names}; there are ${JSON.stringify(this.list)}`);
      await this.news(left);
    }
  }

  async news(timeout_ms) {
    let timer;
    await Promise.race([
      new Promise((resolve) => (this.wake = resolve)),
      this.closed,
      new Promise((resolve) => (timer = setTimeout(resolve, timeout_ms))),
    ]);
    clearTimeout(timer);
  }

  close() {
    this.request.destroy();
  }
}
