/* SPDX-License-Identifier: GPL-2.0-only */
/* Small pieces that several views share. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { is_gone, type ApiError } from "../api/problem";
import { go, route } from "../state/location";
import { forest_view, processes_view, tree_view, type Route, type View } from "../state/route";
import { format_route } from "../state/route_format";
import { latest_id, snapshot, snapshot_id } from "../state/snapshots";

/** Heads a column of what was missed. */
export const MISSED = { title: "missed", unit: "reuse, anon_vmas", term: "missed" } as const;

interface LinkProps<To> {
  to: To;
  children: ComponentChildren;
  title?: string;
  strong?: boolean;
}

/** A link to a view of the snapshot shown. */
export function Link({ to, ...rest }: LinkProps<View>) {
  return <RouteLink to={{ ...route.value, view: to }} {...rest} />;
}

/** A link inside the page; other clicks than a plain one are the browser's. */
export function RouteLink({ to, children, title, strong }: LinkProps<Route>) {
  return (
    <a
      href={format_route(to)}
      title={title}
      class={strong ? "strong" : undefined}
      onClick={(event) => {
        if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

/** An anon_vma, as a link to its place in its tree. */
export function AnonVma({ id, root }: { id: number; root: number | null }) {
  if (root === null) return <>#{id}</>;
  return <Link to={tree_view(root, id)}>#{id}</Link>;
}

/** A value as a number and as its share of the largest. */
export function Bar({ value, of, text }: { value: number; of: number; text: string }) {
  const share = of > 0 ? Math.max(1, (100 * value) / of) : 0;
  return (
    <span class="bar-cell">
      <span class="fill" style={{ width: `${share}%` }} />
      <span class="value">{text}</span>
    </span>
  );
}

/** A named value of a `facts` list. */
export function Fact({
  name,
  children,
  hint,
  wide,
  tone,
}: {
  name: string;
  children: ComponentChildren;
  hint?: string;
  wide?: boolean;
  tone?: string;
}) {
  const classes = [wide && "wide", tone].filter(Boolean).join(" ");
  return (
    <div title={hint} class={classes || undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A named value of a `totals` list. */
export function Stat({
  name,
  value,
  hint,
  tone,
}: {
  name: string;
  value: string;
  hint?: string;
  tone?: string;
}) {
  return (
    <div class={`stat ${tone ?? ""}`} title={hint}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** From what is not there to what is. */
function WaysOn() {
  const id = snapshot.value?.id;
  return (
    <>
      {id !== undefined && (
        <>
          <Link to={forest_view()}>Forest of #{id}</Link>
          <Link to={processes_view()}>Processes of #{id}</Link>
        </>
      )}
      {snapshot_id.value !== latest_id.value && (
        <RouteLink to={{ ...route.value, snapshot: "latest" }}>Newest snapshot</RouteLink>
      )}
    </>
  );
}

interface FailureProps {
  what: string;
  error: ApiError;
  retry: () => void;
  /** The way on. */
  children?: ComponentChildren;
}

export function Failure({ what, error, retry, children }: FailureProps) {
  const gone = is_gone(error.status);
  return (
    <div class="notice failure" role="alert">
      <p>
        <strong>{what}</strong> {error.message}
      </p>
      {children ?? (gone && <WaysOn />)}
      {!gone && (
        <button type="button" onClick={retry}>
          Retry
        </button>
      )}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="notice loading" role="status">
      Loading {what} …
    </p>
  );
}

let search_wants_focus = false;

/** The search field takes the focus, now or when its list has loaded. */
export function give_search_focus(): void {
  const field = document.getElementById("search");
  search_wants_focus = field === null;
  field?.focus();
}

export function Search({
  value,
  placeholder,
  on_input,
}: {
  value: string;
  placeholder: string;
  on_input: (text: string) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (search_wants_focus) field.current?.focus();
    search_wants_focus = false;
  }, []);
  return (
    <input
      ref={field}
      id="search"
      type="search"
      class="search"
      value={value}
      placeholder={placeholder}
      aria-label={placeholder}
      aria-keyshortcuts="/"
      autocomplete="off"
      spellcheck={false}
      onInput={(event) => on_input(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        if (event.currentTarget.value) on_input("");
        else event.currentTarget.blur();
        event.stopPropagation();
      }}
    />
  );
}

/** Rows whose name contains the text, or whose pid or id is it. */
export function matches(search: string, names: (string | null)[], numbers: (number | null)[]): boolean {
  const wanted = search.trim().toLowerCase();
  if (wanted === "") return true;
  if (/^#?[0-9]+$/.test(wanted)) {
    const number = Number(wanted.replace("#", ""));
    if (numbers.includes(number)) return true;
  }
  return names.some((name) => name !== null && name.toLowerCase().includes(wanted));
}
