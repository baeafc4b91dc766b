import type { Options } from "./options.ts";

const KEPT = "tracklift.uploads";
/** The default limit of unfinished conversions per user. */
const MOST = 100;

/** What identifies a file that is chosen again: pages do not get its path. */
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
 * The uploads that a page did not finish before it was closed or reloaded. The page loses its files, but the server keeps
 * the bytes it has received, so an upload resumes when its file is chosen again.
 */
class UnfinishedUploads {
  /** The ids of uploads whose page is gone. */
  stopped = $state.raw<ReadonlySet<string>>(new Set());
  readonly #page = `tracklift-page-${String(Math.random()).slice(2)}`;

  constructor() {
    void this.#look();
  }

  /** Records an upload that this page sends. */
  note(id: string, url: string, file: File, options: Options): void {
    const entry = { id, url, name: file.name, size: file.size, changed: file.lastModified, options };
    write([{ ...entry, page: this.#page }, ...read().filter((each) => each.id !== id)].slice(0, MOST));
  }

  /** Forgets an upload that is complete or cancelled. */
  forget(id: string): void {
    write(read().filter((each) => each.id !== id));
    this.stopped = new Set([...this.stopped].filter((each) => each !== id));
  }

  /** Returns the URL of a stopped upload of this file with these options, if there is one, and forgets it. */
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

  /** Forgets all uploads, because they belong to another user. */
  clear(): void {
    localStorage.removeItem(KEPT);
    this.stopped = new Set();
  }

  /** Each page of this browser holds a lock by which others know that it is open; without locks, they can't know. */
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
