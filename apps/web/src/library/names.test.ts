import { expect, test } from "vitest";

import { stem } from "./names.ts";

test.each([
  ["talk.mp4", "talk"],
  ["Version 1.2.MOV", "Version 1.2"],
  ["Mr. Smith", "Mr. Smith"],
  ["講演 🎤.mp4", "講演 🎤"],
  [".mp4", ".mp4"],
  ["talk", "talk"],
])("%s is renamed as %s", (name, expected) => {
  expect(stem(name)).toBe(expected);
});
