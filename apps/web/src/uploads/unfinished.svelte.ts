import type { Options } from "./options.ts";

const KEPT = "tracklift.uploads";
/** As many as one user may have unfinished by default. */
const MOST = 100;

/** What tells a file that is chosen again from another one: pages are not given its path. */
interface Kept {
  id: string;
  url: string;
  name: string;
  size: number;
  changed: number;
  options: Options;
  page: string;
}

/**
 * The uploads that a page did not finish before it was closed or loaded anew. A page loses its files with that; their
 * bytes are at the server, so that an upload goes on when its file is chosen again.
 */
class UnfinishedUploads {
  /** The ids of those whose page is gone. */
  stopped = $state.raw<ReadonlySet<string>>(new Set());
  readonly #page = `tracklift-page-${String(Math.random()).slice(2)}`;

  constructor() {
    void this.#look();
  }

  /** Takes note of an upload that this page sends. */
  note(id: string, url: string, file: File, options: Options): void {
    const entry = { id, url, name: file.name, size: file.size, changed: file.lastModified, options };
    write([{ ...entry, page: this.#page }, ...read().filter((each) => each.id !== id)].slice(0, MOST));
  }

  /** Forgets one that is there, or given up. */
  forget(id: string): void {
    write(read().filter((each) => each.id !== id));
    this.stopped = new Set([...this.stopped].filter((each) => each !== id));
  }

  /** Gives the address of a stopped upload of this file with these options, if there is one, and counts it as going on. */
  take(file: File, options: Options): string | undefined {
    const found = read().find(
      (each) =>
        this.stopped.has(each.id) &&
        each.name === file.name &&
        each.size === file.size &&
        each.changed === file.lastModified &&
        JSON.stringify(each.options) === JSON.stringify(options),
    );
    if (found) this.forget(found.id);
    return found?.url;
  }

  /** Forgets all: another user is none of theirs. */
  clear(): void {
    localStorage.removeItem(KEPT);
    this.stopped = new Set();
  }

  /** Other pages of this browser hold a lock each, as this one does; without locks, other pages are not known of. */
  async #look(): Promise<void> {
    const entries = read();
    let held: (string | undefined)[] = [];
    if ("locks" in navigator) {
      void navigator.locks.request(this.#page, () => new Promise(() => undefined));
      held = ((await navigator.locks.query()).held ?? []).map((lock) => lock.name);
    }
    this.stopped = new Set(entries.filter((each) => !held.includes(each.page)).map((each) => each.id));
  }
}

function read(): Kept[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? (found as Kept[]) : [];
  } catch {
    return [];
  }
}

function write(entries: Kept[]): void {
  localStorage.setItem(KEPT, JSON.stringify(entries));
}

export const unfinished = new UnfinishedUploads();
