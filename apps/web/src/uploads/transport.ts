import type { Conversion } from "../api/client.ts";
import type { Options } from "./options.ts";

/** A way to send a file to the server. */
export interface Transport {
  /**
   * Sends the file; the same key means the same upload. Throws `ApiError`, with the code "aborted" if `signal` aborts.
   */
  send(upload: Sending, signal: AbortSignal): Promise<Conversion>;
}

/** What is sent, and callbacks for its progress. */
export interface Sending {
  name: string;
  /** The file, or its sound. */
  body: Blob;
  /** Whether it is only the sound. */
  sound: boolean;
  options: Options;
  key: string;
  /** Called once the server has assigned an id, which is also the conversion's, and a URL. */
  onBegun: (id: string, url: string) => void;
  onProgress: (sent: number, total: number) => void;
}
