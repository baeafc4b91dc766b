import { ApiError, type Conversion } from "../api/client.ts";
import { keep, kept, type Options } from "./options.ts";
import { resumable } from "./resumable.ts";
import { unfinished } from "./unfinished.svelte.ts";
import { Upload } from "./upload.svelte.ts";

/** More than one at a time, to use the connection while a file is being read; few, so that each makes progress. */
const AT_ONCE = 2;
const VIDEO = /\.(mp4|m4v|mov|m4a)$/i;

/** The files that this page sends. */
class Uploads {
  list = $state.raw<Upload[]>([]);
  options = $state<Options>(kept());
  #owner: string | undefined;

  constructor() {
    addEventListener("beforeunload", (event) => {
      if (this.unfinished) event.preventDefault();
    });
  }

  get unfinished(): number {
    return this.list.filter((each) => each.state !== "done" && each.state !== "failed").length;
  }

  /** Whether a conversion is already shown as one of these uploads. */
  shows(conversion: Conversion): boolean {
    return this.list.some(
      (each) =>
        each.state !== "failed" && (each.conversionId === conversion.id || mayHaveBegun(each, conversion)),
    );
  }

  /** Adds files. Those that can't be videos are refused here instead of being sent in vain. */
  add(files: Iterable<File>): void {
    keep(this.options);
    const added = [...files].map((file) => new Upload(file, { ...this.options }, refusal(file)));
    this.list = [...added, ...this.list];
    this.#next();
  }

  /** Sets the user who is signed in. The uploads of another user are cancelled. */
  belongTo(user: string): void {
    if (this.#owner && this.#owner !== user) {
      unfinished.clear();
      for (const upload of this.list) upload.cancel();
      this.list = [];
    }
    this.#owner = user;
  }

  again(upload: Upload): void {
    this.dismiss(upload);
    this.list = [new Upload(upload.file, { ...upload.options }, refusal(upload.file)), ...this.list];
    this.#next();
  }

  cancel(upload: Upload): void {
    upload.cancel();
    this.dismiss(upload);
    this.#next();
  }

  dismiss(upload: Upload): void {
    this.list = this.list.filter((each) => each !== upload);
  }

  #next(): void {
    const busy = this.list.filter((each) => each.state === "sending" || each.state === "interrupted").length;
    const waiting = this.list.filter((each) => each.state === "waiting").reverse();
    for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - busy))) {
      void upload.run(resumable(unfinished.take(upload.file, upload.options))).finally(() => {
        // A complete upload is shown as a conversion.
        if (upload.state === "done") this.dismiss(upload);
        this.#next();
      });
    }
  }
}

/** Whether a conversion may belong to an upload: the list can contain it before the upload knows its id. */
function mayHaveBegun(upload: Upload, conversion: Conversion): boolean {
  if (upload.conversionId || upload.state === "waiting") return false;
  return conversion.state === "uploading" && conversion.source.name === upload.file.name;
}

function refusal(file: File): ApiError | undefined {
  if (file.size === 0) return new ApiError("empty_file");
  if (!VIDEO.test(file.name) && !file.type.startsWith("video/")) return new ApiError("not_a_video");
  return undefined;
}

export const uploads = new Uploads();
