import { expect, test } from "vitest";

import { forOtherPages, updateOf } from "./update.ts";

test("states, progress and deletions are told", () => {
  expect(updateOf({ name: "state", data: '{"id":"1","state":"queued"}' })).toEqual({
    state: { id: "1", state: "queued" },
  });
  expect(updateOf({ name: "progress", data: '{"id":"1","progress":0.5}' })).toEqual({
    progress: { id: "1", progress: 0.5 },
  });
  expect(updateOf({ name: "deleted", data: '{"id":"1"}' })).toEqual({ deleted: "1" });
});

test("an event of a newer server is ignored, whatever it says", () => {
  expect(updateOf({ name: "archived", data: "not JSON" })).toBeUndefined();
});

test("another page learns of a deletion, and one of the release before reads its list anew", () => {
  expect(forOtherPages({ deleted: "1" })).toEqual({ deleted: "1", connected: true });
  expect(forOtherPages({ connected: true })).toEqual({ connected: true });
});
