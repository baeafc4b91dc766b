import { address } from "../root.ts";
import { keepFresh } from "../session/renewal.ts";
import type { ConversionRow } from "./conversion_row.svelte.ts";

const FRESH = 60_000;

/** Lets the browser download several MP3s as one streamed archive; a single MP3 is downloaded as it is. */
export async function downloadAll(rows: readonly ConversionRow[]): Promise<void> {
  const [first] = rows;
  if (rows.length === 1 && first) return download(first);
  await keepFresh(FRESH);
  const ids = new URLSearchParams(rows.map((row) => ["id", row.id]));
  const link = document.createElement("a");
  link.href = address(`/v1/conversions/archive?${ids}`);
  link.download = "";
  link.click();
}

/** Lets the browser download the MP3. A download can't renew the session, so that is done first. */
export async function download(row: ConversionRow): Promise<void> {
  const audio = row.conversion.audio;
  if (!audio) return;
  await keepFresh(FRESH);
  const link = document.createElement("a");
  link.href = address(audio.url);
  link.download = audio.name;
  link.click();
}
