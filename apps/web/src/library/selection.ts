import type { ConversionRow } from "./conversion_row.svelte.ts";

export const FILTERS = ["all", "active", "ready", "failed"] as const;
export type Filter = (typeof FILTERS)[number];
export const ORDERS = ["newest", "oldest", "name", "longest"] as const;
export type Order = (typeof ORDERS)[number];

export interface Selection {
  text: string;
  filter: Filter;
  order: Order;
}

/** Reads a selection from the query of a URL, which may contain anything. */
export function selectionOf(query: URLSearchParams): Selection {
  return {
    text: query.get("text") ?? "",
    filter: FILTERS.find((each) => each === query.get("filter")) ?? "all",
    order: ORDERS.find((each) => each === query.get("order")) ?? "newest",
  };
}

/** Writes a selection as a query, without the defaults. */
export function queryOf({ text, filter, order }: Selection): URLSearchParams {
  return new URLSearchParams({
    ...(text && { text }),
    ...(filter !== "all" && { filter }),
    ...(order !== "newest" && { order }),
  });
}

/** Returns the rows whose names contain every word of the text, in the wanted order. `rows` are newest first. */
export function select(rows: readonly ConversionRow[], wanted: Selection, locale: string): ConversionRow[] {
  const words = plain(wanted.text).split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => fits(row, wanted.filter) && hasWords(row, words));
  switch (wanted.order) {
    case "newest":
      return found;
    case "oldest":
      return found.reverse();
    case "name": {
      const { compare } = new Intl.Collator(locale, { numeric: true });
      return found.sort((one, other) => compare(one.conversion.source.name, other.conversion.source.name));
    }
    case "longest":
      return found.sort((one, other) => duration(other) - duration(one));
  }
}

function fits(row: ConversionRow, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "active":
      return row.active;
    case "ready":
      return row.conversion.state === "completed";
    case "failed":
      return row.conversion.state === "failed";
  }
}

function hasWords(row: ConversionRow, words: string[]): boolean {
  const name = plain(row.conversion.source.name);
  return words.every((word) => name.includes(word));
}

/** Removes diacritics and converts to lower case, so that "uber" finds "Über". */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function duration(row: ConversionRow): number {
  return row.conversion.audio?.duration ?? row.conversion.source.duration ?? 0;
}
