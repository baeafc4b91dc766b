/** Bytes that are compared at the beginning, in the middle and at the end. */
const SAMPLE = 4096;
/** Milliseconds between two checks of a file that is being sent. */
const LOOKED_AT = 1000;

/**
 * Tells whether a file is unchanged since it was chosen. Browsers read a file from disk when each part is sent: some refuse
 * a file whose modification time differs, to the second; others send its new content.
 */
export class FileWatch {
  readonly #file: Blob;
  readonly #seen: string;

  /** Remembers a file as it is now. Returns `undefined` if it can't be read. */
  static async of(file: Blob): Promise<FileWatch | undefined> {
    const seen = await samplesOf(file);
    return seen === undefined ? undefined : new FileWatch(file, seen);
  }

  private constructor(file: Blob, seen: string) {
    this.#file = file;
    this.#seen = seen;
  }

  async isUnchanged(): Promise<boolean> {
    return (await samplesOf(this.#file)) === this.#seen;
  }

  /** Checks it regularly, and calls `changed` once if it has changed. Returns a function that stops the checks. */
  whileSent(changed: () => void): () => void {
    let stopped = false;
    const stop = () => {
      stopped = true;
      clearInterval(timer);
    };
    const timer = setInterval(() => {
      void this.isUnchanged().then((same) => {
        if (same || stopped) return;
        stop();
        changed();
      });
    }, LOOKED_AT);
    return stop;
  }
}

async function samplesOf(file: Blob): Promise<string | undefined> {
  const middle = Math.floor(file.size / 2);
  const starts = [0, Math.max(0, middle - SAMPLE / 2), Math.max(0, file.size - SAMPLE)];
  try {
    const samples = await Promise.all(starts.map((start) => file.slice(start, start + SAMPLE).arrayBuffer()));
    // A file that became shorter may return fewer bytes instead of an error.
    return samples.map((sample) => Array.from(new Uint8Array(sample)).join()).join(" ");
  } catch {
    return undefined;
  }
}
