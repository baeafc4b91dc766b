import { joined } from "./box_writing.ts";
import { damaged, type Index, NoExtractError } from "./boxes.ts";
import { ExtractPlan } from "./extract_plan.ts";
import { type Fragment, readFragment, writeFragment } from "./fragment.ts";
import { fragmentsOf, type Layout } from "./layout.ts";
import { type Marker, writeMarkerPart } from "./marker_track.ts";
import type { Movie } from "./movie.ts";
import type { MovieExtends } from "./movie_extends.ts";
import { SampleSizes } from "./sample_table.ts";
import type { Source } from "./source.ts";
import { startOf } from "./track.ts";
import { TrackClock } from "./track_clock.ts";

/** Seconds by which the fragments may be shorter than announced; the server has the same tolerance. */
const TOLERANCE = 1;

/** The fragments of an extract, and the track that preserves the time at which the file begins. */
export interface PlannedFragments {
  plan: ExtractPlan;
  marker: Marker | undefined;
}

/** Plans what follows the index and its media, which is nothing if the file has no fragments. */
export async function planFragments(
  source: Source,
  layout: Layout,
  index: Index,
  movie: Movie,
  mvex: MovieExtends,
): Promise<PlannedFragments> {
  const clocks = clocksOf(index, movie);
  const hadSamples = [...clocks.values()].some((clock) => clock.hasSamples);
  const kept = new Set(movie.kept.map((track) => track.id));
  const following = new ExtractPlan();
  let first: Fragment | undefined;
  let [count, hasIndex] = [0, false];
  for await (const box of fragmentsOf(source, layout)) {
    if (box.type !== "moof") {
      hasIndex = true;
      continue;
    }
    const fragment = await readFragment(source, box, mvex.defaults);
    count++;
    tell(clocks, fragment);
    const parts = fragment.parts.filter((part) => kept.has(part.header.track));
    if (hasIndex && parts.some((part) => part.time === undefined))
      throw new NoExtractError("unsupported", "an index of segments tells the times of fragments");
    if (!parts.length) continue;
    if (first) add(following, { ...fragment, parts }, undefined);
    else first = { ...fragment, parts };
  }
  if (count === 0) return { plan: following, marker: undefined };
  if (!first) throw new NoExtractError("unsupported", "no fragment has sound");
  if (!movie.kept.some((track) => clocks.get(track.id)?.hasSamples))
    throw new NoExtractError("no_audio", "the sound has no samples");
  checkAnnouncement(movie, mvex, clocks, hadSamples);
  const marker = earliestLeftOut(movie, kept, clocks);
  if (marker && !first.parts.some((part) => part.runs.some((run) => run.size)))
    throw new NoExtractError("unsupported", "the first fragment of the sound has no bytes");
  const plan = new ExtractPlan();
  add(plan, first, marker);
  plan.addAll(following);
  return { plan, marker };
}

function clocksOf(index: Index, movie: Movie): Map<number, TrackClock> {
  return new Map(
    movie.tracks.map((track) => {
      const sizes = new SampleSizes(index, track.table);
      const hasSamples = track.isAudio ? !sizes.areEmpty : sizes.count > 0;
      const start = track.timescale && movie.timescale ? startOf(index, track) : 0;
      return [track.id, new TrackClock(track.timescale, start, hasSamples)];
    }),
  );
}

function tell(clocks: Map<number, TrackClock>, fragment: Fragment): void {
  for (const part of fragment.parts) {
    const clock = clocks.get(part.header.track);
    if (!clock) throw damaged("a fragment names an unknown track");
    const [samples, duration] = [
      part.runs.reduce((sum, run) => sum + run.count, 0),
      part.runs.reduce((sum, run) => sum + run.duration, 0),
    ];
    clock.add(part.time, samples, duration);
  }
}

function add(plan: ExtractPlan, fragment: Fragment, marker: Marker | undefined): void {
  const [head, media] = writeFragment(fragment, (offset) =>
    marker ? writeMarkerPart(marker, offset) : joined(),
  );
  plan.addOwn(head);
  plan.addCopied(media);
}

/** Checks that the file is as long as its index announces, because the extract has no announcement. */
function checkAnnouncement(
  movie: Movie,
  mvex: MovieExtends,
  clocks: Map<number, TrackClock>,
  hadSamples: boolean,
): void {
  if (mvex.announced === undefined || movie.timescale === 0) return;
  const longest = Math.max(...[...clocks.values()].map((clock) => clock.longest));
  if (hadSamples || mvex.announced / movie.timescale - longest > TOLERANCE)
    throw damaged("the recording is shorter than its index announces");
}

/** Returns the track that begins earliest, unless a track of the extract begins as early. */
function earliestLeftOut(
  movie: Movie,
  kept: ReadonlySet<number>,
  clocks: Map<number, TrackClock>,
): Marker | undefined {
  const playing = movie.tracks.flatMap((track) => {
    const clock = clocks.get(track.id);
    return clock?.hasSamples ? [{ track, time: clock.first, origin: clock.origin }] : [];
  });
  const least = Math.min(...playing.map((each) => each.origin));
  const earliest = playing.filter((each) => each.origin === least);
  return earliest.some((each) => kept.has(each.track.id)) ? undefined : earliest[0];
}
