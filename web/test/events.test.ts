/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of server-sent events, and what is said of a snapshot that came. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventReader } from "../src/api/events";
import { news_sentence } from "../src/text/sentences";

const STREAM =
  'retry: 1500\n\nevent: collector\ndata: {"state":"back"}\n\n: nothing new\n\n' +
  'event: snapshot\nid: 7\ndata: {"label":"a: b"}\n\nevent: reset\nid: 0\ndata: {"latest":null}\n\n';

const EVENTS = [
  { name: "collector", id: null, data: { state: "back" } },
  { name: "snapshot", id: 7, data: { label: "a: b" } },
  { name: "reset", id: 0, data: { latest: null } },
];

test("events are read wherever the stream is cut", () => {
  for (let size = 1; size <= STREAM.length; size++) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...reader.read(STREAM.slice(at, at + size)));
    assert.deepEqual(events, EVENTS, `in pieces of ${size}`);
    assert.equal(reader.retry_ms, 1500);
  }
});

test("what is not whole is no event", () => {
  const reader = new EventReader();
  assert.deepEqual(reader.read('event: snapshot\nid: 7\ndata: {"a":1}\n'), []);
  assert.equal(reader.read("\n").length, 1);
});

test("news say what changed, and nothing of what is not known", () => {
  assert.equal(news_sentence({ id: 130, added: 2, resolved: 0 }), "snapshot #130 · 2 new findings");
  assert.equal(
    news_sentence({ id: 1, added: 1, resolved: 3 }),
    "snapshot #1 · 1 new finding · 3 findings resolved",
  );
  assert.equal(news_sentence({ id: 9, added: null, resolved: null }), "snapshot #9");
});
