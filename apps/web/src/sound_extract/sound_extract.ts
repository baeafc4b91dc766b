import { type Bytes, joined, writeMediaHeader } from "./box_writing.ts";
import { damaged, Index, NoExtractError } from "./boxes.ts";
import { ChunkTable } from "./chunk_table.ts";
import { ExtractPlan } from "./extract_plan.ts";
import { planFragments, type PlannedFragments } from "./fragments.ts";
import { checkMedia, readLayout } from "./layout.ts";
import type { Marker } from "./marker_track.ts";
import { type Movie, readMovie, writeMovie } from "./movie.ts";
import { MediaRanges, placesOf } from "./ranges.ts";
import { checkDescription, readPacking } from "./sample_description.ts";
import { type Chunks, countsSingleSamples, readChunks } from "./sample_table.ts";
import { Source } from "./source.ts";
import type { Track } from "./track.ts";

/** An MP4 with the sound, chapters, tags and cover of another one. docs/sound-extract.md specifies each of its bytes. */
export class SoundExtract {
  readonly #file: Blob;
  readonly #plan: ExtractPlan;

  /** Plans the extract of a file, which must not change. Throws `NoExtractError` if the whole file has to be sent. */
  static async of(file: Blob): Promise<SoundExtract> {
    return new SoundExtract(file, await planOf(file));
  }

  private constructor(file: Blob, plan: ExtractPlan) {
    this.#file = file;
    this.#plan = plan;
  }

  get size(): number {
    return this.#plan.size;
  }

  /** Returns a range of the extract, without reading the file. */
  slice(start: number, end: number): Blob {
    return this.#plan.slice(this.#file, start, end);
  }
}

async function planOf(file: Blob): Promise<ExtractPlan> {
  const source = new Source(file);
  const layout = await readLayout(source);
  const index = new Index(layout.movie);
  const movie = readMovie(index, { type: "moov", start: 0, payload: 0, end: layout.movie.length });
  const chunks = movie.kept.map((track) => chunksOf(index, track, file.size));
  const media = new MediaRanges(chunks.flatMap(placesOf));
  let following: PlannedFragments = { plan: new ExtractPlan(), marker: undefined };
  if (movie.mvex) following = await planFragments(source, layout, index, movie, movie.mvex);
  else await checkMedia(source, layout);
  if (media.size + following.plan.size === 0)
    throw new NoExtractError("no_audio", "the sound has no samples");
  const tables = chunks.map((each) => new ChunkTable(each, media));
  const plan = new ExtractPlan();
  plan.addOwn(headOf(index, layout.fileType, movie, tables, media.size, following.marker));
  plan.addCopied(media);
  plan.addAll(following.plan);
  if (chunks.some((each) => each.size > plan.size))
    throw damaged("the samples of a track share too many bytes");
  if (plan.size >= file.size) throw new NoExtractError("not_smaller", "the extract would not be smaller");
  return plan;
}

function chunksOf(index: Index, track: Track, fileSize: number): Chunks {
  checkDescription(index, track);
  const single = track.isAudio && countsSingleSamples(index, track.table);
  const packing = single ? readPacking(index, track) : undefined;
  return readChunks(index, track.table, packing, single, fileSize);
}

/** Writes everything before the `size` bytes of media, with 64-bit positions only if 32 bits are too few. */
function headOf(
  index: Index,
  fileType: Bytes,
  movie: Movie,
  tables: ChunkTable[],
  size: number,
  marker: Marker | undefined,
): Bytes {
  const behind = size ? writeMediaHeader(size) : joined();
  const written = (start: number, wide: boolean) => {
    const replaced = tables.map((table) => table.written(start, wide));
    return joined(fileType, writeMovie(index, movie, replaced, marker), behind);
  };
  const wide = written(0, true).length;
  const narrow = wide - 4 * tables.reduce((sum, table) => sum + table.length, 0);
  return narrow + size <= 2 ** 32 - 1 ? written(narrow, false) : written(wide, true);
}
