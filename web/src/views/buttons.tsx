/* SPDX-License-Identifier: GPL-2.0-only */
/* Buttons that several views share. */
import type { ComponentChildren } from "preact";

interface KeyButtonProps {
  name: string;
  /** Said on hover, with the key; without: the name. */
  hint?: string;
  shortcut: string;
  /** It holds a word, not a sign. */
  wide?: boolean;
  opens_dialog?: boolean;
  disabled?: boolean;
  on_press: () => void;
  children: ComponentChildren;
}

/** What a key does too; its minus is as wide as its plus. */
export function KeyButton({
  name,
  hint = name,
  shortcut,
  wide,
  opens_dialog,
  disabled,
  on_press,
  children,
}: KeyButtonProps) {
  return (
    <button
      type="button"
      class={wide ? undefined : "icon"}
      title={`${hint}  ${shortcut.replace("-", "−")}`}
      aria-label={name}
      aria-keyshortcuts={shortcut}
      aria-haspopup={opens_dialog ? "dialog" : undefined}
      disabled={disabled}
      onClick={on_press}
    >
      {children}
    </button>
  );
}

/** One of several to choose from; `none`: there is nothing of it. */
export function Chip({
  chosen,
  none,
  title,
  on_press,
  children,
}: {
  chosen: boolean;
  none?: boolean;
  title?: string;
  on_press: () => void;
  children: ComponentChildren;
}) {
  return (
    <button
      type="button"
      class={none ? "chip none" : "chip"}
      aria-pressed={chosen}
      title={title}
      onClick={on_press}
    >
      {children}
    </button>
  );
}

/** Chips of which one is chosen. */
export function Chips({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="chips" role="group" aria-label={label}>
      {children}
    </div>
  );
}
