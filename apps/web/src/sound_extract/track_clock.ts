import { safe } from "./fragment.ts";

/** When the samples of a track begin and end in a fragmented file: see docs/sound-extract.md. */
export class TrackClock {
  readonly #timescale: number;
  readonly #start: number;
  hasSamples: boolean;
  /** The time of the first sample, in units of the track's time scale. */
  first = 0;
  #end = 0;
  #longest = 0;

  /** `start` is the media time at which its edit list begins to play. */
  constructor(timescale: number, start: number, hasSamples: boolean) {
    this.#timescale = timescale;
    this.#start = start;
    this.hasSamples = hasSamples;
  }

  /** Adds a fragment: its start time, its number of samples, and the sum of their durations. */
  add(time: number | undefined, samples: number, duration: number): void {
    if (samples === 0) return;
    if (time !== undefined) {
      this.#end = time;
      if (!this.hasSamples) this.first = time;
    }
    this.hasSamples = true;
    this.#end = safe(this.#end + duration);
    this.#longest = Math.max(this.#longest, this.#end - this.first);
  }

  /** When the first sample is played, in seconds, by the same floating-point operations as on the server. */
  get origin(): number {
    if (this.#timescale === 0) return 0;
    const [first, start] = [this.first / this.#timescale, this.#start / this.#timescale];
    return start > first ? 0 : first - start;
  }

  /** Seconds from the start of the first sample to the latest end. */
  get longest(): number {
    return this.#timescale ? this.#longest / this.#timescale : 0;
  }
}
