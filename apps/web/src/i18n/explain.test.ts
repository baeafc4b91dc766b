import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", new URL("http://tracklift.test/"));
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en"] });
});

import { errorOf } from "../api/client.ts";
import { explain } from "./explain.ts";
import { show } from "./messages.svelte.ts";

const TOO_MANY = { code: "too_many_requests", detail: "That was too often." };

test("how long to wait is said in the language of the page", async () => {
  const seconds = errorOf(429, TOO_MANY, new Headers({ "Retry-After": "30" }));
  const minutes = errorOf(429, TOO_MANY, new Headers({ "Retry-After": "119" }));

  expect(explain(seconds)).toBe("That was a lot at once. Try again in 30 seconds.");
  await show("de");
  expect(explain(minutes)).toBe("Das war viel auf einmal. Versuchen Sie es in 2 Minuten noch einmal.");
  expect(explain(errorOf(429, TOO_MANY))).toContain("1 Minute");
  await show("en");
});

test.each(["too_many_uploads", "too_many_wrong_codes"])("how long to wait is said of %s, too", (code) => {
  const error = errorOf(429, { code, detail: "Later." }, new Headers({ "Retry-After": "1500" }));

  expect(explain(error)).toContain("Try again in 25 minutes.");
});

test("what has no wording is said as the server says it", () => {
  expect(explain(errorOf(400, { code: "unheard_of", detail: "It was this." }))).toBe("It was this.");
});
