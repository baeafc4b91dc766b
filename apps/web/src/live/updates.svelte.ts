import { authorizedFetch } from "../api/client.ts";
import { address } from "../root.ts";
import { renewSession } from "../session/renewal.ts";
import { Backoff, pause } from "./backoff.ts";
import { EventParser } from "./event_stream.ts";
import { forOtherPages, type Update, updateOf } from "./update.ts";

const LOCK = "tracklift-updates";
const CHANNEL = "tracklift-updates";
/** In milliseconds. The server sends a keep-alive every 15 s. */
const SILENCE = 40_000;

/**
 * The updates of all conversions of the user. One page of the browser holds the stream and passes updates on to the
 * others, because a browser opens only a few connections to a host.
 */
export class Updates {
  live = $state(false);
  #listener: (update: Update) => void;
  #channel = new BroadcastChannel(CHANNEL);
  #stop = new AbortController();

  constructor(listener: (update: Update) => void) {
    this.#listener = listener;
    this.#channel.onmessage = (event: MessageEvent<Update | { lost: true }>) => {
      if ("lost" in event.data) this.live = false;
      else this.#receive(event.data);
    };
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
    this.#channel.close();
  }

  #receive(update: Update): void {
    this.live = true;
    this.#listener(update);
  }

  async #run(): Promise<void> {
    const signal = this.#stop.signal;
    if (!("locks" in navigator)) return this.#follow(signal);
    // Whatever happened before this page listened is in the list that it now loads.
    this.#receive({ connected: true });
    try {
      await navigator.locks.request(LOCK, { signal }, () => this.#follow(signal));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        await this.#read(signal, backoff);
      } catch {
        // Retried below, whatever the error was.
      }
      this.#lose();
      await pause(backoff.next(), signal);
    }
  }

  async #read(signal: AbortSignal, backoff: Backoff): Promise<void> {
    const silence = new AbortController();
    const either = AbortSignal.any([signal, silence.signal]);
    let timer = setTimeout(() => silence.abort(), SILENCE);
    try {
      const response = await authorizedFetch(new Request(address("/v1/events"), { signal: either }));
      if (!response.ok || !response.body) return;
      this.#tell({ connected: true });
      const parser = new EventParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        backoff.reset();
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE);
        for (const event of parser.take(chunk.value)) {
          if (event.name === "token_expired") {
            await renewSession();
            return;
          }
          const update = updateOf(event);
          if (update) this.#tell(update);
        }
      }
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  #lose(): void {
    if (this.#stop.signal.aborted) return;
    this.live = false;
    this.#channel.postMessage({ lost: true });
  }

  #tell(update: Update): void {
    this.#receive(update);
    this.#channel.postMessage(forOtherPages(update));
  }
}
