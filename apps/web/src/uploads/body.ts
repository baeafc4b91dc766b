import { ApiError } from "../api/client.ts";

/**
 * Returns what to send of a file: its sound, or the whole file if that is wanted or there is no extract. Throws `ApiError`
 * if there is no connection.
 */
export async function bodyOf(file: File, whole: boolean): Promise<Blob> {
  if (whole) return file;
  try {
    // Loaded with the first upload, because no page needs it earlier.
    const { SoundExtract } = await import("../sound_extract/sound_extract.ts");
    const extract = await SoundExtract.of(file);
    return extract.slice(0, extract.size);
  } catch {
    if (!navigator.onLine) throw new ApiError("offline");
    // It is not an error that a file has no extract; a file that can no longer be read is noticed when it is sent. After an
    // upgrade, the code may be missing until the page is reloaded.
    return file;
  }
}
