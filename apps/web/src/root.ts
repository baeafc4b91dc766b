/**
 * The root URL of Tracklift, derived from the URL of this script, so that a proxy may serve Tracklift below a path. On the
 * development server, it is the root of the host.
 */
const root = import.meta.env.DEV
  ? new URL("/", location.href)
  : new URL("../", new URL(import.meta.url, location.href));

/** Returns the URL path of a page or an API route. `path` begins with a slash. */
export function address(path: string): string {
  return root.pathname.replace(/\/$/, "") + path;
}

/** Returns a path relative to the root, or "/" if it is outside of it. */
export function pathOf(pathname: string): string {
  const base = root.pathname.replace(/\/$/, "");
  return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : "/";
}
