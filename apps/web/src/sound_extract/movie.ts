import { type Bytes, copy, words, write } from "./box_writing.ts";
import { type Box, damaged, type Index, NoExtractError, only, required } from "./boxes.ts";
import { type Marker, writeMarker } from "./marker_track.ts";
import { type MovieExtends, readExtends, writeExtends } from "./movie_extends.ts";
import { behindTimes, readTrack, type Track, writeTrack } from "./track.ts";

const TEXT_HANDLERS = ["text", "sbtl", "subt"];
const MOST_TRACKS = 100;
const MOST_CHAPTER_TRACKS = 4;

/** What matters about the index. */
export interface Movie {
  boxes: Box[];
  tracks: Track[];
  /** The tracks of the extract, in the order of the file. */
  kept: Track[];
  chapters: number[];
  /** Units per second of durations in edit lists; 0 if unknown. */
  timescale: number;
  /** What the index says about fragments, if the file may have any. */
  mvex: MovieExtends | undefined;
}

/** Reads the index, and decides which tracks are kept: all sound tracks, and the chapter tracks. */
export function readMovie(index: Index, moov: Box): Movie {
  const boxes = index.children(moov);
  if (only(boxes, "cmov")) throw new NoExtractError("unsupported", "the index is compressed");
  const traks = boxes.filter((box) => box.type === "trak");
  if (traks.length > MOST_TRACKS) throw new NoExtractError("too_large", "the file has too many tracks");
  const tracks = traks.map((trak) => readTrack(index, trak));
  const byId = new Map(tracks.map((track) => [track.id, track]));
  if (byId.size < tracks.length || byId.has(0)) throw damaged("the tracks have no ids of their own");
  if (!tracks.some((track) => track.isAudio))
    throw new NoExtractError("no_audio", "the file has no track of sound");
  const chapters = [...new Set(tracks.flatMap((track) => track.chapters))]
    .filter((id) => TEXT_HANDLERS.includes(byId.get(id)?.handler ?? ""))
    .slice(0, MOST_CHAPTER_TRACKS);
  const kept = tracks.filter((track) => track.isAudio || chapters.includes(track.id));
  const mvex = only(boxes, "mvex");
  const timescale = behindTimes(index, required(boxes, "mvhd"));
  return { boxes, tracks, kept, chapters, timescale, mvex: mvex && readExtends(index, mvex) };
}

/** Writes the index of the extract. `tables` has the boxes of each kept track, keyed by the types of those they replace. */
export function writeMovie(
  index: Index,
  movie: Movie,
  tables: Record<string, Bytes>[],
  marker: Marker | undefined,
): Bytes {
  let references = movie.chapters.length
    ? write("tref", write("chap", words(...movie.chapters)))
    : new Uint8Array(0);
  const parts: Bytes[] = [];
  const copied = new Set<string>();
  const tracks = movie.tracks.values();
  for (const box of movie.boxes) {
    if (box.type === "trak") {
      const track = tracks.next().value;
      const place = track ? movie.kept.indexOf(track) : -1;
      if (track && place >= 0) {
        parts.push(writeTrack(index, track, tables[place] ?? {}, references));
        references = new Uint8Array(0);
      } else if (marker && marker.track === track) parts.push(writeMarker(index, marker));
    } else if (box.type === "mvex" && movie.mvex) {
      const ids = [...movie.kept, ...(marker ? [marker.track] : [])].map((track) => track.id);
      parts.push(writeExtends(movie.mvex, ids));
    } else if (
      box.type === "mvhd" ||
      ((box.type === "udta" || box.type === "meta") && !copied.has(box.type))
    ) {
      parts.push(copy(index, box));
      copied.add(box.type);
    }
  }
  return write("moov", ...parts);
}
