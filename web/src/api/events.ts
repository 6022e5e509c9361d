/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the server tells on its own. Read with fetch(), as an EventSource cannot
 * send a token.
 */

export interface ServerEvent {
  name: string;
  /** Where to go on from after a pause; null: it does not move that place. */
  id: number | null;
  data: unknown;
}

/** Takes the stream's text as it comes and gives the events that are whole. */
export class EventReader {
  private rest = "";
  /** How long the server wants to be left alone before the next try. */
  retry_ms: number | null = null;

  read(text: string): ServerEvent[] {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => this.event_of(block));
  }

  private event_of(block: string): ServerEvent[] {
    const fields = new Map<string, string>();
    for (const line of block.split("\n")) {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (name) fields.set(name, value);
    }
    const retry = Number(fields.get("retry"));
    if (retry > 0) this.retry_ms = retry;
    const name = fields.get("event");
    const data = fields.get("data");
    if (name === undefined || data === undefined) return [];
    const id = fields.get("id");
    return [{ name, id: id === undefined ? null : Number(id), data: JSON.parse(data) as unknown }];
  }
}

/** The server says something at least every 15 s; a stream that is silent for longer is dead. */
const SILENCE_MS = 40_000;

/** Reads to the stream's end. */
export async function read_events(
  body: ReadableStream<Uint8Array>,
  reader: EventReader,
  take: (event: ServerEvent) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const chunks = body.getReader();
  for (;;) {
    const silence = setTimeout(() => void chunks.cancel(), SILENCE_MS);
    const { done, value } = await chunks.read().finally(() => clearTimeout(silence));
    if (done) return;
    for (const event of reader.read(decoder.decode(value, { stream: true }))) take(event);
  }
}
