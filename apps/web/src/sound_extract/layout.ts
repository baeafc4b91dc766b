import { type Bytes, write } from "./box_writing.ts";
import { type Box, damaged, NoExtractError } from "./boxes.ts";
import type { Source } from "./source.ts";

const FIRST = ["ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "uuid"];
/** If one of these boxes is cut off at the end of the file, so is the recording. */
const OF_A_RECORDING = ["moof", "mdat", "styp", "sidx", "ssix", "emsg", "prft", "moov", "ftyp"];
const STILL_PICTURES = ["heic", "heix", "mif1", "msf1", "avif", "avis"];

/** What matters about the top-level boxes. */
export interface Layout {
  fileType: Bytes;
  movie: Bytes;
  movieEnd: number;
  /** Whether there are media boxes before the index. */
  hasMedia: boolean;
}

/** Finds the index, and reads it and the file type. */
export async function readLayout(source: Source): Promise<Layout> {
  let fileType: Bytes = new Uint8Array(0);
  let hasMedia = false;
  for await (const { type, start, payload, end } of source.walk(0)) {
    if (start === 0 && !FIRST.includes(type))
      throw new NoExtractError("not_mp4", "this does not begin as an MP4");
    if (end > source.size) throw damaged(`the file ends within its box ${type}`);
    if (type === "ftyp") {
      if (fileType.length) throw new NoExtractError("unsupported", "the file has two types");
      const content = await source.read(payload, end);
      if (STILL_PICTURES.includes(String.fromCharCode(...content.subarray(0, 4)))) {
        throw new NoExtractError("not_mp4", "the file is a picture");
      }
      fileType = write(type, content);
    }
    if (type === "moof") throw new NoExtractError("unsupported", "fragments lie in front of the index");
    if (type === "moov") return { fileType, movie: await source.read(payload, end), movieEnd: end, hasMedia };
    hasMedia ||= type === "mdat";
  }
  throw new NoExtractError("not_mp4", "the file has no index");
}

/** Checks that a file whose index announces no fragments has none before its media. */
export async function checkMedia(source: Source, layout: Layout): Promise<void> {
  if (layout.hasMedia) return;
  for await (const { type } of source.walk(layout.movieEnd)) {
    if (type === "moof" || type === "ftyp")
      throw new NoExtractError("unsupported", `a box ${type} follows the index`);
    if (type === "mdat") return;
  }
}

/** Yields the fragments (`moof`), and the segment indexes (`sidx`) between them. */
export async function* fragmentsOf(source: Source, layout: Layout): AsyncGenerator<Box> {
  let position = layout.movieEnd;
  let isPending = false;
  for await (const box of source.walk(position)) {
    if (box.end > source.size) {
      if (OF_A_RECORDING.includes(box.type)) throw damaged(`the file ends within its box ${box.type}`);
      // Other boxes are not part of the recording.
      position = source.size;
      break;
    }
    if (box.type === "moof" || box.type === "sidx") yield box;
    if (box.type === "moof" || box.type === "mdat") isPending = box.type === "moof";
    position = box.end;
  }
  if (isPending || position < source.size) throw damaged("the file ends within a fragment");
}
