import { type Box, damaged, type Index, NoExtractError, only, required } from "./boxes.ts";
import type { Track } from "./track.ts";

/** A shorter QuickTime `alis` has no room for a file name. */
const SHORTEST_ALIAS = 150;
const BITS: Record<string, number> = { in24: 24, in32: 32, fl32: 32, fl64: 64, ulaw: 8, alaw: 8 };
const DEFAULT_BITS: Record<string, number> = { twos: 16, sowt: 16, lpcm: 16, "raw ": 8, NONE: 8 };
/** The samples of a block, and its bytes per channel. */
const BLOCKS: Record<string, [number, number]> = { ima4: [64, 34], MAC3: [6, 2], MAC6: [6, 1] };

/** Boxes that describe how samples are encrypted. */
export const AUXILIARY = ["saio", "saiz", "senc"];

/** How many bytes a number of samples of all channels takes. */
export interface Packing {
  samples: number;
  bytes: number;
}

/** Checks that the samples of a track are in this file and are not encrypted. */
export function checkDescription(index: Index, track: Track): void {
  const entries = index.children(required(track.table, "stsd"), 8);
  if (!entries.length) throw damaged("a track does not say how it is coded");
  const auxiliary = track.table.some((box) => AUXILIARY.includes(box.type));
  if (auxiliary || entries.some((entry) => entry.type === "enca" || entry.type === "drms")) {
    throw new NoExtractError("encrypted", "the sound is encrypted");
  }
  const references = index.children(only(index.children(only(track.information, "dinf")), "dref"), 8);
  for (const entry of entries) {
    const reference = references[index.number(entry, 6, 2) - 1];
    if (reference && isElsewhere(index, reference)) {
      throw new NoExtractError("unsupported", "the samples lie in another file");
    }
  }
}

/** Returns how samples of sound are packed, if the first sample entry says so. */
export function readPacking(index: Index, track: Track): Packing | undefined {
  const stsd = required(track.table, "stsd");
  const entry = index.children(stsd, 8)[0];
  if (!entry) return undefined;
  index.fields(entry, 0, 28);
  const quicktime = index.number(stsd, 0, 1) === 0;
  const version = index.number(entry, 8, 2);
  let [channels, bits] = [index.number(entry, 16, 2), index.number(entry, 18, 2)];
  if (quicktime && version === 2) {
    index.fields(entry, 28, 36);
    [channels, bits] = [index.number(entry, 40), Math.min(index.number(entry, 48), 64)];
    if (channels >= 2 ** 16) channels = 1;
  }
  channels = Math.max(channels, 1);
  const usual = DEFAULT_BITS[entry.type];
  if (BITS[entry.type] || usual) {
    const width = BITS[entry.type] ?? (bits || (usual ?? 0));
    return { samples: 1, bytes: channels * Math.max(Math.floor(width / 8), 1) };
  }
  const block = BLOCKS[entry.type];
  if (block) return { samples: block[0], bytes: block[1] * channels };
  if (!quicktime || version !== 1) return undefined;
  index.fields(entry, 28, 16);
  const [samples, bytes] = [index.number(entry, 28), index.number(entry, 36)];
  return samples && bytes ? { samples, bytes } : undefined;
}

function isElsewhere(index: Index, reference: Box): boolean {
  if (index.number(reference, 3, 1) & 1) return false;
  const length = reference.end - reference.payload - 4;
  // An empty name is a zero byte.
  if (reference.type === "url ") return length > 1;
  return reference.type !== "alis" || length >= SHORTEST_ALIAS;
}
