import { ApiError } from "../api/client.ts";

/**
 * Gives what is sent of a file: its sound, or all of it where that is wanted or there is no extract. Throws `ApiError`
 * where there is no connection.
 */
export async function bodyOf(file: File, whole: boolean): Promise<Blob> {
  if (whole) return file;
  try {
    // Loaded with the first upload, as no page needs it before.
    const { SoundExtract } = await import("../sound_extract/sound_extract.ts");
    const extract = await SoundExtract.of(file);
    return extract.slice(0, extract.size);
  } catch {
    if (!navigator.onLine) throw new ApiError("offline");
    // A refusal is no error; a file that can't be read any more is noticed when it is sent. After a change of version
    // the code may be gone until the page is loaded anew.
    return file;
  }
}
