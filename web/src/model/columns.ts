/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of many rows, kept as the server sends them: to rows, and back. */
import type { Columns } from "../api/types";

/** For the few rows that someone looks at: each is a new object. */
export function row_at<Row extends object>(columns: Columns<Row>, i: number): Row {
  const row = {} as Row;
  for (const name in columns) row[name] = columns[name][i];
  return row;
}

export function columns_of<Row>(rows: readonly Row[], names: readonly (keyof Row)[]): Columns<Row> {
  const columns = {} as { [Name in keyof Row]: Row[Name][] };
  for (const name of names) columns[name] = rows.map((row) => row[name]);
  return columns;
}
