import { address } from "../root.ts";

/** Where the service worker keeps files that were shared with the installed application. */
const SHARED = "tracklift-shared";

/** Registers the service worker, which receives files from the share sheet, if the browser supports it. */
export function listenForShares(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  // Everything else works without it.
  void navigator.serviceWorker
    .register(address("/service-worker.js"), { scope: address("/") })
    .catch(() => undefined);
}

/** Returns the shared files that were not used yet. They are kept until they are discarded. */
export async function sharedFiles(): Promise<File[]> {
  // Browsers have no cache storage over plain HTTP, except from localhost.
  if (!("caches" in window) || !(await caches.has(SHARED))) return [];
  const cache = await caches.open(SHARED);
  return Promise.all((await cache.matchAll()).map(fileOf));
}

export async function forgetShared(): Promise<void> {
  await caches.delete(SHARED);
}

async function fileOf(response: Response): Promise<File> {
  const name = decodeURIComponent(response.headers.get("X-Name") ?? "video.mp4");
  const lastModified = Number(response.headers.get("X-Changed"));
  return new File([await response.blob()], name, {
    type: response.headers.get("Content-Type") ?? "",
    lastModified,
  });
}
