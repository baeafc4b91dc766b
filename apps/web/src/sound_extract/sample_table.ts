import { type Box, damaged, type Index, NoExtractError, only } from "./boxes.ts";
import type { Packing } from "./sample_description.ts";

/** The chunks of a track that have samples, as columns, in the order of its table. */
export interface Chunks {
  areSingle: boolean;
  offsets: number[];
  sizes: number[];
  samples: number[];
  descriptions: number[];
  /** The total number of bytes. */
  size: number;
}

/** Reads where the chunks are in a file of `fileSize` bytes. */
export function readChunks(
  index: Index,
  table: Box[],
  packing: Packing | undefined,
  single: boolean,
  fileSize: number,
): Chunks {
  const sizes = new SampleSizes(index, table);
  const offsets = readOffsets(index, table);
  const found: Chunks = { areSingle: single, offsets: [], sizes: [], samples: [], descriptions: [], size: 0 };
  let left = sizes.count;
  let position = 0;
  for (const [chunks, samples, description] of samplesOfChunks(index, table, offsets.length)) {
    for (let each = 0; each < chunks; each++) {
      const offset = offsets[position++] ?? 0;
      const taken = single ? samples : Math.min(samples, left);
      const size = single ? sizes.ofSingle(taken, packing) : sizes.take(taken);
      if (offset + Math.max(size, 1) > fileSize) throw damaged("samples lie behind the end of the file");
      if (taken) {
        found.offsets.push(offset);
        found.sizes.push(size);
        found.samples.push(taken);
        found.descriptions.push(description);
        found.size += size;
      }
      left -= taken;
    }
  }
  if (left) throw damaged("a track does not say where all of its samples lie");
  return found;
}

/** Tells whether all samples last one unit, as in QuickTime's old sound formats. */
export function countsSingleSamples(index: Index, table: Box[]): boolean {
  const stts = only(table, "stts");
  if (!stts || stts.end - stts.payload < 16 || index.number(stts, 4) !== 1) return false;
  return index.number(stts, 12) === 1;
}

/** The sizes of samples, which are all the same or read one after the other. */
export class SampleSizes {
  readonly count: number = 0;
  readonly #each: number = 0;
  readonly #own: ((sample: number) => number) | undefined;
  #next = 0;

  constructor(index: Index, table: Box[]) {
    const box = only(table, "stsz", "stz2");
    if (!box) return;
    this.count = index.number(box, 8);
    const each = index.number(box, 4);
    if (box.type === "stz2") this.#own = compactSizes(index, box, each & 0xff, this.count);
    else if (each) this.#each = each;
    else {
      const data = index.fields(box, 12, 4 * this.count);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      this.#own = (sample) => view.getUint32(4 * sample);
    }
  }

  /** Whether no sample has any bytes. */
  get areEmpty(): boolean {
    const own = this.#own;
    if (!own) return this.count === 0 || this.#each === 0;
    for (let sample = 0; sample < this.count; sample++) if (own(sample)) return false;
    return true;
  }

  /** Returns the total size of the next `count` samples. */
  take(count: number): number {
    if (!this.#own) return count * this.#each;
    const end = Math.min(this.#next + count, this.count);
    let size = 0;
    for (let sample = this.#next; sample < end; sample++) size += this.#own(sample);
    this.#next += count;
    return size;
  }

  /** Returns the size of `count` single samples of sound. If the table says 1, the packing determines the size. */
  ofSingle(count: number, packing: Packing | undefined): number {
    const packed = packing && Math.ceil(count / packing.samples) * packing.bytes;
    if (this.#each === 1) {
      if (packed === undefined)
        throw new NoExtractError("unsupported", "nothing tells how many bytes samples take");
      return packed;
    }
    return Math.max(this.take(count), packed ?? 0);
  }
}

function compactSizes(index: Index, box: Box, width: number, count: number): (sample: number) => number {
  if (![4, 8, 16].includes(width)) throw damaged("the box stz2 has entries of an unknown size");
  const data = index.fields(box, 12, Math.ceil((count * width) / 8));
  const byte = (position: number) => data[position] ?? 0;
  if (width === 4) return (sample) => (sample % 2 ? byte(sample >> 1) & 0xf : byte(sample >> 1) >> 4);
  if (width === 8) return byte;
  return (sample) => (byte(2 * sample) << 8) | byte(2 * sample + 1);
}

function readOffsets(index: Index, table: Box[]): number[] {
  const box = only(table, "stco", "co64");
  if (!box) return [];
  const count = index.number(box, 4);
  index.countChunks(count);
  const width = box.type === "stco" ? 4 : 8;
  index.fields(box, 8, count * width);
  return Array.from({ length: count }, (_, chunk) => index.number(box, 8 + chunk * width, width));
}

/** Returns runs of chunks: their number, the samples of each chunk, and the index of their description. */
function samplesOfChunks(index: Index, table: Box[], chunks: number): [number, number, number][] {
  const stsc = only(table, "stsc");
  if (chunks === 0) return [];
  const count = stsc ? index.number(stsc, 4) : 0;
  if (!stsc || count === 0 || count > chunks)
    throw damaged("a track does not say how many samples its chunks have");
  index.fields(stsc, 8, 12 * count);
  const first = (run: number) => (run < count ? index.number(stsc, 8 + 12 * run) : chunks + 1);
  if (first(0) !== 1) throw damaged("the first chunk of a track has no number of samples");
  return Array.from({ length: count }, (_, run) => {
    const [samples, description] = [index.number(stsc, 12 + 12 * run), index.number(stsc, 16 + 12 * run)];
    if (first(run + 1) <= first(run) || !samples || !description) {
      throw damaged("a table of chunks contradicts itself");
    }
    return [first(run + 1) - first(run), samples, description];
  });
}
