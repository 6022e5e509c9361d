/* SPDX-License-Identifier: GPL-2.0-only */
/* The two snapshots that are compared, and the way to others. */
import { useSignal } from "@preact/signals";
import type { DiffEnd } from "../api/types";
import { label_of, read_revision, type SnapshotRef } from "../model/revision";
import { compare, from_ref, summary, swap, swapped, view } from "../state/diff_state";
import { route } from "../state/location";
import type { Route } from "../state/route";
import { format_route } from "../state/route_format";
import { kept_ends, snapshot_id } from "../state/snapshots";
import { printable, snapshot_name } from "../text/labels";
import { duration, local_time } from "../text/units";
import { KeyButton } from "./buttons";
import { SnapshotList } from "./header";
import { Current, use_picker } from "./picker";

function EndText({ end, asked }: { end: DiffEnd | null; asked: SnapshotRef | null }) {
  if (!end) return <span class="faint">{asked === null ? "choose" : snapshot_name(asked)}</span>;
  return (
    <>
      <span class="strong">#{end.id}</span> <span class="when">{local_time(end.taken_at)}</span>
      {end.label && <span class="label">{printable(end.label)}</span>}
      {end.tree_tgid !== null && <span class="badge">only pid {end.tree_tgid} and below</span>}
      {!end.quality.complete && <span class="badge bad">incomplete</span>}
    </>
  );
}

/** A field for an id, a label or a time, and the snapshots there are. */
function Choices({
  name,
  shown,
  pick,
}: {
  name: string;
  shown: number | null;
  pick: (ref: SnapshotRef) => void;
}) {
  return (
    <SnapshotList shown={shown} pick={pick}>
      <form
        class="revision"
        onSubmit={(event) => {
          event.preventDefault();
          const ref = read_revision(new FormData(event.currentTarget).get("revision") as string);
          if (ref !== null) pick(ref);
        }}
      >
        <input
          name="revision"
          class="search"
          placeholder="id, label, or 2026-11-21 02:33"
          aria-label={`${name}: id, label or local time of a snapshot`}
          autocomplete="off"
          spellcheck={false}
        />
        <button type="submit">Compare</button>
      </form>
    </SnapshotList>
  );
}

function End({
  name,
  end,
  asked,
  pick,
}: {
  name: string;
  end: DiffEnd | null;
  asked: SnapshotRef | null;
  pick: (ref: SnapshotRef) => void;
}) {
  const { open, frame } = use_picker();
  return (
    <div class="picker end" {...frame}>
      <span class="faint">{name}</span>
      <Current open={open}>
        <EndText end={end} asked={asked} />
      </Current>
      {open.value && <Choices name={name} shown={end?.id ?? null} pick={pick} />}
    </div>
  );
}

/** How long from one to the other; times are told to the second. */
export function distance_text(from: DiffEnd, to: DiffEnd): string {
  const ns = (Date.parse(to.taken_at) - Date.parse(from.taken_at)) * 1e6;
  if (ns === 0) return "at the same time";
  return `${duration(Math.abs(ns))} ${ns > 0 ? "later" : "earlier"}`;
}

/** The same for who opens it later: by id, but for what was given by label. */
function shared_route(): { to: Route; kept: string } | null {
  const loaded = summary.peek();
  const now = view.peek();
  if (!loaded || !now) return null;
  const asked = { from: now.from, to: route.peek().snapshot };
  const names: string[] = [];
  const lasting = (end: "from" | "to"): SnapshotRef => {
    const label = label_of(asked[end]);
    names.push(label === null ? `${end} is #${loaded[end].id}` : `${end} is label ${printable(label)}`);
    return label === null ? loaded[end].id : (asked[end] as SnapshotRef);
  };
  const from = lasting("from");
  const to = lasting("to");
  const follows = [asked.from, asked.to].some((ref) => label_of(ref) !== null);
  const kept = names.join(", ") + (follows ? " (whichever has the label last)" : "");
  return { to: { snapshot: to, view: { ...now, from } }, kept };
}

function Share() {
  const said = useSignal("");
  const share = async () => {
    const shared = shared_route();
    if (!shared) return;
    const url = new URL(format_route(shared.to), location.href).href;
    try {
      await navigator.clipboard.writeText(url);
      said.value = `Link copied: ${shared.kept}.`;
    } catch {
      /* Not a secure context, or not allowed: the address bar has it then. */
      history.replaceState(null, "", url);
      said.value = `This browser does not let the page copy; the link is in the address bar: ${shared.kept}.`;
    }
  };
  return (
    <>
      <button type="button" disabled={!summary.value} onClick={() => void share()}>
        Copy link
      </button>
      <span class="faint said" role="status">
        {said.value}
      </span>
    </>
  );
}

/** All of the history at once, unless that is what is shown. */
function Whole() {
  const loaded = summary.value;
  if (!kept_ends.value) return null;
  const [first, last] = kept_ends.value;
  if (loaded?.from.id === first && loaded.to.id === last) return null;
  return (
    <button type="button" onClick={() => compare(first, last)}>
      first → last: #{first} → #{last}
    </button>
  );
}

export function Ends() {
  const now = view.value;
  const loaded = summary.value;
  const to_ref = route.value.snapshot;
  if (!now) return null;
  /* While others are on their way, what is shown is still of the old ones. */
  const to_asked = to_ref === "latest" ? snapshot_id.value : to_ref;
  return (
    <div class="tools ends">
      <End
        name="from"
        end={loaded?.from ?? null}
        asked={from_ref.value}
        pick={(ref) => compare(ref, route.peek().snapshot)}
      />
      <KeyButton
        name="Swap the two snapshots"
        hint="Swap the two"
        shortcut="x"
        disabled={!loaded}
        on_press={swap}
      >
        ⇄
      </KeyButton>
      <End name="to" end={loaded?.to ?? null} asked={to_asked} pick={(ref) => compare(keep_from(), ref)} />
      {loaded && loaded.from.id !== loaded.to.id && (
        <span class="strong num">{distance_text(loaded.from, loaded.to)}</span>
      )}
      <Whole />
      <span class="grow" />
      <Share />
    </div>
  );
}

/** Choosing another end leaves the first where it is. */
function keep_from(): SnapshotRef | null {
  return swapped()?.to ?? from_ref.peek();
}
