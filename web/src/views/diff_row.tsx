/* SPDX-License-Identifier: GPL-2.0-only */
/* One change, field by field, and the way to the object in either snapshot. */
import type { ComponentChildren } from "preact";
import type { DiffRow, DiffSection, DiffValue } from "../api/types";
import { row_place, side_of, with_size } from "../model/diff_rows";
import { summary } from "../state/diff_state";
import { adjust_diff } from "../state/location";
import { process_view, tree_view, type View } from "../state/route";
import { snapshot } from "../state/snapshots";
import { changed_fields, field_name, row_change, row_name, STATE_HINTS, value_text } from "../text/diff_rows";
import { bytes, count, plural, signed } from "../text/units";
import { ChangeSign } from "./change_sign";
import { RouteLink } from "./parts";

/** Of two numbers that are amounts; empty for ids and the like. */
function difference(field: string, before: DiffValue | undefined, after: DiffValue | undefined): string {
  if (typeof before !== "number" || typeof after !== "number") return "";
  if (/(^|_)(id|root|parent|ppid|uid|anon_vma|rule)$/.test(field)) return "";
  return signed(after - before, field.endsWith("bytes") ? bytes : count);
}

function FieldRow({ field, row }: { field: string; row: DiffRow }) {
  const before = row.before?.[field];
  const after = row.after?.[field];
  return (
    <tr>
      <th scope="row" title={field}>
        {field_name(field)}
      </th>
      <td class="num">{row.before ? value_text(field, before) : <span class="faint">–</span>}</td>
      <td class="num">{row.after ? value_text(field, after) : <span class="faint">–</span>}</td>
      <td class="num strong">{difference(field, before, after)}</td>
    </tr>
  );
}

/** A value that would not be missed where the whole object came or went. */
function is_plain(value: DiffValue): boolean {
  return value === null || value === 0 || value === false;
}

function FieldTable({ row, fields }: { row: DiffRow; fields: string[] }) {
  const ends = summary.value;
  return (
    <table class="fields">
      <thead>
        <tr>
          <th scope="col">field</th>
          <th scope="col" class="num">
            before {ends && `#${ends.from.id}`}
          </th>
          <th scope="col" class="num">
            after {ends && `#${ends.to.id}`}
          </th>
          <th scope="col" class="num">
            change
          </th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <FieldRow key={field} field={field} row={row} />
        ))}
      </tbody>
    </table>
  );
}

/** A link for each side that has the object. */
function Places({ row, to, children }: { row: DiffRow; to: View; children: ComponentChildren }) {
  const ends = summary.value;
  if (!ends) return null;
  return (
    <>
      <span>{children}:</span>
      {row.before && <RouteLink to={{ snapshot: ends.from.id, view: to }}>in #{ends.from.id}</RouteLink>}
      {row.after && <RouteLink to={{ snapshot: ends.to.id, view: to }}>in #{ends.to.id}</RouteLink>}
    </>
  );
}

export function RowDetails({ row: listed, of }: { row: DiffRow; of: DiffSection }) {
  const row = of === "vmas" ? with_size(listed) : listed;
  const changed = changed_fields(row);
  const all = Object.keys(side_of(row));
  const whole = row.changed_fields === null;
  const shown = whole ? all.filter((field) => !is_plain(side_of(row)[field])) : changed;
  const others = all.filter((field) => !shown.includes(field));
  const place = row_place(of, row);
  return (
    <div class="row-details" role="region" aria-label="The selected change">
      <div class="heading-line">
        <h2>
          <ChangeSign state={row.state} /> {row_name(of, row)}{" "}
          <span class="faint">
            {row.state} · {row_change(of, row, snapshot.value?.thresholds)}
          </span>
        </h2>
        <button type="button" class="icon" aria-label="Close" onClick={() => adjust_diff({ row: null })}>
          ×
        </button>
      </div>
      <p class="jumps places">
        <span class="faint">{STATE_HINTS[row.state]}</span>
        {(of === "processes" || of === "vmas") && row.pid != null && (
          <Places row={row} to={process_view(row.pid)}>
            process {row.pid}
          </Places>
        )}
        {place && (
          <Places row={row} to={tree_view(place.root, place.anon_vma)}>
            tree #{place.root}
          </Places>
        )}
      </p>
      {row.sentence && <p class="sentence">{row.sentence}</p>}
      <FieldTable row={row} fields={shown} />
      {others.length > 0 && (
        <details>
          <summary>
            {plural(others.length, "field")} {whole ? "0 or none" : "unchanged"}
          </summary>
          <FieldTable row={row} fields={others} />
        </details>
      )}
    </div>
  );
}
