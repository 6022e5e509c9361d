/* SPDX-License-Identifier: GPL-2.0-only */
/* What the process view shows, derived from the loaded VMAs, the simulated child and the route. */
import { computed, signal } from "@preact/signals";
import { last_of } from "../api/newest";
import type { ForkDocument } from "../api/types";
import type { Size } from "../layout/size";
import { longest_name } from "../layout/fork_columns";
import { build_fork, type ForkModel } from "../model/fork";
import { NONE } from "../model/tree";
import { adjust_process, route } from "./location";
import { fork, vmas } from "./store";

/** The child last simulated for this process, while another policy's is on its way. */
export const fork_document = computed<ForkDocument | null>(() => {
  const { view } = route.value;
  const document = last_of(fork.value.value);
  return document && view.name === "process" && document.process.pid === view.pid ? document : null;
});

export const fork_model = computed<ForkModel>(() => build_fork(vmas.state.value.rows, fork_document.value));

export const fork_longest_name = computed(() => longest_name(fork_model.value));

/** Row of the selected VMA, or NONE. */
export const selected_vma = computed<number>(() => {
  const { view } = route.value;
  if (view.name !== "process" || view.select === null) return NONE;
  return fork_model.value.row_of.get(`0x${view.select}`) ?? NONE;
});

export const fork_screen = signal<Size>({ width: 0, height: 0 });
export const fork_scroll = signal(0);
export const fork_hover = signal<number>(NONE);

/** vm_start as the route names it. */
export function vma_key(vm_start: string): string {
  return vm_start.replace(/^0x/, "");
}

export function select_vma(row: number): void {
  const found = fork_model.peek().rows[row];
  adjust_process({ select: found ? vma_key(found.parent.vm_start) : null });
}

export function step_vma(by: 1 | -1): void {
  const { rows } = fork_model.peek();
  if (rows.length === 0) return;
  const from = selected_vma.peek();
  const to = from === NONE ? 0 : Math.min(rows.length - 1, Math.max(0, from + by));
  select_vma(to);
}

export function choose_policy(policy: string): void {
  adjust_process({ policy });
}
