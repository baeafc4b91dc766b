import { type Box, type Index, LARGEST, NoExtractError } from "./boxes.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** Concatenates bytes. */
export function joined(...parts: Bytes[]): Bytes {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > LARGEST) throw new NoExtractError("too_large", "the index of the extract would be too large");
  const all = new Uint8Array(size);
  let position = 0;
  for (const part of parts) {
    all.set(part, position);
    position += part.length;
  }
  return all;
}

/** Writes a box with a 32-bit size. */
export function write(type: string, ...payload: Bytes[]): Bytes {
  const size = payload.reduce((sum, part) => sum + part.length, 8);
  return joined(words(size), letters(type), ...payload);
}

/** Writes the header of an `mdat` with a payload of `size` bytes. */
export function writeMediaHeader(size: number): Bytes {
  if (size + 8 < 2 ** 32) return joined(words(size + 8), letters("mdat"));
  return joined(words(1), letters("mdat"), longs([size + 16]));
}

/** Copies a box; only the form of its size may change. Without a box, returns no bytes. */
export function copy(index: Index, box: Box | undefined): Bytes {
  return box ? write(box.type, index.fields(box, 0, box.end - box.payload)) : new Uint8Array(0);
}

/** Copies boxes, but replaces those whose type is in `replaced`. */
export function rewrite(index: Index, boxes: Box[], replaced: Record<string, Bytes>): Bytes {
  return joined(...boxes.map((box) => replaced[box.type] ?? copy(index, box)));
}

/** Writes 32-bit numbers. */
export function words(...numbers: number[]): Bytes {
  return wordsOf(numbers);
}

export function wordsOf(numbers: ArrayLike<number>): Bytes {
  const bytes = new Uint8Array(4 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < numbers.length; i++) view.setUint32(4 * i, numbers[i] ?? 0);
  return bytes;
}

/** Writes 64-bit numbers. */
export function longs(numbers: ArrayLike<number>): Bytes {
  const bytes = new Uint8Array(8 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < numbers.length; i++) view.setBigUint64(8 * i, BigInt(numbers[i] ?? 0));
  return bytes;
}

function letters(type: string): Bytes {
  return Uint8Array.from(type, (letter) => letter.charCodeAt(0));
}
