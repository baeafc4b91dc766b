/**
 * Where Tracklift is: this file is in a folder of it, so that a proxy may serve it below a path. The development server
 * has it at the top.
 */
const root = import.meta.env.DEV
  ? new URL("/", location.href)
  : new URL("../", new URL(import.meta.url, location.href));

/** Gives the address of a page, or of something of the interface, whose path begins with a slash. */
export function address(path: string): string {
  return root.pathname.replace(/\/$/, "") + path;
}

/** Gives the path of an address below the root; "/" for one that is somewhere else. */
export function pathOf(pathname: string): string {
  const base = root.pathname.replace(/\/$/, "");
  return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : "/";
}
