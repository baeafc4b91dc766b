import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { NoExtractError } from "./boxes.ts";
import { SoundExtract } from "./sound_extract.ts";

interface Vector {
  source: { size: number; sha256: string };
  extract: { size: number; sha256: string } | { refused: string };
}

const FOLDER = new URL("../../../../tests/unit/client/vectors/", import.meta.url);
const VECTORS = Object.entries(
  JSON.parse(readFileSync(new URL("vectors.json", FOLDER), "utf-8")) as Record<string, Vector>,
);

function video(name: string): Blob {
  return new Blob([readFileSync(new URL(`${name}.mp4`, FOLDER))]);
}

async function sha256(blob: Blob): Promise<string> {
  return createHash("sha256")
    .update(new Uint8Array(await blob.arrayBuffer()))
    .digest("hex");
}

async function outcome(blob: Blob): Promise<Vector["extract"]> {
  try {
    const extract = await SoundExtract.of(blob);
    return { size: extract.size, sha256: await sha256(extract.slice(0, Infinity)) };
  } catch (error) {
    if (error instanceof NoExtractError) return { refused: error.reason };
    throw error;
  }
}

test.each(VECTORS)("%s has the bytes of every implementation", async (name, vector) => {
  expect(await outcome(video(name))).toEqual(vector.extract);
});

const VARIED = ["tags-and-chapters", "fragments-pictures-first-with-edits", "fragments-behind-samples"];

test.each(VARIED)("any range of the extract of %s can be read by itself", async (name) => {
  const extract = await SoundExtract.of(video(name));
  const whole = new Uint8Array(await extract.slice(0, Infinity).arrayBuffer());

  for (let start = 0; start <= whole.length; start += 7) {
    for (const length of [0, 1, 30, 5000]) {
      const part = new Uint8Array(await extract.slice(start, start + length).arrayBuffer());
      expect(part).toEqual(whole.slice(start, start + length));
    }
  }
});

test.each(VARIED)(
  "%s, cut or changed anywhere, is refused or has an extract, and gives no other error",
  async (name) => {
    const bytes = readFileSync(new URL(`${name}.mp4`, FOLDER));
    for (let position = 0; position < bytes.length; position += 5) {
      await isRefusedOrNot(new Blob([bytes.subarray(0, position)]));
      for (const value of [0, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[position] = value;
        await isRefusedOrNot(new Blob([changed]));
      }
    }
  },
  60_000,
);

async function isRefusedOrNot(blob: Blob): Promise<void> {
  await SoundExtract.of(blob).catch((error: unknown) => {
    if (!(error instanceof NoExtractError)) throw error;
  });
}
