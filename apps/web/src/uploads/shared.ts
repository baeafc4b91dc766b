import { address } from "../root.ts";

/** Where the service worker keeps files that were shared with the installed application. */
const SHARED = "tracklift-shared";

/** Has the service worker take files from the share sheet, where the browser has one. */
export function listenForShares(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  // Without it everything else works.
  void navigator.serviceWorker
    .register(address("/service-worker.js"), { scope: address("/") })
    .catch(() => undefined);
}

/** Gives the files that were shared and not taken yet. They stay until they are forgotten. */
export async function sharedFiles(): Promise<File[]> {
  // By plain http, but to this machine itself, browsers keep nothing.
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
