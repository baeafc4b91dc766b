import { type Bytes, joined, longs, words, wordsOf, write } from "./box_writing.ts";
import type { MediaRanges } from "./ranges.ts";
import type { Chunks } from "./sample_table.ts";

const MOST_SAMPLES = 2 ** 32 - 1;

/** The chunks of a track in the extract; adjacent chunks are merged. */
export class ChunkTable {
  readonly #positions: number[] = [];
  readonly #samples: number[] = [];
  readonly #descriptions: number[] = [];

  constructor(chunks: Chunks, media: MediaRanges) {
    let end = 0;
    for (let each = 0; each < chunks.offsets.length; each++) {
      const size = chunks.sizes[each] ?? 0;
      const samples = chunks.samples[each] ?? 0;
      const description = chunks.descriptions[each] ?? 0;
      const position = size ? media.positionOf(chunks.offsets[each] ?? 0) : end;
      const last = this.#samples.length - 1;
      const before = this.#samples[last];
      const joins =
        !chunks.areSingle &&
        position === end &&
        before !== undefined &&
        this.#descriptions[last] === description &&
        before + samples <= MOST_SAMPLES;
      if (joins) this.#samples[last] = before + samples;
      else {
        this.#positions.push(position);
        this.#samples.push(samples);
        this.#descriptions.push(description);
      }
      end = position + size;
    }
  }

  get length(): number {
    return this.#positions.length;
  }

  /** Writes the boxes that replace others, keyed by the types of those. `start` is where the media begins. */
  written(start: number, wide: boolean): Record<string, Bytes> {
    const runs: number[] = [];
    for (let each = 0; each < this.length; each++) {
      const alike =
        each > 0 &&
        this.#samples[each] === this.#samples[each - 1] &&
        this.#descriptions[each] === this.#descriptions[each - 1];
      if (!alike) runs.push(each + 1, this.#samples[each] ?? 0, this.#descriptions[each] ?? 0);
    }
    const stsc = write("stsc", words(0, runs.length / 3), wordsOf(runs));
    const positions = this.#positions.map((position) => start + position);
    const table = joined(words(0, positions.length), wide ? longs(positions) : wordsOf(positions));
    const offsets = write(wide ? "co64" : "stco", table);
    return { stsc, stco: offsets, co64: offsets };
  }
}
