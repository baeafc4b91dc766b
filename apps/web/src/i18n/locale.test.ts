import { expect, test, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("document", { documentElement: {} }));

import { date } from "../format/format.ts";
import { currentLocale, show } from "./messages.svelte.ts";

test("dates are written as where the browser is at home", () => {
  const day = new Date(2026, 10, 30);

  expect(date(day, currentLocale(["de-CH", "en-GB", "en-US"]))).toBe("30 Nov 2026");
  expect(date(day, currentLocale(["en-US"]))).toBe("Nov 30, 2026");
});

test("a language that the browser does not ask for is written in its usual way", async () => {
  await show("de");

  expect(currentLocale(["en-GB"])).toBe("de");
});
