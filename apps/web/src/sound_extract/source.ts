import type { Bytes } from "./box_writing.ts";
import { type Box, boxSize, damaged, LARGEST, NoExtractError } from "./boxes.ts";

/** Bytes per read: this often covers the boxes of a fragment and the header that follows. */
const WINDOW = 2 ** 16;
/** The most bytes read to plan one extract. */
const MOST_BYTES = 512 * 2 ** 20;
/** The most top-level boxes: 24 hours of one-second fragments have 200,000, including those between them. */
const MOST_BOXES = 500_000;

/** Reads a file by position, within limits that any file has to respect. */
export class Source {
  readonly file: Blob;
  #window: Bytes = new Uint8Array(0);
  #start = 0;
  #bytesLeft = MOST_BYTES;
  #boxesLeft = MOST_BOXES;

  constructor(file: Blob) {
    this.file = file;
  }

  get size(): number {
    return this.file.size;
  }

  /** Returns the bytes of a range, which must be within the file. Throws `NoExtractError` if they are too many. */
  async read(start: number, end: number): Promise<Bytes> {
    if (end - start > LARGEST) throw tooLarge("the index is too large");
    if (start < this.#start || end > this.#start + this.#window.length) {
      const last = Math.min(this.size, Math.max(end, start + WINDOW));
      this.#bytesLeft -= last - start;
      if (this.#bytesLeft < 0) throw tooLarge("the indexes are too large");
      this.#window = new Uint8Array(await this.file.slice(start, last).arrayBuffer());
      this.#start = start;
    }
    return this.#window.subarray(start - this.#start, end - this.#start);
  }

  /** Yields the top-level boxes from a position on. A box may extend beyond the end of the file. */
  async *walk(start: number): AsyncGenerator<Box> {
    let position = start;
    while (this.size - position >= 8) {
      if (--this.#boxesLeft < 0) throw tooLarge("the file has too many boxes");
      const head = await this.read(position, Math.min(position + 16, this.size));
      const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
      const [header, size] = boxSize(view, 0, this.size - position);
      if (size < header) throw damaged("a box is smaller than its own header");
      const type = String.fromCharCode(...head.subarray(4, 8));
      yield { type, start: position, payload: position + header, end: position + size };
      position += size;
    }
  }
}

function tooLarge(detail: string): NoExtractError {
  return new NoExtractError("too_large", detail);
}
