import { type Box, type Index, LARGEST, NoExtractError } from "./boxes.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** Writes bytes one behind the other. */
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

/** Writes a box, with a size of 32 bits. */
export function write(type: string, ...payload: Bytes[]): Bytes {
  const size = payload.reduce((sum, part) => sum + part.length, 8);
  return joined(words(size), letters(type), ...payload);
}

/** Writes the header of `mdat` for a payload of so many bytes. */
export function writeMediaHeader(size: number): Bytes {
  if (size + 8 < 2 ** 32) return joined(words(size + 8), letters("mdat"));
  return joined(words(1), letters("mdat"), longs([size + 16]));
}

/** Writes a box as it is, but for the form of its size; nothing for none. */
export function copy(index: Index, box: Box | undefined): Bytes {
  return box ? write(box.type, index.fields(box, 0, box.end - box.payload)) : new Uint8Array(0);
}

/** Writes boxes one behind the other, each as it is unless other bytes replace its type. */
export function rewrite(index: Index, boxes: Box[], replaced: Record<string, Bytes>): Bytes {
  return joined(...boxes.map((box) => replaced[box.type] ?? copy(index, box)));
}

/** Writes numbers of 32 bits. */
export function words(...numbers: number[]): Bytes {
  return wordsOf(numbers);
}

export function wordsOf(numbers: ArrayLike<number>): Bytes {
  const bytes = new Uint8Array(4 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < numbers.length; i++) view.setUint32(4 * i, numbers[i] ?? 0);
  return bytes;
}

/** Writes numbers of 64 bits. */
export function longs(numbers: ArrayLike<number>): Bytes {
  const bytes = new Uint8Array(8 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < numbers.length; i++) view.setBigUint64(8 * i, BigInt(numbers[i] ?? 0));
  return bytes;
}

function letters(type: string): Bytes {
  return Uint8Array.from(type, (letter) => letter.charCodeAt(0));
}
