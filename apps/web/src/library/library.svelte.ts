import { answered, api, ApiError, type Conversion } from "../api/client.ts";
import type { Update } from "../live/update.ts";
import { Updates } from "../live/updates.svelte.ts";
import { player } from "../player/player.svelte.ts";
import { address } from "../root.ts";
import { ConversionRow } from "./conversion_row.svelte.ts";
import { deletedBefore, noteDeleted } from "./deleted_on_leaving.ts";

const PAGE = 50;
/** The largest page that the API returns. */
const MOST = 100;
/** How long a deletion can be undone, in milliseconds. */
export const UNDO_TIME = 7000;

/** The user's conversions, newest first, as far as they were loaded; events keep them up to date. */
class Library {
  rows = $state.raw<ConversionRow[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  error = $state.raw<ApiError>();
  more = $state(false);
  /** Those that the user has deleted and can still restore. */
  deleted = $state.raw<ConversionRow[]>([]);
  /** The last one that could not be deleted, and why. */
  undeleted = $state.raw<{ row: ConversionRow; error: unknown }>();
  updates = $state.raw<Updates>();
  #byId = new Map<string, ConversionRow>();
  #cursor: string | null = null;
  #rest: Promise<void> | undefined;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #deletedBefore = deletedBefore();
  /** Incremented for each user, so that answers for one user are not shown to the next. */
  #turn = 0;
  /** For each reading of pages, the conversions that were added and removed meanwhile. */
  #readings = new Set<{ came: Map<string, Conversion>; gone: Set<string> }>();

  start(): () => void {
    const updates = new Updates((update) => this.#follow(update));
    this.updates = updates;
    const flush = () => this.#deleteAtOnce();
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
      updates.stop();
      this.updates = undefined;
      this.#turn++;
      this.#cursor = null;
      this.#replace([]);
      this.undeleted = undefined;
      this.state = "loading";
    };
  }

  get live(): boolean {
    return this.updates?.live ?? false;
  }

  find(id: string): ConversionRow | undefined {
    return this.#byId.get(id);
  }

  /** Reloads the list, as far as it was loaded before. */
  async reload(): Promise<void> {
    const limit = Math.min(MOST, Math.max(PAGE, this.rows.length));
    try {
      const read = await this.#whileOthersCome(async () => {
        const { items, next_cursor } = await this.#page(limit);
        let cursor = next_cursor;
        while (cursor && items.length < this.rows.length) {
          const next = await this.#page(MOST, cursor);
          items.push(...next.items);
          cursor = next.next_cursor;
        }
        return { items, cursor };
      });
      if (!read) return;
      this.#cursor = read.cursor;
      this.#replace(read.items);
      this.state = "ready";
      this.error = undefined;
    } catch (error) {
      this.#failed(error);
    }
    this.more = this.#cursor !== null;
  }

  /** Reads one more page. */
  async loadMore(): Promise<void> {
    const cursor = this.#cursor;
    if (!cursor) return;
    const read = await this.#whileOthersCome(async () => {
      const page = await this.#page(MOST, cursor);
      return { items: page.items, cursor: page.next_cursor };
    });
    if (!read) return;
    this.#cursor = read.cursor;
    this.more = this.#cursor !== null;
    this.#replace([...this.rows.map((row) => row.conversion), ...read.items]);
  }

  /** Reads all remaining pages. Concurrent calls share one reading. */
  loadRest(): Promise<void> {
    this.#rest ??= this.#loadPages().finally(() => (this.#rest = undefined));
    return this.#rest;
  }

  async #loadPages(): Promise<void> {
    while (this.#cursor) await this.loadMore();
  }

  /** Reads one conversion with the details that lists leave out, and stores it. */
  async load(id: string): Promise<ConversionRow> {
    return this.put(await answered(api.GET("/v1/conversions/{conversion_id}", { params: path(id) })));
  }

  put(conversion: Conversion): ConversionRow {
    const known = this.#byId.get(conversion.id);
    if (known) {
      known.take(conversion);
      return known;
    }
    for (const { came } of this.#readings) came.set(conversion.id, conversion);
    const row = new ConversionRow(conversion);
    this.#byId.set(row.id, row);
    this.rows = [row, ...this.rows].sort(newestFirst);
    return row;
  }

  /** Removes one that the server no longer has: it was deleted elsewhere, or its upload was cancelled. */
  drop(id: string): void {
    if (player.row?.id === id) player.close();
    for (const { came, gone } of this.#readings) {
      came.delete(id);
      gone.add(id);
    }
    this.#byId.delete(id);
    this.rows = this.rows.filter((row) => row.id !== id);
  }

  async cancel(row: ConversionRow): Promise<void> {
    await this.#change(row, () =>
      api.POST("/v1/conversions/{conversion_id}/cancel", { params: path(row.id) }),
    );
  }

  async retry(row: ConversionRow): Promise<void> {
    await this.#change(row, () =>
      api.POST("/v1/conversions/{conversion_id}/retry", { params: path(row.id) }),
    );
  }

  /** Renames a conversion; the file extensions stay. */
  async rename(row: ConversionRow, name: string): Promise<void> {
    row.busy = true;
    try {
      row.take(
        await answered(
          api.PATCH("/v1/conversions/{conversion_id}", { params: path(row.id), body: { name } }),
        ),
      );
    } finally {
      row.busy = false;
    }
  }

  /**
   * Starts another conversion of the same video with the same options, for a part of this one's MP3. Times are seconds in
   * that MP3; an `end` of `null` keeps its end. Returns the new conversion.
   */
  async cutAgain(row: ConversionRow, start: number, end: number | null): Promise<ConversionRow> {
    row.busy = true;
    try {
      const { options } = row.conversion;
      const body = {
        ...options,
        // Rounded to milliseconds, because sums of tenths are not exact.
        start: Math.round((options.start + start) * 1000) / 1000,
        end: end === null ? options.end : Math.round((options.start + end) * 1000) / 1000,
      };
      return this.put(
        await answered(api.POST("/v1/conversions/{conversion_id}/again", { params: path(row.id), body })),
      );
    } finally {
      row.busy = false;
    }
  }

  /** Deletes a conversion unless it is undone in time. */
  remove(row: ConversionRow): void {
    if (player.row === row) player.close();
    this.undeleted = undefined;
    this.deleted = [...this.deleted, row];
    this.rows = this.rows.filter((each) => each !== row);
    this.#timers.set(
      row.id,
      setTimeout(() => void this.#delete(row), UNDO_TIME),
    );
  }

  undo(row: ConversionRow): void {
    clearTimeout(this.#timers.get(row.id));
    this.#timers.delete(row.id);
    this.deleted = this.deleted.filter((each) => each !== row);
    this.rows = [row, ...this.rows].sort(newestFirst);
  }

  async #delete(row: ConversionRow): Promise<void> {
    try {
      await answered(api.DELETE("/v1/conversions/{conversion_id}", { params: path(row.id) }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) {
        this.undo(row);
        this.undeleted = { row, error };
        return;
      }
    }
    this.drop(row.id);
    // Not earlier, because a list that was being read may still contain it.
    this.#timers.delete(row.id);
    this.deleted = this.deleted.filter((each) => each !== row);
  }

  /** Deletes without waiting any longer, because the page is being closed. */
  #deleteAtOnce(): void {
    noteDeleted([...this.#timers.keys()]);
    for (const [id, timer] of this.#timers) {
      clearTimeout(timer);
      void fetch(address(`/v1/conversions/${id}`), { method: "DELETE", keepalive: true });
    }
    this.#timers.clear();
    this.deleted = [];
  }

  async #change(
    row: ConversionRow,
    call: () => Promise<{ data?: Conversion; error?: unknown; response: Response }>,
  ): Promise<void> {
    row.busy = true;
    try {
      row.take(await answered(call()));
    } catch (error) {
      // It has changed meanwhile: its new state says more than the error.
      if (error instanceof ApiError && error.status === 409) await this.load(row.id);
      else throw error;
    } finally {
      row.busy = false;
    }
  }

  #follow(update: Update): void {
    if ("deleted" in update) this.drop(update.deleted);
    else if ("connected" in update) void this.reload();
    else if ("progress" in update) this.#byId.get(update.progress.id)?.advance(update.progress);
    else if (!this.#isDeleted(update.state.id)) this.put(update.state);
  }

  /**
   * Reads pages, and returns `undefined` if the user has signed out meanwhile. Conversions that were added meanwhile are
   * included, and those that were removed are left out.
   */
  async #whileOthersCome(
    read: () => Promise<{ items: Conversion[]; cursor: string | null }>,
  ): Promise<{ items: Conversion[]; cursor: string | null } | undefined> {
    const turn = this.#turn;

    const reading = { came: new Map<string, Conversion>(), gone: new Set<string>() };
    this.#readings.add(reading);
    try {
      const { items, cursor } = await read();
      if (turn !== this.#turn) return undefined;
      const stay = items.filter((each) => !reading.gone.has(each.id));
      return { items: [...reading.came.values(), ...stay], cursor };
    } catch (error) {
      if (turn !== this.#turn) return undefined;
      throw error;
    } finally {
      this.#readings.delete(reading);
    }
  }

  async #page(limit: number, cursor?: string) {
    const query = cursor ? { limit, cursor } : { limit };
    return answered(api.GET("/v1/conversions", { params: { query } }));
  }

  #replace(conversions: Conversion[]): void {
    // It need not be reactive: the pages show `rows`.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    const rows = new Map<string, ConversionRow>();
    for (const conversion of conversions) {
      const row = this.#byId.get(conversion.id) ?? new ConversionRow(conversion);
      row.take(conversion);
      rows.set(row.id, row);
    }
    this.#byId = rows;
    this.rows = [...rows.values()].filter((row) => !this.#isDeleted(row.id)).sort(newestFirst);
  }

  #isDeleted(id: string): boolean {
    return (
      this.#timers.has(id) || (this.#deletedBefore.ids.has(id) && Date.now() < this.#deletedBefore.until)
    );
  }

  #failed(error: unknown): void {
    this.error = error instanceof ApiError ? error : new ApiError("internal_error");
    if (this.state !== "ready") this.state = "failed";
  }
}

function path(id: string) {
  return { path: { conversion_id: id } };
}

function newestFirst(one: ConversionRow, other: ConversionRow): number {
  return Date.parse(other.conversion.created_at) - Date.parse(one.conversion.created_at);
}

export const library = new Library();
