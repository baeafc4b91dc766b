/** Why a file has no extract, so that the whole file is sent. docs/sound-extract.md explains the reasons. */
export type Reason =
  "not_mp4" | "no_audio" | "damaged" | "encrypted" | "unsupported" | "too_large" | "not_smaller";

export class NoExtractError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** The most bytes of an index that are held in memory; the tables of an hour take 1 MiB. */
export const LARGEST = 64 * 2 ** 20;

export function damaged(detail: string): NoExtractError {
  return new NoExtractError("damaged", detail);
}

/** Where a box is. Positions are relative to the start of the index, or of the file for top-level boxes. */
export interface Box {
  type: string;
  start: number;
  payload: number;
  end: number;
}

/** The most chunks of all tracks of an extract: 12 hours of AAC with one chunk per sample. */
const MOST_CHUNKS = 2_000_000;

/** The index of a file, in memory. */
export class Index {
  #chunksLeft = MOST_CHUNKS;
  readonly #view: DataView;
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Counts the chunks of a track towards the limit, before they are read. */
  countChunks(count: number): void {
    this.#chunksLeft -= count;
    if (this.#chunksLeft < 0) throw new NoExtractError("too_large", "the tracks have too many chunks");
  }

  /** Yields the boxes from `start` to `end`; a remainder too small for a box header is ignored. */
  *walk(start: number, end: number): Generator<Box> {
    let position = start;
    while (end - position >= 8) {
      const [header, size] = boxSize(this.#view, position, end);
      if (size < header) throw damaged("a box is smaller than its own header");
      yield {
        type: this.code(position + 4),
        start: position,
        payload: position + header,
        end: position + size,
      };
      position += size;
    }
  }

  /** Returns the boxes inside a box, after `skip` bytes of data. Without a box, there are none. */
  children(parent: Box | undefined, skip = 0): Box[] {
    if (!parent) return [];
    const found: Box[] = [];
    for (const box of this.walk(parent.payload + skip, parent.end)) {
      if (box.end > parent.end) throw damaged(`a box reaches out of the box ${parent.type} that it lies in`);
      found.push(box);
    }
    return found;
  }

  /** Returns an unsigned number of `width` bytes in the payload. */
  number(box: Box, offset: number, width: 1 | 2 | 4 | 8 = 4): number {
    const position = this.#claim(box, offset, width);
    if (width === 1) return this.#view.getUint8(position);
    if (width === 2) return this.#view.getUint16(position);
    if (width === 4) return this.#view.getUint32(position);
    return wide(this.#view, position);
  }

  /** Returns `length` bytes of the payload. */
  fields(box: Box, offset: number, length: number): Uint8Array<ArrayBuffer> {
    const position = this.#claim(box, offset, length);
    return this.bytes.subarray(position, position + length);
  }

  /** Returns the whole payload of a box. */
  content(box: Box): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(box.payload, box.end);
  }

  /** Returns the four characters at a position. */
  code(position: number): string {
    return String.fromCharCode(...this.bytes.subarray(position, position + 4));
  }

  #claim(box: Box, offset: number, length: number): number {
    if (offset + length > box.end - box.payload) {
      throw damaged(`the box ${box.type} is too short for what it claims to hold`);
    }
    return box.payload + offset;
  }
}

/** Reads the sizes of a box's header and of the whole box. */
export function boxSize(view: DataView, position: number, end: number): [header: number, size: number] {
  const size = view.getUint32(position);
  if (size === 0) return [8, end - position];
  if (size === 1 && end - position >= 16) return [16, wide(view, position + 8)];
  return [8, size];
}

/** Returns the only box of these types, if there is one. */
export function only(boxes: Box[], ...types: string[]): Box | undefined {
  const found = boxes.filter((box) => types.includes(box.type));
  if (found.length > 1) throw damaged(`there are several boxes ${types.join()} where there may be one`);
  return found[0];
}

/** Returns the only box of a type. */
export function required(boxes: Box[], type: string): Box {
  const found = only(boxes, type);
  if (!found) throw damaged(`a box '${type}' is missing`);
  return found;
}

function wide(view: DataView, position: number): number {
  const value = view.getBigUint64(position);
  // No file is that long: positions beyond its end are refused where they are used.
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
