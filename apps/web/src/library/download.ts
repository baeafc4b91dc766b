import { address } from "../root.ts";
import { keepFresh } from "../session/renewal.ts";
import type { ConversionRow } from "./conversion_row.svelte.ts";

const FRESH = 60_000;

/** Has the browser download several MP3s as one archive, which comes as a stream, or one as it is. */
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

/** Has the browser download the MP3. It can't renew the session by itself, so that is done before. */
export async function download(row: ConversionRow): Promise<void> {
  const audio = row.conversion.audio;
  if (!audio) return;
  await keepFresh(FRESH);
  const link = document.createElement("a");
  link.href = address(audio.url);
  link.download = audio.name;
  link.click();
}
