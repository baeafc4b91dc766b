const KEY = "tracklift.deleted";
/** In milliseconds. By then the server has deleted them, or has failed to, and they must be shown again. */
const LASTS = 30_000;

/** Notes conversions that are being deleted while the page closes. */
export function noteDeleted(ids: string[]): void {
  if (ids.length) sessionStorage.setItem(KEY, JSON.stringify({ ids, at: Date.now() }));
}

/** Returns those that the previous page was deleting, and until when lists may still contain them. */
export function deletedBefore(): { ids: ReadonlySet<string>; until: number } {
  try {
    const { ids, at } = JSON.parse(sessionStorage.getItem(KEY) ?? "") as { ids: string[]; at: number };
    return { ids: new Set(ids), until: at + LASTS };
  } catch {
    return { ids: new Set(), until: 0 };
  }
}
