import { type Bytes, copy, joined, longs, words, write } from "./box_writing.ts";
import { type Index, only, required } from "./boxes.ts";
import type { Track } from "./track.ts";

const SELF_CONTAINED = write("dinf", write("dref", words(0, 1), write("url ", words(1))));
/** Six zero bytes, a reference to this file, and two empty texts. */
const ENTRY = write("mett", new Uint8Array([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]));
const EMPTY_TABLE = write(
  "stbl",
  write("stsd", words(0, 1), ENTRY),
  write("stts", words(0, 0)),
  write("stsc", words(0, 0)),
  write("stsz", words(0, 0, 0)),
  write("stco", words(0, 0)),
);
const INFORMATION = write("minf", write("nmhd", words(0)), SELF_CONTAINED, EMPTY_TABLE);
const HANDLER = write("hdlr", words(0, 0), Uint8Array.from("meta", byteOf), new Uint8Array(13));

/** A track that is left out, and the time of its first sample, at which the file begins. */
export interface Marker {
  track: Track;
  time: number;
}

/** Writes a `trak` without media that replaces a track. */
export function writeMarker(index: Index, { track }: Marker): Bytes {
  const header = copy(index, required(track.boxes, "tkhd"));
  const media = write("mdia", copy(index, required(track.media, "mdhd")), HANDLER, INFORMATION);
  return write("trak", header, copy(index, only(track.boxes, "edts")), media);
}

/** Writes a `traf` with a single one-byte sample: when it is decoded, and where it is. */
export function writeMarkerPart({ track, time }: Marker, dataOffset: number): Bytes {
  return write(
    "traf",
    write("tfhd", words(0x20000, track.id)),
    write("tfdt", joined(words(0x1000000), longs([time]))),
    write("trun", words(0x201, 1, dataOffset, 1)),
  );
}

function byteOf(letter: string): number {
  return letter.charCodeAt(0);
}
