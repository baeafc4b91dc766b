import type { Conversion, Progress } from "../api/client.ts";

const ACTIVE = new Set(["uploading", "queued", "converting"]);
/** Reasons after which another try may succeed; all other reasons are in the video. */
const PASSING = new Set(["timed_out", "out_of_space", "internal_error"]);

/** One conversion as a list shows it. */
export class ConversionRow {
  readonly id: string;
  conversion: Conversion;
  progress: number;
  remaining: number | null;
  /** Whether a request for it is in progress. */
  busy = $state(false);

  constructor(conversion: Conversion) {
    this.id = conversion.id;
    this.conversion = $state.raw(conversion);
    this.progress = $state(conversion.progress);
    this.remaining = $state(conversion.remaining);
  }

  get active(): boolean {
    return ACTIVE.has(this.conversion.state);
  }

  /** Whether a failed conversion may succeed with another try. */
  get retryable(): boolean {
    return this.conversion.state === "failed" && PASSING.has(this.conversion.error?.code ?? "");
  }

  take(conversion: Conversion): void {
    // The list and the event stream may arrive in either order.
    if (time(conversion) < time(this.conversion)) return;
    // Events of a state carry no progress.
    const known = this.conversion.state === conversion.state && conversion.progress === 0;
    this.conversion = withChapters(conversion, this.conversion);
    if (known) return;
    this.progress = conversion.progress;
    this.remaining = conversion.remaining;
  }

  advance(progress: Progress): void {
    if (this.conversion.state !== "converting" && this.conversion.state !== "queued") return;
    this.progress = progress.progress;
    this.remaining = progress.remaining;
  }
}

/** In milliseconds: as texts, times with and without a fraction of a second don't sort. */
function time(conversion: Conversion): number {
  return Date.parse(conversion.updated_at);
}

/** Keeps the chapters, which never change: lists and events leave them out. */
function withChapters(conversion: Conversion, before: Conversion): Conversion {
  const { audio } = conversion;
  if (!audio || audio.chapters !== null || !before.audio?.chapters) return conversion;
  return { ...conversion, audio: { ...audio, chapters: before.audio.chapters } };
}
