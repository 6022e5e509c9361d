/* SPDX-License-Identifier: GPL-2.0-only */
/* A number or nothing. */

export function NumberField({
  id,
  name,
  unit = "",
  hint,
  value,
  on_value,
}: {
  id?: string;
  name: string;
  unit?: string;
  hint: string;
  /** Null: none. */
  value: number | null;
  on_value: (value: number | null) => void;
}) {
  return (
    <label class="check" title={hint}>
      {name}
      <input
        id={id}
        type="search"
        class="search short"
        inputMode="numeric"
        placeholder="any"
        aria-label={`${name} ${unit}: ${hint}`}
        value={value ?? ""}
        autocomplete="off"
        onInput={(event) => event.currentTarget.value === "" && on_value(null)}
        onChange={(event) => {
          const text = event.currentTarget.value.replace(/^#/, "").trim();
          if (/^[0-9]{1,12}$/.test(text)) on_value(Number(text));
          else event.currentTarget.value = value === null ? "" : String(value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (event.currentTarget.value) on_value(null);
          else event.currentTarget.blur();
          event.stopPropagation();
        }}
      />
      {unit}
    </label>
  );
}
