import { answered, api, ApiError, type DeadLetter } from "../api/client.ts";

/** The number of dead letters shown for each queue. */
export const MOST_OF_A_QUEUE = 50;

/** The events that could not be handled: the oldest of each queue. */
export class DeadLetters {
  items = $state.raw<DeadLetter[]>([]);
  readAt = $state.raw<Date>();
  #newest = 0;

  /** Reloads them. Throws `ApiError`. */
  async refresh(): Promise<void> {
    const turn = ++this.#newest;
    const query = { limit: MOST_OF_A_QUEUE };
    const found = await answered(api.GET("/v1/admin/dead-letters", { params: { query } }));
    if (turn !== this.#newest) return;
    this.items = found.items;
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- replaced as a whole
    this.readAt = new Date();
  }

  /** Whether a queue may have more of them than are shown. */
  get mayBeMore(): boolean {
    return this.items.some(
      ({ queue }) => this.items.filter((each) => each.queue === queue).length >= MOST_OF_A_QUEUE,
    );
  }

  /** Puts an event back into its queue. It is not an error if someone else has already done so. Throws `ApiError`. */
  async redrive(letter: DeadLetter): Promise<void> {
    const path = { queue: letter.queue, letter_id: letter.id };
    try {
      await answered(api.POST("/v1/admin/dead-letters/{queue}/{letter_id}/redrive", { params: { path } }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
    // Drop answers to earlier requests, which are outdated by now.
    this.#newest += 1;
    this.items = this.items.filter((each) => each.queue !== letter.queue || each.id !== letter.id);
  }
}
