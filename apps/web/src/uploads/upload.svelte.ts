import { api, ApiError } from "../api/client.ts";
import { library } from "../library/library.svelte.ts";
import { Backoff, pause } from "../live/backoff.ts";
import { session } from "../session/session.svelte.ts";
import { bodyOf } from "./body.ts";
import { FileWatch } from "./file_watch.ts";
import type { Options } from "./options.ts";
import type { Transport } from "./transport.ts";
import { unfinished } from "./unfinished.svelte.ts";

export type UploadState = "waiting" | "sending" | "interrupted" | "failed" | "done";

/** One file on its way to the server. */
export class Upload {
  /** Without `randomUUID`, which browsers offer only over HTTPS. */
  readonly id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  readonly file: File;
  readonly options: Options;
  state = $state<UploadState>("waiting");
  sent = $state(0);
  total = $state(0);
  /** Whether only the sound of the video is sent. */
  soundOnly = $state(false);
  /** The estimated remaining time in seconds, once it is known. */
  remaining = $state<number>();
  /** Why it has failed or is interrupted. */
  error = $state.raw<ApiError>();
  /** When an interrupted upload will resume, if the server says so; in milliseconds since 1970. */
  goesOnAt = $state<number>();
  conversionId = $state<string>();
  #abort = new AbortController();
  #watch: FileWatch | undefined;
  #began = 0;
  #sentBefore = 0;

  constructor(file: File, options: Options, error?: ApiError) {
    this.file = file;
    this.options = options;
    this.total = file.size;
    if (error) this.#fail(error);
  }

  /** Sends it until it is complete, refused or cancelled. An interrupted upload is retried. */
  async run(transport: Transport): Promise<void> {
    const backoff = new Backoff();
    while (this.state !== "failed") {
      this.state = "sending";
      this.#began = performance.now();
      this.#sentBefore = this.sent;
      const changed = new AbortController();
      let stopWatching = () => {};
      try {
        // The rest of a file that has changed must not be appended to the part that was already sent.
        this.#watch ??= await FileWatch.of(this.file);
        if (!(await this.#watch?.isUnchanged())) throw new ApiError("file_changed");
        stopWatching = this.#watch?.whileSent(() => changed.abort()) ?? stopWatching;
        const body = await bodyOf(this.file, this.options.whole);
        this.soundOnly = body !== this.file;
        this.total = body.size;
        const sending = {
          name: this.file.name,
          body,
          sound: this.soundOnly,
          options: this.options,
          key: this.id,
          onBegun: (id: string, url: string) => {
            if (this.conversionId && this.conversionId !== id) unfinished.forget(this.conversionId);
            this.conversionId = id;
            unfinished.note(id, url, this.file, this.options);
          },
          onProgress: (sent: number, total: number) => {
            if (sent > this.sent) backoff.reset();
            this.#advance(sent, total);
          },
        };
        const signal = AbortSignal.any([this.#abort.signal, changed.signal]);
        // It may have been cancelled while it was prepared.
        signal.throwIfAborted();
        const conversion = await transport.send(sending, signal);
        // Its last bytes may have changed while they were sent.
        if (!(await this.#watch?.isUnchanged())) throw new ApiError("file_changed");
        library.put(conversion);
        unfinished.forget(conversion.id);
        this.conversionId = conversion.id;
        this.state = "done";
        return;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        const reason = changed.signal.aborted ? new ApiError("file_changed") : error;
        const known = reason instanceof ApiError ? reason : new ApiError("internal_error");
        if (!(await this.#mayGoOn(known))) return;
        this.state = "interrupted";
        this.error = known;
        this.remaining = undefined;
        const asked = (known.retryAfter ?? 0) * 1000;
        this.goesOnAt = asked ? Date.now() + asked : undefined;
        await pause(Math.max(backoff.next(), asked), this.#abort.signal);
        if (known.status === 401) await session.signedIn(this.#abort.signal);
      } finally {
        stopWatching();
      }
    }
  }

  /** Cancels it. */
  cancel(): void {
    this.#abort.abort();
    this.#fail(new ApiError("aborted"));
  }

  async #mayGoOn(error: ApiError): Promise<boolean> {
    // A file that was changed, moved or deleted looks like a lost connection.
    const unchanged = await this.#watch?.isUnchanged();
    if (this.#abort.signal.aborted) return false;
    if (!unchanged) this.#fail(new ApiError("file_changed"));
    else if (error.passing || error.code === "upload_in_progress" || error.status === 401) return true;
    else this.#fail(error);
    return false;
  }

  #advance(sent: number, total: number): void {
    this.sent = sent;
    this.total = total;
    const seconds = (performance.now() - this.#began) / 1000;
    const rate = (sent - this.#sentBefore) / seconds;
    // The first second is too short for an estimate.
    this.remaining = seconds > 1 && rate > 0 ? (total - sent) / rate : undefined;
  }

  #fail(error: ApiError): void {
    this.state = "failed";
    this.error = error;
    if (!this.conversionId) return;
    if (error.code === "file_changed") void withdraw(this.conversionId);
    library.drop(this.conversionId);
    unfinished.forget(this.conversionId);
  }
}

/** Deletes what the server has received of a file that has changed since it was chosen. */
async function withdraw(id: string): Promise<void> {
  const path = { conversion_id: id };
  // If that fails, it stays in the list, and the user can delete it.
  await api.DELETE("/v1/conversions/{conversion_id}", { params: { path } }).catch(() => undefined);
}
