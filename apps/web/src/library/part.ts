import { readClock } from "../format/format.ts";

/** In seconds: the resolution of dragging, the step of an arrow key, and the shortest part. */
export const STEP = 0.1;
export type Edge = "start" | "end";

/**
 * Reads a part of the sound, in seconds, from the texts of its two fields. An edge is left out if its text is invalid; if
 * nothing is left between the two edges, `suspect` is the one that is left out.
 */
export function readPart(
  texts: Record<Edge, string>,
  duration: number,
  suspect: Edge,
): Partial<Record<Edge, number>> {
  const start = readStart(texts.start, duration);
  const end = readEnd(texts.end, duration);
  if (start !== undefined && end !== undefined && end - start < STEP - 0.001)
    return suspect === "start" ? { end } : { start };
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

/** The other edge. */
export function other(edge: Edge): Edge {
  return edge === "start" ? "end" : "start";
}

export function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

/** Rounds to a step; the last step leads to the exact end. */
export function endAt(seconds: number, duration: number): number {
  return seconds > duration - STEP ? duration : tenths(seconds);
}

function readStart(text: string, duration: number): number | undefined {
  const seconds = readClock(text);
  return seconds === undefined || seconds > duration - STEP ? undefined : tenths(seconds);
}

function readEnd(text: string, duration: number): number | undefined {
  const seconds = readClock(text);
  return seconds === undefined || seconds < STEP ? undefined : endAt(seconds, duration);
}
