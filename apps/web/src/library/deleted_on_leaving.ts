const KEY = "tracklift.deleted";
/** The server has deleted them by then; or it could not, and they have to be shown again. In milliseconds. */
const LASTS = 30_000;

/** Takes note of conversions whose deletion is under way while the page is closed. */
export function noteDeleted(ids: string[]): void {
  if (ids.length) sessionStorage.setItem(KEY, JSON.stringify({ ids, at: Date.now() }));
}

/** Gives those that the page before this one was deleting: the next list may still have them. */
export function deletedBefore(now = Date.now()): ReadonlySet<string> {
  try {
    const { ids, at } = JSON.parse(sessionStorage.getItem(KEY) ?? "") as { ids: string[]; at: number };
    return new Set(now - at < LASTS ? ids : []);
  } catch {
    return new Set();
  }
}
