import type { Conversion, Progress } from "../api/client.ts";
import type { ServerEvent } from "./event_stream.ts";

export type Update =
  { state: Conversion } | { progress: Progress } | { deleted: string } | { connected: true };

/** What an event tells of a conversion; nothing of one whose name is not known here. */
export function updateOf(event: ServerEvent): Update | undefined {
  const data = () => JSON.parse(event.data) as unknown;
  if (event.name === "state") return { state: data() as Conversion };
  if (event.name === "progress") return { progress: data() as Progress };
  if (event.name === "deleted") return { deleted: (data() as { id: string }).id };
  return undefined;
}

/** The update as other pages of the browser get it: one of the release before reads its list anew for a deletion. */
export function forOtherPages(update: Update): Update {
  return "deleted" in update ? { ...update, connected: true } : update;
}
