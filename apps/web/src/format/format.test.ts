import { expect, test } from "vitest";

import { ago, clock, exactClock, minute, percent, readClock, size, timeLeft } from "./format.ts";

test.each([
  [0, "0 byte"],
  [999, "999 byte"],
  [1500, "1.5 kB"],
  [58_300_000, "58 MB"],
  [3_100_000_000, "3.1 GB"],
  [5e15, "5,000 TB"],
])("a size of %i bytes is %s", (bytes, shown) => {
  expect(size(bytes, "en")).toBe(shown);
});

test.each([
  [0, "0:00"],
  [62.9, "1:02"],
  [3723, "1:02:03"],
  [-1, "0:00"],
])("%d seconds are %s", (seconds, shown) => {
  expect(clock(seconds)).toBe(shown);
});

test.each([
  [0.2, "1 second"],
  [59, "59 seconds"],
  [61, "2 minutes"],
  [7300, "3 hours"],
])("%d seconds left are %s", (seconds, shown) => {
  expect(timeLeft(seconds, "en")).toBe(shown);
});

test("a percentage is 100 only when all is done", () => {
  expect(percent(0.9999, "en")).toBe("99%");
  expect(percent(1, "en")).toBe("100%");
});

test("times are told by how long ago they were, and after a week by their date", () => {
  const now = new Date("2026-03-10T12:00:00Z");

  expect(ago(new Date("2026-03-10T11:59:30Z"), now, "en")).toBe("now");
  expect(ago(new Date("2026-03-10T09:00:00Z"), now, "en")).toBe("3 hours ago");
  expect(ago(new Date("2026-03-09T09:00:00Z"), now, "de")).toBe("gestern");
  expect(ago(new Date("2026-02-01T09:00:00Z"), now, "en")).toBe("Feb 1, 2026");
});

test.each([
  [0, "0:00.0"],
  [62.54, "1:02.5"],
  [59.96, "1:00.0"],
  [3723.5, "1:02:03.5"],
])("%d s are %s to the tenth", (seconds, text) => {
  expect(exactClock(seconds)).toBe(text);
});

test.each([
  ["1:02:03.5", 3723.5],
  ["2:03", 123],
  ["123,5", 123.5],
  [" 0:00.0 ", 0],
  ["", undefined],
  ["abc", undefined],
  ["1:2:3:4", undefined],
  ["-5", undefined],
  ["1:", undefined],
])("%j is read as a time", (text, seconds) => {
  expect(readClock(text)).toBe(seconds);
});

test.each([
  ["2026-12-01T14:05:00", "2:05 PM"],
  ["2026-12-01T14:05:01", "2:06 PM"],
  ["2026-12-01T23:59:30", "12:00 AM"],
])("the minute of %s is %s, no earlier one", (moment, shown) => {
  // Newer versions write a narrow space before AM and PM.
  expect(minute(new Date(moment), "en").replace(/\s/, " ")).toBe(shown);
});
