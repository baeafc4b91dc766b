import { expect, test } from "vitest";

import { bars } from "./bars.ts";

test("each bar is the loudest peak of its part", () => {
  expect(bars(new Uint8Array([10, 255, 51, 0, 102, 0]), 3)).toEqual([1, 0.2, 0.4]);
});

test("a quiet recording fills the height, and silence is still a line", () => {
  expect(bars(new Uint8Array([0, 8, 16]), 3)).toEqual([0.04, 0.5, 1]);
  expect(bars(new Uint8Array([0, 0]), 2)).toEqual([0.04, 0.04]);
});

test("more bars than peaks repeat them, and none are left out", () => {
  expect(bars(new Uint8Array([255, 51]), 4)).toEqual([1, 1, 0.2, 0.2]);
  expect(bars(new Uint8Array(1500).fill(255), 313)).toEqual(Array(313).fill(1));
});

test("without peaks or without room there are flat bars, or none", () => {
  expect(bars(new Uint8Array(), 2)).toEqual([0.04, 0.04]);
  expect(bars(new Uint8Array([255]), 0)).toEqual([]);
});
