/* SPDX-License-Identifier: GPL-2.0-only */
/* What names a snapshot, as the server takes it, and what a reader writes for it. Pure. */
import { natural } from "./natural";

/** An id, "latest", "latest~2" (before the newest), "label:NAME" or an RFC 3339 time. */
export type SnapshotRef = number | string;

const LOCAL_TIME = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?$/;

/** Of text that is not escaped; null: it names no snapshot. */
export function parse_snapshot(text: string | null | undefined): SnapshotRef | null {
  const id = natural(text);
  if (id !== null) return id || null;
  if (!text || text.length > 200) return null;
  return /^(latest(~[0-9]{1,9})?|label:.+|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[-+][0-9:]+))$/.test(text)
    ? text
    : null;
}

/**
 * `12` and `#12` are ids; `2026-11-21 02:33` is local time, and stands for the last
 * snapshot up to its end; what is nothing else is a label. Null: nothing is written.
 */
export function read_revision(written: string): SnapshotRef | null {
  const text = written.trim();
  const local = LOCAL_TIME.exec(text);
  if (local) {
    const [year, month, day, hour, minute] = local.slice(1, 6).map(Number);
    const second = local[6] === undefined ? 59 : Number(local[6]);
    const time = new Date(year, month - 1, day, hour, minute, second, 999);
    if (!Number.isNaN(time.getTime())) return time.toISOString();
  }
  const known = parse_snapshot(text.replace(/^#(?=[0-9])/, ""));
  if (known !== null) return known;
  return text === "" ? null : `label:${text}`;
}

/** The label that a reference goes by; null: it goes by something else. */
export function label_of(ref: SnapshotRef | null): string | null {
  return typeof ref === "string" && ref.startsWith("label:") ? ref.slice("label:".length) : null;
}
