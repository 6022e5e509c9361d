/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address space in memory: its VMAs in address order as typed arrays, each with
 * the look of its active anon_vma. Immutable once built; linear in the VMAs and
 * their chains.
 */
import type { ProcessAnonVma, ProcessAnonVmas, Vma } from "../api/types";
import { NONE } from "./tree";

/** How many colours there are; anon_vmas beyond take them in turns. */
export const HUES = 8;

/** Beside the colours, for those who cannot tell them apart. */
export const PATTERNS = 4;

/**
 * How the anon_vma that appears as the n-th is drawn. Neighbours in this order differ
 * in colour and in pattern; only after 32 does a look come again.
 */
export function hue_of_look(look: number): number {
  return look % HUES;
}

/** Lines cut through the block. */
export function pattern_of_look(look: number): number {
  return (look + Math.floor(look / HUES)) % PATTERNS;
}

/** The same in every picture of a process: its active anon_vmas in address order, then the rest of the chains. */
export function looks_of(vmas: Vma[]): Map<number, number> {
  const looks = new Map<number, number>();
  const add = (id: number | null) => {
    if (id !== null && !looks.has(id)) looks.set(id, looks.size);
  };
  for (const vma of vmas) add(vma.anon_vma);
  for (const vma of vmas) vma.chain.forEach(add);
  return looks;
}

/** Size of an address range given as two hexadecimal strings. */
export function range_bytes(start: string, end: string): number {
  try {
    return Number(BigInt(end) - BigInt(start));
  } catch {
    return 0;
  }
}

export interface AddressSpace {
  vmas: Vma[];
  start: Float64Array;
  end: Float64Array;
  /** Of the active anon_vma; NONE: none. */
  look: Int32Array;
  /** Index into `groups`, or NONE. */
  missed: Int32Array;
  groups: ProcessAnonVmas["missed_groups"];
  look_of: Map<number, number>;
  /** What is known of each anon_vma in the chains; empty until that is loaded. */
  anon_vmas: Map<number, ProcessAnonVma>;
}

/** Addresses are multiples of a page, so a double holds each of them exactly. */
function address_number(text: string): number {
  return Number(text);
}

export function build_address_space(vmas: Vma[], linked: ProcessAnonVmas | null): AddressSpace {
  const groups = linked?.missed_groups ?? [];
  const group_of = new Map<number, number>();
  groups.forEach((group, i) => group.anon_vmas.forEach((id) => group_of.set(id, i)));
  const space: AddressSpace = {
    vmas,
    start: new Float64Array(vmas.length),
    end: new Float64Array(vmas.length),
    look: new Int32Array(vmas.length).fill(NONE),
    missed: new Int32Array(vmas.length).fill(NONE),
    groups,
    look_of: looks_of(vmas),
    anon_vmas: new Map((linked?.anon_vmas ?? []).map((anon_vma) => [anon_vma.id, anon_vma])),
  };
  for (let i = 0; i < vmas.length; i++) {
    const { vm_start, vm_end, anon_vma } = vmas[i];
    space.start[i] = address_number(vm_start);
    space.end[i] = address_number(vm_end);
    if (anon_vma === null) continue;
    space.look[i] = space.look_of.get(anon_vma) ?? NONE;
    space.missed[i] = group_of.get(anon_vma) ?? NONE;
  }
  return space;
}

/** Bytes that lie unmapped before a VMA; none before the first. */
export function gap_before(space: AddressSpace, i: number): number {
  return i > 0 ? Math.max(0, space.start[i] - space.end[i - 1]) : 0;
}

export interface ChainLink {
  id: number;
  /** Null while it is not loaded. */
  anon_vma: ProcessAnonVma | null;
  /** Parents above it, of those that are known. */
  depth: number;
}

function depth_of(anon_vmas: Map<number, ProcessAnonVma>, id: number): number {
  let depth = 0;
  let at = anon_vmas.get(id);
  while (at && at.parent !== null && depth < anon_vmas.size) {
    at = anon_vmas.get(at.parent);
    depth++;
  }
  return depth;
}

/** A chain from its own end to the root: the deepest first, in list order among equals. */
export function chain_to_root(space: AddressSpace, chain: number[]): ChainLink[] {
  const links = chain.map((id) => ({
    id,
    anon_vma: space.anon_vmas.get(id) ?? null,
    depth: depth_of(space.anon_vmas, id),
  }));
  return links.sort((a, b) => b.depth - a.depth);
}
