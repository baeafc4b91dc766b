const FIRST = 500;
const LONGEST = 15_000;

/** How long to wait before another try, in milliseconds: exponential backoff with jitter, so that pages spread out. */
export class Backoff {
  #tries = 0;

  next(random: () => number = Math.random): number {
    const longest = Math.min(LONGEST, FIRST * 2 ** this.#tries++);
    return longest / 2 + (longest / 2) * random();
  }

  reset(): void {
    this.#tries = 0;
  }
}

/** Waits that long, or until the machine is back online, or until `signal` aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
