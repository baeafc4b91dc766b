import { expect, test } from "vitest";

import { DEFAULT, presetOf, PRESETS, toFields } from "./options.ts";

test("what the server chooses by itself is left to it", () => {
  expect(toFields(DEFAULT)).toEqual({});
  expect(toFields(PRESETS.lecture)).toEqual({ bitrate: "96", channels: "1", normalize: "true" });
});

test("a preset is known by its choices", () => {
  expect(presetOf({ ...PRESETS.podcast })).toBe("podcast");
  expect(presetOf({ ...PRESETS.podcast, bitrate: 320 })).toBeUndefined();
});
