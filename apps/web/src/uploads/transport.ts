import type { Conversion } from "../api/client.ts";
import type { Options } from "./options.ts";

/** One way of bringing a file to the server. */
export interface Transport {
  /**
   * Sends the file; the same key again is the same upload. Throws `ApiError`, with the code "aborted" after `signal`.
   */
  send(upload: Sending, signal: AbortSignal): Promise<Conversion>;
}

/** What is sent, and who wants to know how far it is. */
export interface Sending {
  name: string;
  /** The file, or the sound of it. */
  body: Blob;
  /** Whether it is only the sound. */
  sound: boolean;
  options: Options;
  key: string;
  /** Told once the server has given it an id, which is the conversion's, and an address. */
  onBegun: (id: string, url: string) => void;
  onProgress: (sent: number, total: number) => void;
}
