import { SvelteMap } from "svelte/reactivity";

import { api } from "../api/client.ts";

/** More than a page shows at once. */
const MOST_KEPT = 50;

/** The peaks of MP3s that were requested. */
class Peaks {
  #known = new SvelteMap<string, Uint8Array | null>();
  // Not reactive: requests in progress are not shown.

  #asked = new Set<string>();

  /** Returns the peaks of a conversion; `null` if there are none, `undefined` as long as that is unknown. */
  of(id: string): Uint8Array | null | undefined {
    return this.#known.get(id);
  }

  /** Loads the peaks of a conversion that has an MP3. Errors are ignored, because pages then show a plain bar. */
  async load(id: string): Promise<void> {
    if (this.#known.has(id) || this.#asked.has(id)) return;
    this.#asked.add(id);
    try {
      const { data, response } = await api.GET("/v1/conversions/{conversion_id}/peaks", {
        params: { path: { conversion_id: id } },
        parseAs: "arrayBuffer",
      });
      if (response.ok && data) this.#keep(id, new Uint8Array(data));
      else if (response.status === 404) this.#keep(id, null);
    } catch {
      // Requested again with the next page.
    } finally {
      this.#asked.delete(id);
    }
  }

  #keep(id: string, found: Uint8Array | null): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(id, found);
  }
}

export const peaks = new Peaks();
