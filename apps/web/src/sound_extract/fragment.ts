import { type Bytes, copy, joined, write, writeMediaHeader } from "./box_writing.ts";
import { type Box, damaged, Index, NoExtractError, only, required } from "./boxes.ts";
import { readHeader, readRun, type Run, type TrackHeader, writeRun } from "./fragment_runs.ts";
import type { Defaults } from "./movie_extends.ts";
import { MediaRanges } from "./ranges.ts";
import { AUXILIARY } from "./sample_description.ts";
import type { Source } from "./source.ts";

const MEDIA_HEADER = 8;
/** The offset of a run is a signed 32-bit number. */
const FARTHEST = 2 ** 31 - 1;
/** Readers process these boxes in this order. */
const IN_ORDER = ["tfhd", "tfdt", "trun"];

/** The part of a fragment that belongs to one track. */
export interface TrackPart {
  header: TrackHeader;
  boxes: Box[];
  /** When the first sample is decoded, in units; without a time, it follows the previous fragment. */
  time: number | undefined;
  runs: Run[];
}

/** A movie fragment (ISO/IEC 14496-12, 8.8.4) and those of its parts that are kept. */
export interface Fragment {
  index: Index;
  sequence: Box;
  parts: TrackPart[];
}

export async function readFragment(
  source: Source,
  moof: Box,
  defaults: Map<number, Defaults>,
): Promise<Fragment> {
  const index = new Index(await source.read(moof.payload, moof.end));
  const boxes = index.children({ type: "moof", start: 0, payload: 0, end: moof.end - moof.payload });
  const parts: TrackPart[] = [];
  let behind = moof.start;
  for (const traf of boxes.filter((box) => box.type === "traf")) {
    const part = readPart(index, traf, moof.start, defaults, behind, source.size);
    parts.push(part);
    const last = part.runs.at(-1);
    if (last) behind = last.start + last.size;
  }
  return { index, sequence: required(boxes, "mfhd"), parts };
}

/**
 * Writes `moof` and the header of its `mdat`, and returns the ranges that the `mdat` contains. `extra` returns one more part
 * to add, given the offset of its data.
 */
export function writeFragment(fragment: Fragment, extra: (offset: number) => Bytes): [Bytes, MediaRanges] {
  const runs = fragment.parts.flatMap((part) => part.runs);
  const media = new MediaRanges(runs.map((run) => [run.start, run.size]));
  if (fragment.parts.some((part) => part.boxes.some((box) => AUXILIARY.includes(box.type))))
    throw new NoExtractError("encrypted", "the sound is encrypted");
  const written = (start: number) => {
    const position = (run: Run) => start + (run.size ? media.positionOf(run.start) : 0);
    const parts = fragment.parts.map((part) => writePart(fragment.index, part, position));
    return write("moof", copy(fragment.index, fragment.sequence), ...parts, extra(start));
  };
  const size = written(0).length;
  if (size + MEDIA_HEADER + media.size > FARTHEST)
    throw new NoExtractError("too_large", "a fragment has too many bytes");
  return [joined(written(size + MEDIA_HEADER), writeMediaHeader(media.size)), media];
}

function writePart(index: Index, part: TrackPart, position: (run: Run) => number): Bytes {
  const runs = part.runs.values();
  const boxes = part.boxes.map((box) => {
    if (box.type === "tfhd") return part.header.written;
    const run = box.type === "trun" ? runs.next().value : undefined;
    return run ? writeRun(run, position(run)) : copy(index, box);
  });
  return write("traf", ...boxes);
}

function readPart(
  index: Index,
  traf: Box,
  moofStart: number,
  defaults: Map<number, Defaults>,
  behind: number,
  fileSize: number,
): TrackPart {
  const boxes = index.children(traf);
  const order = boxes.map((box) => IN_ORDER.indexOf(box.type)).filter((place) => place >= 0);
  if (order.some((place, each) => place < (order[each - 1] ?? 0)))
    throw damaged("the boxes of a fragment are not in order");
  const header = readHeader(index, required(boxes, "tfhd"), moofStart, defaults);
  const base = header.base ?? behind;
  const runs: Run[] = [];
  for (const trun of boxes.filter((box) => box.type === "trun"))
    runs.push(readRun(index, trun, base, header.defaults, !runs.length, fileSize));
  return { header, boxes, time: timeOf(index, only(boxes, "tfdt")), runs };
}

function timeOf(index: Index, tfdt: Box | undefined): number | undefined {
  if (!tfdt) return undefined;
  if (index.number(tfdt, 0, 1) !== 1) return index.number(tfdt, 4);
  if (index.number(tfdt, 4) >= 2 ** 31) throw damaged("a fragment begins at an impossible time");
  return safe(index.number(tfdt, 4, 8));
}

/** Refuses a number of units that is too large for exact arithmetic; 285 years at 1 MHz still fit. */
export function safe(units: number): number {
  if (units >= Number.MAX_SAFE_INTEGER) throw new NoExtractError("unsupported", "a time is too large");
  return units;
}
