/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a term means, where it stands: on hover, on keyboard focus and on a tap. The
 * explanation can be pointed at, stays until it is left, and Esc dismisses it without
 * moving the focus (WCAG 1.4.13). One tip for the page: cells cut off what sticks out.
 */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { GLOSSARY, type Entry, type TermName } from "../text/glossary";

const TIP_ID = "term-tip";
/** Long enough to move the pointer from the term to its explanation. */
const LEAVE_MS = 250;
const GAP = 4;

interface Shown {
  name: TermName | Entry;
  hint: string | undefined;
  anchor: HTMLElement;
}

const shown = signal<Shown | null>(null);
let leaving: ReturnType<typeof setTimeout> | null = null;

function stay(): void {
  if (leaving !== null) clearTimeout(leaving);
  leaving = null;
}

function hide(): void {
  stay();
  shown.value = null;
}

function leave(): void {
  stay();
  leaving = setTimeout(hide, LEAVE_MS);
}

/** Makes an element say its term, or an entry that only it has. It must be able to take the focus, or say it elsewhere too. */
export function explains(name: TermName | Entry, hint?: string) {
  const show = (event: Event) => {
    stay();
    shown.value = { name, hint, anchor: event.currentTarget as HTMLElement };
  };
  return {
    "aria-describedby": shown.value?.name === name ? TIP_ID : undefined,
    onPointerEnter: (event: PointerEvent) => event.pointerType === "mouse" && show(event),
    onPointerLeave: (event: PointerEvent) => event.pointerType === "mouse" && leave(),
    onPointerUp: (event: PointerEvent) => event.pointerType !== "mouse" && show(event),
    onFocus: show,
    onBlur: hide,
  };
}

export function Term({ name, children }: { name: TermName; children?: ComponentChildren }) {
  return (
    <span class="term" tabIndex={0} {...explains(name)}>
      {children ?? GLOSSARY[name].term}
    </span>
  );
}

/** Below the term, or above it where there is no room; never outside the window. */
function place(tip: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(at.left, innerWidth - width - GAP));
  const below = at.bottom + GAP + height <= innerHeight;
  tip.style.left = `${left}px`;
  tip.style.top = `${below ? at.bottom + GAP : Math.max(GAP, at.top - GAP - height)}px`;
}

/** The one tip; once in the page. */
export function TermTip() {
  const tip = useRef<HTMLDivElement>(null);
  const now = shown.value;
  useLayoutEffect(() => {
    if (tip.current && now) place(tip.current, now.anchor);
  }, [now]);
  useEffect(() => {
    if (!now) return undefined;
    const stop = new AbortController();
    const { signal: until } = stop;
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      hide();
      event.stopPropagation();
      event.preventDefault();
    };
    const elsewhere = (event: Event) => {
      const target = event.target as Node;
      if (!now.anchor.contains(target) && !tip.current?.contains(target)) hide();
    };
    document.addEventListener("keydown", escape, { signal: until, capture: true });
    document.addEventListener("pointerdown", elsewhere, { signal: until, capture: true });
    document.addEventListener("scroll", hide, { signal: until, capture: true });
    return () => stop.abort();
  }, [now]);
  if (!now) return null;
  const { term, says } = typeof now.name === "string" ? GLOSSARY[now.name] : now.name;
  return (
    <div ref={tip} id={TIP_ID} class="term-tip" role="tooltip" onPointerEnter={stay} onPointerLeave={leave}>
      <strong>{term}</strong> {says}.{now.hint && <span class="faint"> Here: {now.hint}.</span>}
    </div>
  );
}
