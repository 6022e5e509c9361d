/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks for the token that the server wants. */
import { useSignal } from "@preact/signals";
import { answer_token, refuse_token, token_question } from "../api/token";
import { Modal } from "./modal";

function Question({ why }: { why: string }) {
  const text = useSignal("");
  const wrong = useSignal("");
  return (
    <Modal label="Token" closed={() => answer_token(null)}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const given = text.peek().trim();
          wrong.value = refuse_token(given) ?? "";
          if (!wrong.peek()) answer_token(given);
        }}
      >
        <h2>Token</h2>
        <p>{why}</p>
        <label class="field">
          <span>Token</span>
          <input
            data-first
            type="password"
            autocomplete="off"
            value={text.value}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        </label>
        <p class={wrong.value ? "wrong" : "hidden"} role="alert">
          {wrong.value}
        </p>
        <p class="faint">It is kept until this tab is closed, and sent to this server only.</p>
        <div class="actions">
          <button type="submit" class="primary">
            Use it
          </button>
          <button type="button" onClick={() => answer_token(null)}>
            Cancel
          </button>
        </div>
      </form>
    </Modal>
  );
}

export function TokenForm() {
  const why = token_question.value;
  return why === null ? null : <Question why={why} />;
}
