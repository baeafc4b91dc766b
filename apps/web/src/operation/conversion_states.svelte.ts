import {
  answered,
  api,
  type ConversionState,
  type ConversionSummary,
  type StateCount,
} from "../api/client.ts";

const AT_ONCE = 50;

/** The conversions of all users as operators see them, newest first, and how many there are in each state. */
export class ConversionStates {
  counts = $state.raw<StateCount[]>([]);
  /** The server stops counting at this number. */
  mostCounted = $state(0);
  items = $state.raw<ConversionSummary[]>([]);
  cursor = $state<string | null>(null);
  /** If set, only conversions in this state are shown. */
  wanted = $state<ConversionState>();
  /** When they were read; their ages are relative to it. */
  readAt = $state.raw<Date>();
  #newest = 0;
  #pages = 1;

  /** Shows the conversions in a state, or all of them. Throws `ApiError`. */
  async show(wanted: ConversionState | undefined): Promise<void> {
    this.wanted = wanted;
    await this.refresh();
  }

  /** Reads the first page. The answer to an older request is dropped. Throws `ApiError`. */
  async refresh(): Promise<void> {
    const turn = ++this.#newest;
    const [counted, page] = await Promise.all([
      answered(api.GET("/v1/admin/conversion-states")),
      this.#page(),
    ]);
    if (turn !== this.#newest) return;
    [this.counts, this.mostCounted] = [counted.states, counted.most_counted];
    [this.items, this.cursor, this.#pages] = [page.items, page.next_cursor, 1];
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- replaced as a whole
    this.readAt = new Date();
  }

  /** Refreshes the first page, unless more pages are shown: then rows would move while someone reads them. */
  async follow(): Promise<void> {
    if (this.#pages === 1) await this.refresh();
  }

  /** Adds the next page. Throws `ApiError`. */
  async loadMore(): Promise<void> {
    const turn = ++this.#newest;
    const page = await this.#page(this.cursor);
    if (turn !== this.#newest) return;
    this.items = [...this.items, ...page.items];
    this.cursor = page.next_cursor;
    this.#pages += 1;
  }

  #page(cursor?: string | null): Promise<{ items: ConversionSummary[]; next_cursor: string | null }> {
    const query = {
      limit: AT_ONCE,
      ...(this.wanted ? { state: this.wanted } : {}),
      ...(cursor ? { cursor } : {}),
    };
    return answered(api.GET("/v1/admin/conversions", { params: { query } }));
  }
}
