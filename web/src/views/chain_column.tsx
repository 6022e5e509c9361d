/* SPDX-License-Identifier: GPL-2.0-only */
/* The selected VMA, and its chain as a column from its own anon_vma to the root. */
import type { ProcessAnonVma, Vma } from "../api/types";
import { chain_to_root, range_bytes, type AddressSpace, type ChainLink } from "../model/address_space";
import { NONE } from "../model/tree";
import { selected_vma } from "../state/process_state";
import { process_view, select_in_tree } from "../state/route";
import { address_space } from "../state/strip_state";
import { printable } from "../text/labels";
import { bytes, count, plural, range } from "../text/units";
import { Look } from "./look";
import { AnonVma, Link } from "./parts";
import { Term } from "./term";

/** Of a longer chain, the links nearest to the VMA and those nearest to the root. */
const SHOWN_OWN = 40;
const SHOWN_ROOT = 10;

function shape_of(anon_vma: ProcessAnonVma): { shape: string; says: string } {
  const is_root = anon_vma.parent === null;
  const idle = anon_vma.num_active_vmas === 0;
  if (is_root) return { shape: idle ? "idle-root" : "root", says: idle ? "idle root" : "root" };
  if (!idle) return { shape: "active", says: "active" };
  return anon_vma.reusable
    ? { shape: "idle reusable", says: "idle, reusable" }
    : { shape: "idle", says: "idle" };
}

function Owner({ anon_vma }: { anon_vma: ProcessAnonVma }) {
  const { process, active_mms, own_vmas } = anon_vma;
  if (!process) return <>nobody has it active</>;
  return (
    <span>
      <Link to={process_view(process.pid)}>
        {printable(process.comm)} {process.pid}
      </Link>
      {active_mms > 1 && ` and ${plural(active_mms - 1, "more mm")}`}
      {own_vmas > 0 && `, ${plural(own_vmas, "VMA")} here`}
    </span>
  );
}

function ChainItem({ link, vma, space }: { link: ChainLink; vma: Vma; space: AddressSpace }) {
  const { id, anon_vma } = link;
  if (!anon_vma) return <li>#{id}</li>;
  const { shape, says } = shape_of(anon_vma);
  const missed = space.groups.find((group) => group.anon_vmas.includes(id));
  return (
    <li aria-current={id === vma.anon_vma ? "true" : undefined}>
      <p>
        <span class={`shape ${missed ? "missed" : shape}`} />
        <Look look={space.look_of.get(id)} />
        <strong>
          <AnonVma id={id} root={anon_vma.root} />
        </strong>
        <span>
          {says}
          {id === vma.anon_vma && says !== "active" && ", active here"}
          {id === vma.anon_vma && vma.reused && ", reused"}
        </span>
      </p>
      <p>
        <Owner anon_vma={anon_vma} />
      </p>
      <p class="faint">
        {anon_vma.described ? (
          <>
            <span>num_children {count(anon_vma.num_children)}</span>
            <span>num_active_vmas {count(anon_vma.num_active_vmas)}</span>
          </>
        ) : (
          "vanished before its counters were read"
        )}
      </p>
      {missed && id === vma.anon_vma && (
        <p class="missed-text">
          one of {count(missed.anon_vmas.length)} under #{missed.parent} where one would have done
        </p>
      )}
    </li>
  );
}

function Chain({ vma, space }: { vma: Vma; space: AddressSpace }) {
  const links = chain_to_root(space, vma.chain);
  const cut = links.length > SHOWN_OWN + SHOWN_ROOT ? links.length - SHOWN_OWN - SHOWN_ROOT : 0;
  const item = (link: ChainLink) => <ChainItem key={link.id} link={link} vma={vma} space={space} />;
  return (
    <ol class="chain-column" aria-label="Chain, from its own anon_vma to the root">
      {(cut ? links.slice(0, SHOWN_OWN) : links).map(item)}
      {cut > 0 && <li class="faint">{count(cut)} more</li>}
      {cut > 0 && links.slice(-SHOWN_ROOT).map(item)}
    </ol>
  );
}

export function ChainColumn() {
  const space = address_space.value;
  const row = selected_vma.value;
  const vma = row === NONE ? undefined : space.vmas[row];
  if (!vma)
    return (
      <div class="chosen-vma">
        <h2>
          <Term name="chain">Chain</Term>
        </h2>
        <p class="prose">
          Select a VMA in the strip or in the table to see every anon_vma that its pages may belong to, from
          its own to the root.
        </p>
      </div>
    );
  return (
    <div class="chosen-vma" aria-live="polite">
      <h2>
        {range(vma.vm_start, vma.vm_end)} {vma.permissions}
      </h2>
      <p class="mono clip" title={vma.path ?? undefined}>
        {bytes(range_bytes(vma.vm_start, vma.vm_end))}{" "}
        {vma.path === null
          ? vma.name === null
            ? "anonymous"
            : `[${printable(vma.name)}]`
          : printable(vma.path)}
      </p>
      {vma.anon_vma === null ? (
        <p class="prose">
          No anon_vma: nothing was written through it yet. The first write makes one, or takes that of a
          neighbour it could merge with.
        </p>
      ) : (
        <>
          <h3>
            <Term name="chain">Chain</Term> of {plural(vma.chain.length, "AVC")}, own to root
            {vma.root !== null && (
              <>
                {" · "}
                <Link to={select_in_tree(vma.root, { what: "anon_vma", id: vma.anon_vma })}>
                  in tree #{vma.root}
                </Link>
              </>
            )}
          </h3>
          <Chain vma={vma} space={space} />
        </>
      )}
    </div>
  );
}
