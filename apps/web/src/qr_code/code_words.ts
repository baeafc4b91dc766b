import { correction } from "./error_correction.ts";

/** For level M, by version: error correction code words per block, and number of blocks (ISO/IEC 18004, table 9). */
const CORRECTION = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29,
  31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
const BYTES = 0b0100;
const PADDING = [0xec, 0x11];

/** The content of a code: data and error correction code words, interleaved. */
export interface Content {
  version: number;
  words: number[];
}

/** Encodes bytes for the smallest version that can hold them. Throws `RangeError` if none can. */
export function contentOf(bytes: Uint8Array): Content {
  const version =
    BLOCKS.findIndex((_, each) => bytes.length + headerSize(each + 1) <= capacity(each + 1)) + 1;
  if (version === 0) throw new RangeError("The text is too long for a QR code.");
  return { version, words: inBlocks(dataOf(bytes, version), version) };
}

/** Returns the number of modules of a version that are available for code words (ISO/IEC 18004, table 1). */
function freeModules(version: number): number {
  const aligned = version < 2 ? 0 : Math.floor(version / 7) + 2;
  const alignment = aligned ? (25 * aligned - 10) * aligned - 55 : 0;
  return (16 * version + 128) * version + 64 - alignment - (version < 7 ? 0 : 36);
}

/** Returns the number of data bytes that a version can hold. */
function capacity(version: number): number {
  const correctionSize = (CORRECTION[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);
  return Math.floor(freeModules(version) / 8) - correctionSize;
}

/** Returns the number of bytes that mode, count and terminator take. */
function headerSize(version: number): number {
  return version < 10 ? 2 : 3;
}

function dataOf(bytes: Uint8Array, version: number): number[] {
  const count = version < 10 ? [bytes.length] : [bytes.length >> 8, bytes.length & 0xff];
  // The mode takes half a byte, which shifts all that follows; the terminator is four zero bits.
  const halves = [BYTES, ...[...count, ...bytes].flatMap((byte) => [byte >> 4, byte & 0xf]), 0];
  const words: number[] = [];
  for (let each = 0; each < halves.length; each += 2)
    words.push(((halves[each] ?? 0) << 4) | (halves[each + 1] ?? 0));
  for (let each = 0; words.length < capacity(version); each++) words.push(PADDING[each % 2] ?? 0);
  return words;
}

/** Splits data into blocks, adds error correction, and interleaves the blocks, so that they share any damage. */
function inBlocks(data: readonly number[], version: number): number[] {
  const [count, length] = [BLOCKS[version - 1] ?? 1, CORRECTION[version - 1] ?? 0];
  const short = Math.floor(data.length / count);
  const firstLong = count - (data.length % count);
  let position = 0;
  const blocks = Array.from({ length: count }, (_, each) =>
    data.slice(position, (position += short + (each < firstLong ? 0 : 1))),
  );
  const corrections = blocks.map((block) => correction(block, length));
  return [...inTurn(blocks), ...inTurn(corrections)];
}

function inTurn(blocks: number[][]): number[] {
  const longest = Math.max(...blocks.map((block) => block.length));
  const columns = Array.from({ length: longest }, (_, each) => blocks.map((block) => block[each]));
  return columns.flat().filter((word) => word !== undefined);
}
