/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The token that a server may want. Every request waits for the one answer; it
 * is kept as long as the tab is open, and sent to the page's own origin only.
 */
import { signal } from "@preact/signals";
import { keep_token, kept_token } from "./kept_token";

export const token = signal<string | null>(kept_token());

/** Why a token is asked for; null: none is. */
export const token_question = signal<string | null>(null);

let waiting: ((given: boolean) => void)[] = [];

/** How often the question was answered without a token. */
export let times_declined = 0;

/** What is wrong with it as a token, or null. */
export function refuse_token(text: string): string | null {
  return /^[!-~]{16,256}$/.test(text)
    ? null
    : "A token is 16 to 256 letters, digits or signs without a space.";
}

/** Answers the question; null: without a token. */
export function answer_token(given: string | null): void {
  if (given !== null) {
    token.value = given;
    keep_token(given);
  } else times_declined++;
  token_question.value = null;
  const asked = waiting;
  waiting = [];
  for (const answer of asked) answer(given !== null);
}

/**
 * After a refusal of a request that was sent with `used`, and first made when
 * `declined` times no token was given: whether it is worth another try.
 */
export function want_token(used: string | null, declined: number): Promise<boolean> {
  if (token.peek() !== used) return Promise.resolve(true);
  /* Many requests are refused at once, some of them late: no is no for them all. */
  if (declined !== times_declined) return Promise.resolve(false);
  token_question.value =
    used === null
      ? "This server answers only with a token: one of those in the file of its --token-file."
      : "The server does not know this token. Give one of those in the file of its --token-file.";
  return new Promise((resolve) => waiting.push(resolve));
}

/** Resolves when there is another token. */
export function token_changes(): Promise<void> {
  const now = token.peek();
  return new Promise((resolve) => {
    const stop = token.subscribe((text) => {
      if (text === now) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}
