/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns what can go wrong with a request into one sentence that says what to
 * do. An ApiError's message is meant to be shown as it is.
 */

/** RFC 9457, as the server sends it. */
interface Problem {
  title?: unknown;
  detail?: unknown;
}

export class ApiError extends Error {
  /** 0 when there was no answer at all. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** What was asked for is not there, and asking again does not help. */
export function is_gone(status: number): boolean {
  return status === 404 || status === 410;
}

export const NO_ANSWER =
  "The server does not answer. Check that vmascope-server still runs on this address, then retry.";

export const NO_TOKEN = "This server answers only with a token. Retry to be asked for it again.";

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** The sentence for a reply with an error status; `body` is its text, whatever it holds. */
export function problem_sentence(status: number, body: string): string {
  let problem: Problem = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null) problem = parsed;
  } catch {
    /* Not JSON: a proxy's page, or the HTTP library's own. Nothing in it is worth showing. */
  }
  const title = typeof problem.title === "string" ? problem.title : "";
  const detail = typeof problem.detail === "string" ? problem.detail : "";
  /* What is missing is enough: what follows is for users of the API. */
  if (detail && is_gone(status)) return sentence(detail.replace(/^(from|to): |; [^;]*$/g, ""));
  if (title && detail) return `${sentence(title)} ${sentence(detail)}`;
  if (title || detail) return sentence(title || detail);
  return `The server answered with status ${status} and no explanation.`;
}
