import { expect, test } from "vitest";

import { readPart } from "./part.ts";

test("a start that was too late for an end is right with a later one", () => {
  expect(readPart({ start: "0:15", end: "0:10" }, 20, "start")).toEqual({ end: 10 });
  expect(readPart({ start: "0:15", end: "0:19" }, 20, "end")).toEqual({ start: 15, end: 19 });
});

test("of two that leave nothing between them, the suspect is wrong", () => {
  expect(readPart({ start: "0:15", end: "0:10" }, 20, "end")).toEqual({ start: 15 });
  expect(readPart({ start: "0:10", end: "0:10" }, 20, "end")).toEqual({ start: 10 });
  expect(readPart({ start: "0:10", end: "0:10.1" }, 20, "end")).toEqual({ start: 10, end: 10.1 });
});

test.each(["abc", "1:75", "-1", "", "0:20"])("%j is no start, whatever the end", (start) => {
  expect(readPart({ start, end: "0:19" }, 20, "end")).toEqual({ end: 19 });
});

test.each(["abc", "-1", "", "0:00"])("%j is no end, whatever the start", (end) => {
  expect(readPart({ start: "0:15", end }, 20, "start")).toEqual({ start: 15 });
});

test("an end that is later than the sound, or as it is written to the tenth, is the very end", () => {
  expect(readPart({ start: "0:00", end: "1:75" }, 20.04, "end")).toEqual({ start: 0, end: 20.04 });
  expect(readPart({ start: "0:00", end: "0:20.0" }, 20.04, "end")).toEqual({ start: 0, end: 20.04 });
});
