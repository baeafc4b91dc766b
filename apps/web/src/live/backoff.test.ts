import { expect, test } from "vitest";

import { Backoff } from "./backoff.ts";

test("pauses double up to fifteen seconds, with chance in their second half", () => {
  const backoff = new Backoff();

  expect(Array.from({ length: 7 }, () => backoff.next(() => 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 15000, 15000,
  ]);
  expect(backoff.next(() => 0)).toBe(7500);
  backoff.reset();
  expect(backoff.next(() => 1)).toBe(500);
});
