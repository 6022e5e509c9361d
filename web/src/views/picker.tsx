/* SPDX-License-Identifier: GPL-2.0-only */
/* What shows one choice, and opens to choose another. */
import { useSignal, type Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { route } from "../state/location";

/** Of whether it is open, and what its element needs to close: Escape, a press outside, another place. */
export function use_picker() {
  const open = useSignal(false);
  const ref = useRef<HTMLDivElement>(null);
  const now = route.value;
  useEffect(() => {
    open.value = false;
  }, [now]);
  useEffect(() => {
    const outside = (event: Event) => {
      if (!ref.current?.contains(event.target as Node)) open.value = false;
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open.value) return;
    open.value = false;
    event.stopPropagation();
    ref.current?.querySelector<HTMLElement>(".current")?.focus();
  };
  return { open, frame: { ref, onKeyDown } };
}

interface CurrentProps {
  open: Signal<boolean>;
  title?: string;
  children: ComponentChildren;
}

/** The present choice. */
export function Current({ open, title, children }: CurrentProps) {
  return (
    <button
      type="button"
      class="current"
      aria-haspopup="dialog"
      aria-expanded={open.value}
      title={title}
      onClick={() => (open.value = !open.value)}
    >
      {children}
      <span class="faint" aria-hidden="true">
        ▾
      </span>
    </button>
  );
}
