/* SPDX-License-Identifier: GPL-2.0-only */
/* Around a list that arrives page by page: what stands in its place before the first, and what is below it. */
import type { ComponentChildren } from "preact";
import type { Paged } from "../api/paged";
import { count, plural } from "../text/units";
import { Failure, Loading } from "./parts";

interface FirstPageProps {
  of: Paged<unknown>;
  what: string;
  /** Said of a failure, where it is more than the rows that is missing. */
  whole?: string;
  children: ComponentChildren;
}

/** The list, as soon as its first page is here. */
export function FirstPage({ of, what, whole = what, children }: FirstPageProps) {
  const { started, error } = of.state.value;
  if (started) return <>{children}</>;
  if (error)
    return <Failure what={`The ${whole} did not load.`} error={error} retry={() => void of.more()} />;
  return <Loading what={what} />;
}

interface FooterProps {
  of: Paged<unknown>;
  one: string;
  many?: string;
  total?: number;
  /** How many of the rows a search found; without: none is searched for. */
  found?: number;
}

/** Below a paged list: how much of it is here, and the way to the rest. */
export function PagedFooter({ of, one, many = `${one}s`, total, found }: FooterProps) {
  const { rows, next, loading, error } = of.state.value;
  const more = () => void of.more();
  if (error && rows.length > 0)
    return <Failure what="The next rows did not load." error={error} retry={more} />;
  return (
    <div class="footer">
      <span>
        {found !== undefined && `${count(found)} found in `}
        {total !== undefined && next !== null
          ? `${count(rows.length)} of ${count(total)} ${many}`
          : plural(rows.length, one, many)}
        {next === null ? "" : " loaded"}
      </span>
      {next !== null && (
        <button type="button" onClick={more} disabled={loading}>
          {loading ? "Loading …" : "Load more"}
        </button>
      )}
    </div>
  );
}
