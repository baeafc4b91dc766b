import type { Bytes } from "./box_writing.ts";
import { LARGEST, NoExtractError } from "./boxes.ts";
import { lastAtMost, type MediaRanges } from "./ranges.ts";

/** The parts of an extract, in order: bytes of its own, and ranges of the file. */
export class ExtractPlan {
  size = 0;
  #ownSize = 0;
  /** Where each part begins in the extract. */
  readonly #begins: number[] = [];
  /** The bytes of each part, or where they begin in the file. */
  readonly #parts: (Bytes | number)[] = [];

  addOwn(bytes: Bytes): void {
    this.#ownSize += bytes.length;
    if (this.#ownSize > LARGEST)
      throw new NoExtractError("too_large", "the index of the extract would be too large");
    if (bytes.length) this.#add(bytes, bytes.length);
  }

  addCopied(media: MediaRanges): void {
    media.starts.forEach((start, each) => this.#add(start, (media.ends[each] ?? start) - start));
  }

  addAll(other: ExtractPlan): void {
    other.#parts.forEach((part, each) => {
      const size = other.#endOf(each) - (other.#begins[each] ?? 0);
      if (typeof part === "number") this.#add(part, size);
      else this.addOwn(part);
    });
  }

  /** Returns a range of a file's extract, without reading the file. */
  slice(file: Blob, start: number, end: number): Blob {
    const last = Math.min(end, this.size);
    const found: BlobPart[] = [];
    let position = start;
    for (let each = Math.max(0, lastAtMost(this.#begins, start)); position < last; each++) {
      const part = this.#parts[each] ?? 0;
      const skipped = position - (this.#begins[each] ?? 0);
      const length = Math.min(this.#endOf(each), last) - position;
      if (typeof part === "number") found.push(file.slice(part + skipped, part + skipped + length));
      else found.push(part.subarray(skipped, skipped + length));
      position += length;
    }
    return new Blob(found, { type: "video/mp4" });
  }

  #add(part: Bytes | number, size: number): void {
    this.#begins.push(this.size);
    this.#parts.push(part);
    this.size += size;
  }

  #endOf(each: number): number {
    return this.#begins[each + 1] ?? this.size;
  }
}
