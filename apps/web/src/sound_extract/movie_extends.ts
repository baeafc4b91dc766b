import { type Bytes, write } from "./box_writing.ts";
import { type Box, damaged, type Index, only } from "./boxes.ts";

/** The defaults for samples that a fragment does not describe, in units of time and bytes. */
export interface Defaults {
  duration: number;
  size: number;
}

/** What the index says about the fragments that follow (ISO/IEC 14496-12, 8.8.1 to 8.8.3). */
export interface MovieExtends {
  /** Keyed by track id. */
  defaults: Map<number, Defaults>;
  /** The payloads of the `trex` boxes, keyed by track id. */
  boxes: Map<number, Bytes>;
  /** The announced duration of all fragments, if any, in units of the movie's time scale. */
  announced: number | undefined;
}

export function readExtends(index: Index, mvex: Box): MovieExtends {
  const children = index.children(mvex);
  const [defaults, boxes] = [new Map<number, Defaults>(), new Map<number, Bytes>()];
  for (const trex of children.filter((box) => box.type === "trex")) {
    const track = index.number(trex, 4);
    if (defaults.has(track)) throw damaged("a track has two sets of defaults for fragments");
    defaults.set(track, { duration: index.number(trex, 12), size: index.number(trex, 16) });
    boxes.set(track, index.content(trex));
  }
  const mehd = only(children, "mehd");
  const announced = mehd && index.number(mehd, 4, index.number(mehd, 0, 1) === 1 ? 8 : 4);
  return { defaults, boxes, announced };
}

/** Writes the box with the defaults of some tracks, without an announced duration. */
export function writeExtends(mvex: MovieExtends, tracks: readonly number[]): Bytes {
  const kept = [...mvex.boxes].filter(([track]) => tracks.includes(track));
  return write("mvex", ...kept.map(([, payload]) => write("trex", payload)));
}
