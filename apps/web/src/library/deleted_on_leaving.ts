const KEY = "tracklift.deleted";
/** The server has deleted them by then; or it could not, and they have to be shown again. In milliseconds. */
const LASTS = 30_000;

/** Takes note of conversions whose deletion is under way while the page is closed. */
export function noteDeleted(ids: string[]): void {
  if (ids.length) sessionStorage.setItem(KEY, JSON.stringify({ ids, at: Date.now() }));
}

/** Gives those that the page before this one was deleting, and until when the next lists may still have them. */
export function deletedBefore(): { ids: ReadonlySet<string>; until: number } {
  try {
    const { ids, at } = JSON.parse(sessionStorage.getItem(KEY) ?? "") as { ids: string[]; at: number };
    return { ids: new Set(ids), until: at + LASTS };
  } catch {
    return { ids: new Set(), until: 0 };
  }
}
