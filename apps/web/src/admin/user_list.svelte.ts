import { type AdminUser, answered, api } from "../api/client.ts";

const AT_ONCE = 50;

/** The users whose address contains the search text, page by page. */
export class UserList {
  items = $state.raw<AdminUser[]>([]);
  cursor = $state<string | null>(null);
  loaded = $state(false);
  #search = "";
  #newest = 0;

  /** Starts a new search. The answer to an older search is dropped. Throws `ApiError`. */
  async find(search: string): Promise<void> {
    this.#search = search;
    const turn = ++this.#newest;
    const page = await this.#page();
    if (turn !== this.#newest) return;
    [this.items, this.cursor, this.loaded] = [page.items, page.next_cursor, true];
  }

  /** Adds the next page. Throws `ApiError`. */
  async loadMore(): Promise<void> {
    const turn = this.#newest;
    const page = await this.#page(this.cursor);
    if (turn !== this.#newest) return;
    this.items = [...this.items, ...page.items];
    this.cursor = page.next_cursor;
  }

  /** Adds a user, or replaces the one with the same id. */
  put(user: AdminUser): void {
    const isKnown = this.items.some((each) => each.id === user.id);
    this.items = isKnown
      ? this.items.map((each) => (each.id === user.id ? user : each))
      : [user, ...this.items];
  }

  drop(id: string): void {
    this.items = this.items.filter((each) => each.id !== id);
  }

  #page(cursor?: string | null): Promise<{ items: AdminUser[]; next_cursor: string | null }> {
    const query = { search: this.#search.trim(), limit: AT_ONCE, ...(cursor ? { cursor } : {}) };
    return answered(api.GET("/v1/admin/users", { params: { query } }));
  }
}
