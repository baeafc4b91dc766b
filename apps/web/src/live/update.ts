import type { Conversion, Progress } from "../api/client.ts";
import type { ServerEvent } from "./event_stream.ts";

export type Update =
  { state: Conversion } | { progress: Progress } | { deleted: string } | { connected: true };

/** Returns what an event says about a conversion, or `undefined` if its name is unknown. */
export function updateOf(event: ServerEvent): Update | undefined {
  const data = () => JSON.parse(event.data) as unknown;
  if (event.name === "state") return { state: data() as Conversion };
  if (event.name === "progress") return { progress: data() as Progress };
  if (event.name === "deleted") return { deleted: (data() as { id: string }).id };
  return undefined;
}

/** Returns the update as sent to other pages: a page of the previous release reloads its list for a deletion. */
export function forOtherPages(update: Update): Update {
  return "deleted" in update ? { ...update, connected: true } : update;
}
