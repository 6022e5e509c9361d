/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table or tree of any length: only the rows in view exist in the document,
 * and the active one wherever it is. One tab stop; arrow keys move the active
 * row, which is announced through aria-activedescendant.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { TermName } from "../text/glossary";
import { explains } from "./term";

const ROW_HEIGHT = 24;
const LINE_HEIGHT = 18;
const OVERSCAN = 8;

export interface Column<T> {
  key: string;
  title: string;
  /** Follows the title in all but a narrow window. */
  unit?: string;
  /** Said on hover. */
  hint?: string;
  /** Explained on hover, focus and tap, with the hint. */
  term?: TermName;
  /** A CSS grid track. */
  width: string;
  /** The track in a narrow window. */
  narrow?: string;
  numeric?: boolean;
  /** Dropped first when the window is narrow. */
  optional?: boolean;
  /** Only in a very wide window. */
  wide?: boolean;
  /** Below the others, as wide as the row: on so many lines; 0: beside them. */
  lines?: () => number;
  sort?: string;
  cell: (row: T, index: number) => ComponentChildren;
}

export interface TreeInfo {
  level: number;
  expanded?: boolean;
  position: number;
  siblings: number;
}

interface Props<T> {
  id: string;
  label: string;
  columns: Column<T>[];
  count: number;
  row: (index: number) => T;
  /** Makes it a treegrid. */
  tree?: (row: T) => TreeInfo;
  selected?: number;
  /** The active row moved: by key, or by a click when `follow` is set. */
  on_active?: (index: number) => void;
  /** Enter; a click where rows cannot be selected, else a double click. */
  on_open?: (index: number) => void;
  on_key?: (event: KeyboardEvent, index: number) => boolean;
  row_class?: (row: T) => string;
  sort?: string;
  on_sort?: (sort: string) => void;
  /** Shown below the last row: "load more", an error. */
  footer?: ComponentChildren;
  on_end?: () => void;
  /** Total rows known to exist, when more than are loaded. */
  total?: number;
}

function next_sort(current: string | undefined, key: string): string {
  return current === `-${key}` ? key : `-${key}`;
}

function aria_sort(
  current: string | undefined,
  key: string | undefined,
): "ascending" | "descending" | "none" | undefined {
  if (!key) return undefined;
  if (current === key) return "ascending";
  return current === `-${key}` ? "descending" : "none";
}

function cell_classes<T>(column: Column<T>): string {
  const { numeric, optional } = column;
  const below = lines_of(column) ? " below" : "";
  return `cell${numeric ? " num" : ""}${optional ? " optional" : ""}${column.wide ? " wide" : ""}${below}`;
}

function lines_of<T>({ lines }: Column<T>): number {
  return lines?.() ?? 0;
}

function Heading<T>({
  column,
  sort,
  on_sort,
}: {
  column: Column<T>;
  sort?: string;
  on_sort?: (s: string) => void;
}) {
  const key = column.sort;
  const order = aria_sort(sort, key);
  const arrow = order === "ascending" ? "▲" : order === "descending" ? "▼" : "";
  const classes = cell_classes(column);
  const explained = column.term ? explains(column.term, column.hint) : {};
  const title = (
    <>
      {column.title}
      {column.unit && <span class="wide-only"> {column.unit}</span>}
    </>
  );
  return (
    <div role="columnheader" class={classes} aria-sort={order} title={column.term ? undefined : column.hint}>
      {key && on_sort ? (
        <button
          type="button"
          class={column.term ? "sort term" : "sort"}
          tabIndex={column.term ? 0 : -1}
          onClick={() => on_sort(next_sort(sort, key))}
          {...explained}
        >
          {title}
          {arrow && (
            <span class="arrow" aria-hidden="true">
              {arrow}
            </span>
          )}
        </button>
      ) : column.term ? (
        <span class="term" tabIndex={0} {...explained}>
          {title}
        </span>
      ) : (
        title
      )}
    </div>
  );
}

/** The rows worth having in the document, from the scroll position. */
function use_window(count: number, row_height: number) {
  const ref = useRef<HTMLDivElement>(null);
  const [range, set_range] = useState({ from: 0, to: 60 });
  const update = () => {
    const box = ref.current;
    if (!box) return;
    const from = Math.max(0, Math.floor(box.scrollTop / row_height) - OVERSCAN);
    const to = Math.ceil((box.scrollTop + box.clientHeight) / row_height) + OVERSCAN;
    set_range((now) => (now.from === from && now.to === to ? now : { from, to }));
  };
  useLayoutEffect(update, [count, row_height]);
  useEffect(() => {
    const box = ref.current;
    if (!box) return undefined;
    const observer = new ResizeObserver(update);
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  return { ref, range, update };
}

/**
 * The rows of a window and the active one, in order. aria-activedescendant must
 * name an element that exists, also while the window has not followed the active
 * row yet, and when the reader scrolled away from it.
 */
function rows_to_show(from: number, to: number, active: number): number[] {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  if (active < from) rows.unshift(active);
  else if (active >= to) rows.push(active);
  return rows;
}

export function Grid<T>(props: Props<T>) {
  const { id, columns, count, selected = -1 } = props;
  const lines = Math.max(...columns.map(lines_of));
  const row_height = ROW_HEIGHT + lines * LINE_HEIGHT;
  const { ref, range, update } = use_window(count, row_height);
  const [own_active, set_own_active] = useState(0);
  const active = selected >= 0 ? selected : Math.min(own_active, Math.max(0, count - 1));

  const scroll_to = (index: number) => {
    const box = ref.current;
    if (!box) return;
    const top = index * row_height;
    const room = box.clientHeight - ROW_HEIGHT; /* the heading covers the first row */
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + row_height > box.scrollTop + room) box.scrollTop = top + row_height - room;
    update(); /* the scroll event comes a frame late */
  };
  useLayoutEffect(() => {
    if (selected >= 0) scroll_to(selected);
  }, [selected]);

  const activate = (index: number) => {
    const to = Math.max(0, Math.min(count - 1, index));
    set_own_active(to);
    scroll_to(to);
    props.on_active?.(to);
  };

  const on_key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || count === 0) return;
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((ref.current?.clientHeight ?? 0) / row_height) - 2);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: count - 1,
    };
    if (props.on_key?.(event, active)) {
      /* handled */
    } else if (event.key in moves) activate(moves[event.key]);
    else if (event.key === "Enter" && props.on_open) props.on_open(active);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const from = Math.min(range.from, count);
  const to = Math.min(range.to, count);
  useEffect(() => {
    if (to >= count - 1 && count > 0) props.on_end?.();
  }, [to, count]);

  const shown = count > 0 ? rows_to_show(from, to, active) : [];
  const first = shown[0] ?? 0;
  const last = shown.at(-1) ?? -1;
  const rows = shown.map((i, at) => {
    const row = props.row(i);
    const info = props.tree?.(row);
    const skipped = at > 0 ? i - shown[at - 1] - 1 : 0;
    return (
      <div
        key={i}
        id={`${id}-${i}`}
        role="row"
        class={`row${i % 2 ? " odd" : ""}${i === active ? " active" : ""}${i === selected ? " selected" : ""} ${props.row_class?.(row) ?? ""}`}
        aria-rowindex={i + 2}
        aria-selected={props.on_active ? i === selected : undefined}
        aria-level={info?.level}
        aria-expanded={info?.expanded}
        aria-posinset={info?.position}
        aria-setsize={info?.siblings}
        style={skipped > 0 ? { marginTop: `${skipped * row_height}px` } : undefined}
        onClick={() => {
          set_own_active(i);
          if (props.on_active) props.on_active(i);
          else props.on_open?.(i);
        }}
        onDblClick={() => props.on_active && props.on_open?.(i)}
      >
        {columns.map((column) => (
          <div key={column.key} role="gridcell" class={`${cell_classes(column)} c-${column.key}`}>
            {column.cell(row, i)}
          </div>
        ))}
      </div>
    );
  });

  const abreast = columns.filter((c) => !lines_of(c));
  const tracks = {
    "--lines": lines,
    "--row": `${row_height}px`,
    "--tracks-wide": abreast.map((c) => c.width).join(" "),
    "--tracks": abreast
      .filter((c) => !c.wide)
      .map((c) => c.width)
      .join(" "),
    "--tracks-narrow": abreast
      .filter((c) => !c.optional && !c.wide)
      .map((c) => c.narrow ?? c.width)
      .join(" "),
  };
  const total = props.total !== undefined && props.total > count ? props.total : count;
  return (
    <div
      ref={ref}
      id={id}
      class="grid"
      role={props.tree ? "treegrid" : "grid"}
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-activedescendant={count > 0 ? `${id}-${active}` : undefined}
      tabIndex={0}
      style={tracks}
      onScroll={update}
      onKeyDown={on_key}
    >
      <div role="row" class="row heading" aria-rowindex={1}>
        {columns.map((column) => (
          <Heading key={column.key} column={column} sort={props.sort} on_sort={props.on_sort} />
        ))}
      </div>
      <div
        role="rowgroup"
        class="rows"
        style={{
          paddingTop: `${first * row_height}px`,
          paddingBottom: `${(count - last - 1) * row_height}px`,
        }}
      >
        {rows}
      </div>
      {props.footer}
    </div>
  );
}
