import { type Bytes, joined, words, write } from "./box_writing.ts";
import { type Box, damaged, type Index, NoExtractError } from "./boxes.ts";
import type { Defaults } from "./movie_extends.ts";

/** Flags of `tfhd`. */
const HAS_BASE = 0x1;
const HAS_DESCRIPTION = 0x2;
const HAS_DURATION = 0x8;
const HAS_SIZE = 0x10;
const BASE_IS_FRAGMENT = 0x20000;
/** Flags of `trun`. */
const HAS_OFFSET = 0x1;
const HAS_FIRST_FLAGS = 0x4;
const SAMPLE_FIELDS = [0x100, 0x200, 0x400, 0x800];
const DURATIONS = 0x100;
const SIZES = 0x200;
const IMPOSSIBLE_DURATION = 2 ** 31;

/** `tfhd`. */
export interface TrackHeader {
  track: number;
  defaults: Defaults;
  /** The position that the offsets of runs are relative to; without one, it is the end of the previous part. */
  base: number | undefined;
  /** The box with the start of the fragment as the base. */
  written: Bytes;
}

/** Contiguous samples. */
export interface Run {
  /** Version and flags. */
  word: number;
  count: number;
  start: number;
  /** In bytes. */
  size: number;
  /** The fields after the data offset. */
  rest: Bytes;
  /** The sum of all plausible durations, in units. */
  duration: number;
}

export function readHeader(
  index: Index,
  tfhd: Box,
  moofStart: number,
  defaults: Map<number, Defaults>,
): TrackHeader {
  const [word, track] = [index.number(tfhd, 0), index.number(tfhd, 4)];
  const known = defaults.get(track);
  if (!known) throw damaged("a fragment names an unknown track");
  let position = 8;
  let base = word & BASE_IS_FRAGMENT ? moofStart : undefined;
  if (word & HAS_BASE) {
    base = index.number(tfhd, position, 8);
    position += 8;
  }
  const rest = index.content(tfhd).subarray(position);
  if (word & HAS_DESCRIPTION) position += 4;
  const own = { ...known };
  if (word & HAS_DURATION) {
    own.duration = index.number(tfhd, position);
    position += 4;
  }
  if (word & HAS_SIZE) own.size = index.number(tfhd, position);
  const head = words((word & ~HAS_BASE) | BASE_IS_FRAGMENT, track);
  return { track, defaults: own, base, written: write("tfhd", head, rest) };
}

/** Reads a run whose offset is relative to `base`, in a file of `fileSize` bytes. */
export function readRun(
  index: Index,
  trun: Box,
  base: number,
  defaults: Defaults,
  isFirst: boolean,
  fileSize: number,
): Run {
  const [word, count] = [index.number(trun, 0), index.number(trun, 4)];
  let position = 8;
  let offset = 0;
  if (word & HAS_OFFSET) {
    offset = index.number(trun, position) | 0;
    position += 4;
  } else if (!isFirst) {
    throw new NoExtractError("unsupported", "a run of samples does not say where it lies");
  }
  const rest = index.content(trun).subarray(position);
  if (word & HAS_FIRST_FLAGS) position += 4;
  const columns = SAMPLE_FIELDS.filter((field) => word & field).length;
  const bytes = index.fields(trun, position, 4 * columns * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = (column: number) => (each: number) => view.getUint32(4 * (each * columns + column));
  let size = count * defaults.size;
  if (word & SIZES) size = sum(count, values(word & DURATIONS ? 1 : 0));
  else if (count && !defaults.size) throw damaged("samples of a run have no size");
  const start = base + offset;
  if (size && !(start >= 0 && start <= fileSize - size))
    throw damaged("samples lie behind the end of the file");
  const lasts = (duration: number) => (duration < IMPOSSIBLE_DURATION ? duration : 0);
  const told = values(0);
  const duration =
    word & DURATIONS ? sum(count, (each) => lasts(told(each))) : count * lasts(defaults.duration);
  return { word, count, start, size, rest, duration };
}

/** Writes `trun`, always with an offset. */
export function writeRun(run: Run, dataOffset: number): Bytes {
  return write("trun", joined(words(run.word | HAS_OFFSET, run.count, dataOffset), run.rest));
}

function sum(count: number, value: (each: number) => number): number {
  let total = 0;
  for (let each = 0; each < count; each++) total += value(each);
  return total;
}
