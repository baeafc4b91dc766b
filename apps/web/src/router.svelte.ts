import { address, pathOf } from "./root.ts";

/** Which page is shown, by the path in the address. */
class Router {
  path = $state(pathOf(location.pathname));
  query = $state.raw(new URLSearchParams(location.search));

  constructor() {
    addEventListener("popstate", () => this.#read());
  }

  /** Goes to a page of this application. */
  go(path: string, { replace = false } = {}): void {
    if (replace) history.replaceState(null, "", address(path));
    else history.pushState(null, "", address(path));
    this.#read();
    scrollTo(0, 0);
  }

  /** Changes the query of the page that is shown, for those who come back to it. */
  ask(query: URLSearchParams): void {
    this.query = query;
    const text = query.toString();
    try {
      history.replaceState(history.state, "", location.pathname + (text && `?${text}`));
    } catch {
      // A browser takes so many changes in a time; a later one is as good.
    }
  }

  #read(): void {
    this.path = pathOf(location.pathname);
    this.query = new URLSearchParams(location.search);
  }
}

export const router = new Router();

/** Lets a link to a page of this application change the page without loading it anew. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest("a");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- read once
  const to = new URL(link.href);
  if (to.origin !== location.origin || link.dataset.outside !== undefined) return;
  // A place on the page that is shown: the browser moves the focus there.
  if (to.hash && to.pathname + to.search === location.pathname + location.search) return;
  event.preventDefault();
  router.go(pathOf(to.pathname) + to.search);
}
