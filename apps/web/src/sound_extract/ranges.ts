import type { Chunks } from "./sample_table.ts";

/** The union of ranges of a file, in the order of the file: no byte is in it twice. */
export class MediaRanges {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly #before: number[] = [];
  /** The total number of bytes. */
  readonly size: number;

  constructor(places: [start: number, size: number][]) {
    places.sort((one, other) => one[0] - other[0]);
    for (const [start, size] of places) if (size) this.#add(start, start + size);
    let size = 0;
    this.starts.forEach((start, each) => {
      this.#before.push(size);
      size += (this.ends[each] ?? start) - start;
    });
    this.size = size;
  }

  /** Returns how many bytes of the ranges precede a position in one of them. */
  positionOf(position: number): number {
    const each = lastAtMost(this.starts, position);
    return (this.#before[each] ?? 0) + position - (this.starts[each] ?? 0);
  }

  #add(start: number, end: number): void {
    const last = this.ends.length - 1;
    const before = this.ends[last];
    if (before !== undefined && start <= before) this.ends[last] = Math.max(before, end);
    else {
      this.starts.push(start);
      this.ends.push(end);
    }
  }
}

/** Returns the position and the size of each chunk of a track. */
export function placesOf(chunks: Chunks): [number, number][] {
  return chunks.offsets.map((offset, each) => [offset, chunks.sizes[each] ?? 0]);
}

/** Returns the index of the last of ascending numbers that is at most a value. */
export function lastAtMost(ascending: ArrayLike<number>, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
