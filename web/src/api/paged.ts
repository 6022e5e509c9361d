/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list that arrives page by page. `reset` starts over for another key
 * (another snapshot, another sort); replies of the old key are dropped.
 */
import { signal, type Signal } from "@preact/signals";
import { ApiError } from "./problem";
import type { List } from "./types";

export type AskPage<T> = (cursor: string | null, signal: AbortSignal) => Promise<List<T>>;

export interface PagedState<T> {
  rows: T[];
  /** Null: all rows are here. */
  next: string | null;
  loading: boolean;
  /** False until the first page of this key arrived. */
  started: boolean;
  error: ApiError | null;
}

function empty<T>(): PagedState<T> {
  return { rows: [], next: null, loading: false, started: false, error: null };
}

export class Paged<T> {
  readonly state: Signal<PagedState<T>> = signal(empty<T>());
  private key: string | null = null;
  private ask: AskPage<T> | null = null;
  private controller: AbortController | null = null;

  reset(key: string, ask: AskPage<T>): void {
    if (key === this.key) {
      const { started, error } = this.state.peek();
      if (!started && error) void this.more();
      return;
    }
    this.controller?.abort();
    this.controller = null;
    this.key = key;
    this.ask = ask;
    this.state.value = empty();
    void this.fetch(null);
  }

  /** Asks for the first page again, keeping what is shown until it is here. */
  async refresh(): Promise<void> {
    this.controller?.abort();
    this.controller = null;
    await this.fetch(null);
  }

  /** Rows that came before the first, or the same ones changed. */
  put(change: (rows: T[]) => T[]): void {
    const now = this.state.peek();
    this.state.value = { ...now, rows: change(now.rows) };
  }

  async more(): Promise<void> {
    const { loading, next, started, error } = this.state.peek();
    if (loading) return;
    if (!started || (error && next === null)) return this.fetch(null);
    if (next !== null) await this.fetch(next);
  }

  /** At the end of the rows; after a failure only who asks for it tries again. */
  readonly more_at_end = (): void => {
    const { next, error } = this.state.peek();
    if (next !== null && !error) void this.more();
  };

  private async fetch(cursor: string | null): Promise<void> {
    if (!this.ask) return;
    const controller = new AbortController();
    this.controller = controller;
    this.state.value = { ...this.state.peek(), loading: true, error: null };
    try {
      const page = await this.ask(cursor, controller.signal);
      if (this.controller !== controller) return;
      const rows = cursor === null ? page.data : [...this.state.peek().rows, ...page.data];
      this.state.value = { rows, next: page.next, loading: false, started: true, error: null };
    } catch (error) {
      if (this.controller !== controller || controller.signal.aborted) return;
      const known = error instanceof ApiError ? error : new ApiError(0, `The page failed: ${String(error)}.`);
      this.state.value = { ...this.state.peek(), loading: false, error: known };
    }
  }
}
