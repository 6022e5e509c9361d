/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a list and what is said of its selected row stand side by side, as app.css has it. */
import { signal } from "@preact/signals";

const query = matchMedia("(min-width: 961px)");

export const wide = signal(query.matches);
query.addEventListener("change", () => (wide.value = query.matches));
