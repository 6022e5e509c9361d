/* SPDX-License-Identifier: GPL-2.0-only */
/* What the reader has the collector do: a snapshot now, another label, a pin. */
import { signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { change_snapshot, take_snapshot } from "../api/client";
import type { Snapshot } from "../api/types";
import { collector, show_newest } from "../state/live";
import { load_newer, put_snapshot, snapshot } from "../state/snapshots";
import { Modal } from "./modal";

type Order = { what: "take" } | { what: "taken"; id: number } | { what: "change"; of: Snapshot };

const order = signal<Order | null>(null);
const close = () => (order.value = null);

export function ask_snapshot(): void {
  order.value = { what: "take" };
}

/** Of the snapshot shown. */
export function ask_change(): void {
  const of = snapshot.peek();
  if (of) order.value = { what: "change", of };
}

interface FormProps {
  title: string;
  says: string;
  act: string;
  /** What is wrong is shown as the sentence that it is. */
  submit: () => Promise<void>;
  children: ComponentChildren;
}

function OrderForm({ title, says, act, submit, children }: FormProps) {
  const busy = useSignal(false);
  const wrong = useSignal("");
  const run = async () => {
    if (busy.peek()) return;
    busy.value = true;
    wrong.value = "";
    try {
      await submit();
    } catch (error) {
      wrong.value = error instanceof Error ? error.message : String(error);
    }
    busy.value = false;
  };
  return (
    <Modal label={title} closed={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <h2>{title}</h2>
        <p>{says}</p>
        {children}
        <p class={wrong.value ? "wrong" : "hidden"} role="alert">
          {wrong.value}
        </p>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy.value}>
            {busy.value ? "Waiting for the collector …" : act}
          </button>
          <button type="button" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Modal>
  );
}

function LabelField({ value, on_input }: { value: string; on_input: (text: string) => void }) {
  return (
    <label class="field">
      <span>Label</span>
      <input
        data-first
        value={value}
        maxLength={64}
        placeholder="none"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => on_input(event.currentTarget.value)}
      />
    </label>
  );
}

function Take() {
  const label = useSignal("");
  const idle = collector.value === "none" || collector.value === "stopped";
  return (
    <OrderForm
      title="Snapshot now"
      says={
        idle
          ? "No collector runs on this database: start vmascope-collector first."
          : "The collector takes it at once, without waiting for its interval. A label helps to find it again."
      }
      act="Take it"
      submit={async () => {
        const { id } = await take_snapshot(label.peek().trim() || null);
        void load_newer(id).catch(() => {});
        order.value = { what: "taken", id };
      }}
    >
      <LabelField value={label.value} on_input={(text) => (label.value = text)} />
    </OrderForm>
  );
}

function Change({ of }: { of: Snapshot }) {
  const label = useSignal(of.label ?? "");
  const pinned = useSignal(of.pinned);
  return (
    <OrderForm
      title={`Snapshot #${of.id}`}
      says="The collector deletes old snapshots by its retention options, but none that is pinned."
      act="Save"
      submit={async () => {
        const text = label.peek().trim() || null;
        put_snapshot(
          await change_snapshot(of.id, {
            ...(text === of.label ? {} : { label: text }),
            pinned: pinned.peek(),
          }),
        );
        close();
      }}
    >
      <LabelField value={label.value} on_input={(text) => (label.value = text)} />
      <label class="check">
        <input
          type="checkbox"
          checked={pinned.value}
          onChange={(event) => (pinned.value = event.currentTarget.checked)}
        />
        pinned: never deleted
      </label>
    </OrderForm>
  );
}

function Taken({ id }: { id: number }) {
  return (
    <Modal label="Snapshot now" closed={close}>
      <div class="form">
        <h2>Snapshot #{id} was taken</h2>
        <p>What is shown stays as it is until you want the new one.</p>
        <div class="actions">
          <button
            type="button"
            class="primary"
            data-first
            onClick={() => {
              close();
              void show_newest(id);
            }}
          >
            Show it
          </button>
          <button type="button" onClick={close}>
            Close
          </button>
        </div>
      </div>
    </Modal>
  );
}

export function Orders() {
  const asked = order.value;
  if (asked?.what === "take") return <Take />;
  if (asked?.what === "taken") return <Taken id={asked.id} />;
  if (asked?.what === "change") return <Change of={asked.of} />;
  return null;
}
