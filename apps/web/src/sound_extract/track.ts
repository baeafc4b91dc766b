import { type Bytes, copy, joined, rewrite, write } from "./box_writing.ts";
import { type Box, damaged, type Index, NoExtractError, only, required } from "./boxes.ts";

const MOST_REFERENCES = 100;
const MOST_EDITS = 100_000;
const BEHIND_TIMES = [12, 20] as const;
/** Sample entry codes that mean sound if the handler says neither sound nor video. */
const CODES = new Set(
  (
    "mp4a ac-3 sac3 ac-4 ima4 alac samr sawb dtsc dtsh dtsl dtse dts ec-3 vdva dvca agsm ilbc mac3 mac6 .mp1 .mp2 " +
    ".mp3 mp3 nmos nell alaw fl32 fl64 ulaw twos sowt lpcm in24 in32 raw none qclp qclq sqcp qdm2 qdmc spex spxn " +
    "sevc ssmv flac mlpa opus mhm1"
  )
    .split(" ")
    .map((code) => code.padEnd(4).toUpperCase()),
);
const WAVE_FORMATS = new Set([1, 2, 3, 6, 7, 0x11, 0x31, 0x50, 0x55, 0xff, 0x160, 0x161, 0x2000, 0x2001]);

/** One track; the lists are the boxes of its parts, in order. */
export interface Track {
  id: number;
  handler: string;
  isAudio: boolean;
  /** Units per second; 0 if unknown. */
  timescale: number;
  /** The ids of the tracks that it references as its chapters. */
  chapters: number[];
  boxes: Box[];
  media: Box[];
  information: Box[];
  table: Box[];
}

export function readTrack(index: Index, trak: Box): Track {
  const boxes = index.children(trak);
  const media = index.children(required(boxes, "mdia"));
  const information = index.children(only(media, "minf"));
  const table = index.children(only(information, "stbl"));
  const hdlr = only(media, "hdlr");
  const handler = hdlr ? latin(index.fields(hdlr, 8, 4)) : "";
  const timescale = behindTimes(index, required(media, "mdhd"));
  readEdits(index, boxes);
  return {
    id: behindTimes(index, required(boxes, "tkhd")),
    handler,
    isAudio: isAudio(handler, firstCode(index, only(table, "stsd"))),
    timescale,
    chapters: chaptersOf(index, boxes),
    boxes,
    media,
    information,
    table,
  };
}

/** Writes a track with other chunk tables, and with `references` after its header instead of its own. */
export function writeTrack(
  index: Index,
  track: Track,
  tables: Record<string, Bytes>,
  references: Bytes,
): Bytes {
  const table = write("stbl", rewrite(index, track.table, tables));
  const information = write("minf", rewrite(index, track.information, { stbl: table }));
  const media = write("mdia", rewrite(index, track.media, { minf: information }));
  const header = joined(copy(index, required(track.boxes, "tkhd")), references);
  return write("trak", rewrite(index, track.boxes, { tkhd: header, tref: new Uint8Array(0), mdia: media }));
}

/**
 * Returns the media time at which a track's edit list begins to play. Of the edits that are not empty, it is that of the
 * first one with a duration, or else of the last one; without such an edit, it is 0.
 */
export function startOf(index: Index, track: Track): number {
  const { elst, count } = readEdits(index, track.boxes) ?? {};
  if (!elst || !count) return 0;
  const width = index.number(elst, 0, 1) === 1 ? 8 : 4;
  let last = 0;
  for (let position = 8, each = 0; each < count; each++, position += 2 * width + 4) {
    // An empty edit has the time -1; any other negative time is skipped, too.
    if (index.number(elst, position + width, 1) >= 0x80) continue;
    last = index.number(elst, position + width, width);
    if (index.number(elst, position, width)) break;
  }
  if (last === Number.MAX_SAFE_INTEGER) throw new NoExtractError("unsupported", "a time is too large");
  return last;
}

/** Returns what follows the two times in a header: the id of a track, or a time scale. */
export function behindTimes(index: Index, header: Box): number {
  const behind = BEHIND_TIMES[index.number(header, 0, 1)];
  if (behind === undefined) throw damaged(`the box ${header.type} has an unknown version`);
  return index.number(header, behind);
}

function firstCode(index: Index, stsd: Box | undefined): string {
  if (!stsd) return "";
  const first = index.walk(stsd.payload + 8, stsd.end).next();
  return first.done ? "" : first.value.type;
}

function isAudio(handler: string, code: string): boolean {
  if (handler === "soun" || handler === "vide") return handler === "soun";
  if (code.startsWith("ms") || code.startsWith("TS")) {
    return WAVE_FORMATS.has((code.charCodeAt(2) << 8) | code.charCodeAt(3));
  }
  return CODES.has(code.toUpperCase());
}

function chaptersOf(index: Index, boxes: Box[]): number[] {
  const chap = index.children(only(boxes, "tref")).find((box) => box.type === "chap");
  if (!chap) return [];
  const count = Math.min(Math.floor((chap.end - chap.payload) / 4), MOST_REFERENCES);
  return Array.from({ length: count }, (_, position) => index.number(chap, 4 * position));
}

/** Returns the edit list and the number of its edits. */
function readEdits(index: Index, boxes: Box[]): { elst: Box; count: number } | undefined {
  const elst = only(index.children(only(boxes, "edts")), "elst");
  if (!elst) return undefined;
  const count = index.number(elst, 4);
  if (count > MOST_EDITS) throw new NoExtractError("too_large", "an edit list has too many edits");
  index.fields(elst, 8, count * (index.number(elst, 0, 1) === 1 ? 20 : 12));
  return { elst, count };
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
