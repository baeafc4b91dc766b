import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { FileWatch } from "./file_watch.ts";

/** A file whose content on disk may change after it was chosen. */
class ChangingFile {
  content: Uint8Array<ArrayBuffer> | undefined;
  readonly size: number;

  constructor(content: Uint8Array<ArrayBuffer>) {
    this.content = content;
    this.size = content.length;
  }

  slice(start: number, end: number): { arrayBuffer: () => Promise<ArrayBuffer> } {
    const content = this.content;
    return {
      arrayBuffer: () =>
        content
          ? Promise.resolve(content.slice(start, end).buffer)
          : Promise.reject(new DOMException("gone", "NotReadableError")),
    };
  }
}

function fileOf(size: number): ChangingFile & Blob {
  return new ChangingFile(new Uint8Array(size).map((_, place) => place % 251)) as ChangingFile & Blob;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([0, 1, 4096, 100_000])("a file of %i bytes that stays is the same", async (size) => {
  const watch = await FileWatch.of(fileOf(size));
  expect(await watch?.isUnchanged()).toBe(true);
});

test.each([0, 50_000, 99_999])("a byte that has become another one at %i is noticed", async (place) => {
  const file = fileOf(100_000);
  const watch = await FileWatch.of(file);
  file.content = file.content?.with(place, 255);
  expect(await watch?.isUnchanged()).toBe(false);
});

test("a file that has become shorter is noticed", async () => {
  const file = fileOf(100_000);
  const watch = await FileWatch.of(file);
  file.content = file.content?.slice(0, 50_000);
  expect(await watch?.isUnchanged()).toBe(false);
});

test("a file that is gone is noticed while it is sent, and told once", async () => {
  const file = fileOf(100_000);
  const watch = await FileWatch.of(file);
  const told = vi.fn();
  watch?.whileSent(told);

  await vi.advanceTimersByTimeAsync(3000);
  expect(told).not.toHaveBeenCalled();
  file.content = undefined;
  await vi.advanceTimersByTimeAsync(3000);
  expect(told).toHaveBeenCalledTimes(1);
});

test("after the end of sending, nothing is told", async () => {
  const file = fileOf(10);
  const watch = await FileWatch.of(file);
  const told = vi.fn();
  const stop = watch?.whileSent(told);
  file.content = undefined;

  stop?.();
  await vi.advanceTimersByTimeAsync(3000);

  expect(told).not.toHaveBeenCalled();
});

test("a file that can't be read has no watch", async () => {
  const file = fileOf(10);
  file.content = undefined;
  expect(await FileWatch.of(file)).toBeUndefined();
});
