import { SvelteSet } from "svelte/reactivity";

import type { ConversionRow } from "./conversion_row.svelte.ts";

/** The most that the API puts into one archive. */
export const MOST_MARKED = 100;

/** The conversions that the user has marked to download them together. */
export class Marked {
  /** Whether rows can be marked now. */
  on = $state(false);
  #ids = new SvelteSet<string>();

  has(row: ConversionRow): boolean {
    return this.#ids.has(row.id);
  }

  set(row: ConversionRow, marked: boolean): void {
    if (marked) this.#ids.add(row.id);
    else this.#ids.delete(row.id);
  }

  /** Returns the rows that are marked and can still be downloaded. */
  among(rows: readonly ConversionRow[]): ConversionRow[] {
    return rows.filter((row) => this.has(row) && row.conversion.audio);
  }

  /** Marks the first rows that can be downloaded, up to the limit. */
  setAll(rows: readonly ConversionRow[]): void {
    this.#ids.clear();
    for (const row of rows.filter((each) => each.conversion.audio).slice(0, MOST_MARKED))
      this.#ids.add(row.id);
  }

  end(): void {
    this.on = false;
    this.#ids.clear();
  }
}
