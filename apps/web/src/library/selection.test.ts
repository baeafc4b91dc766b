import { expect, test } from "vitest";

import { queryOf, selectionOf } from "./selection.ts";

test("a selection is the same after it was in an address", () => {
  const chosen = { text: "Über & mehr", filter: "failed", order: "name" } as const;

  expect(selectionOf(new URLSearchParams(queryOf(chosen).toString()))).toEqual(chosen);
});

test("what needs no choice is not in the address, and nonsense there is no choice", () => {
  const usual = selectionOf(new URLSearchParams("filter=nonsense&order=&x=1"));

  expect(usual).toEqual({ text: "", filter: "all", order: "newest" });
  expect(queryOf(usual).toString()).toBe("");
});
