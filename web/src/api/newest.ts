/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Newest-only: of several requests for one place on the page only the last
 * asked may write there. Starting a new one aborts the one before it.
 */
import { signal, type Signal } from "@preact/signals";
import { ApiError } from "./problem";

export type Loaded<T> =
  | { state: "idle" }
  | { state: "loading"; last: T | null }
  | { state: "ready"; value: T }
  | { state: "failed"; error: ApiError };

/** What is loaded; while another is on its way, what was loaded before. */
export function last_of<T>(loaded: Loaded<T>): T | null {
  return loaded.state === "ready" ? loaded.value : loaded.state === "loading" ? loaded.last : null;
}

function as_api_error(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, error instanceof Error ? `The page failed: ${error.message}.` : "The page failed.");
}

export class Newest<T> {
  readonly value: Signal<Loaded<T>> = signal<Loaded<T>>({ state: "idle" });
  /** What was asked for last; the same key again is not asked twice. */
  private key: string | null = null;
  private controller: AbortController | null = null;

  load(key: string, ask: (signal: AbortSignal) => Promise<T>): void {
    if (key === this.key && this.value.peek().state !== "failed") return;
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    this.key = key;
    this.value.value = { state: "loading", last: last_of(this.value.peek()) };
    ask(controller.signal).then(
      (value) => {
        if (this.controller === controller) this.value.value = { state: "ready", value };
      },
      (error: unknown) => {
        if (this.controller !== controller || controller.signal.aborted) return;
        this.value.value = { state: "failed", error: as_api_error(error) };
      },
    );
  }

  /** What is known without asking. */
  put(key: string, value: T): void {
    this.clear();
    this.key = key;
    this.value.value = { state: "ready", value };
  }

  clear(): void {
    this.controller?.abort();
    this.controller = null;
    this.key = null;
    this.value.value = { state: "idle" };
  }
}
