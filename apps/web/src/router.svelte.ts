import { address, pathOf } from "./root.ts";

/** Selects the page by the path of the URL. */
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

  /** Changes the query of the current page, so that it is kept when the user comes back. */
  ask(query: URLSearchParams): void {
    this.query = query;
    const text = query.toString();
    try {
      history.replaceState(history.state, "", location.pathname + (text && `?${text}`));
    } catch {
      // Browsers limit how often the history may change; a later change will include this one.
    }
  }

  #read(): void {
    this.path = pathOf(location.pathname);
    this.query = new URLSearchParams(location.search);
  }
}

export const router = new Router();

/** Makes links to pages of this application change the page without reloading it. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest("a");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- read once
  const to = new URL(link.href);
  if (to.origin !== location.origin || link.dataset.outside !== undefined) return;
  // An anchor on the current page: the browser moves the focus there.
  if (to.hash && to.pathname + to.search === location.pathname + location.search) return;
  event.preventDefault();
  router.go(pathOf(to.pathname) + to.search);
}
