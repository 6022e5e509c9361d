/* SPDX-License-Identifier: GPL-2.0-only */
/* A dialog above the page: Escape and a click beside it close it, the page's keys rest. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface ModalProps {
  label: string;
  closed: () => void;
  children: ComponentChildren;
}

/** There as long as it is rendered; `closed` must end that. */
export function Modal({ label, closed, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    /* Without a first field the dialog itself: it is read from its top, and scrolls by key. */
    (element?.querySelector<HTMLElement>("[data-first]") ?? element)?.focus();
    element?.scrollTo(0, 0);
    /* The browser gives the focus back only to where it was when it is closed, not taken away. */
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="modal"
      tabIndex={-1}
      aria-label={label}
      onClose={closed}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== "Escape") return;
        /* At once: the browser's own event comes when the next key may have opened another. */
        event.preventDefault();
        closed();
      }}
      onPointerDown={(event) => event.target === dialog.current && closed()}
    >
      <div class="sheet">{children}</div>
    </dialog>
  );
}
