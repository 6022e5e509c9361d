/* SPDX-License-Identifier: GPL-2.0-only */
/* What the policies of fork() save against the kernel's own, in a line. */
import type { ForkDocument, ForkPolicy } from "../api/types";
import { bytes, count } from "./units";

/** anon_vmas saved by the chosen policy, and by each of the others that saves or costs anything. */
export interface Outcome {
  chosen: string;
  others: string;
}

export function outcome_of({ policies, policy, kernel_policy }: ForkDocument): Outcome | null {
  const kernel = policies.find((each) => each.policy === kernel_policy);
  if (!kernel) return null;
  const saved = (each: ForkPolicy) => {
    const fewer = kernel.anon_vmas - each.anon_vmas;
    const less = kernel.bytes - each.bytes;
    const rules = each.violations.length > 0 ? " !" : "";
    return less === 0
      ? ""
      : `${each.policy} ${fewer ? `${count(fewer)} = ` : ""}${less < 0 ? "−" : ""}${bytes(Math.abs(less))}${rules}`;
  };
  const other = policies.find((each) => each.policy === policy && each !== kernel);
  const others = policies.filter((each) => each !== other).map(saved);
  return {
    chosen: other ? saved(other) || `${policy} nothing` : "",
    others: others.filter(Boolean).join(", ") || "no other",
  };
}
