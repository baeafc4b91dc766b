import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", new URL("http://tracklift.test/"));
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
});

import { damageTexts } from "./describe.ts";

const MISSING = "2 s of the sound are missing: the video was damaged there.";
const BREAKS_OFF = "The recording breaks off, so the end of the sound is missing.";

test.each([
  ["that could not be decoded", { seconds: 1.2, at: [3], cut_off: null }, [MISSING]],
  ["of an end of unknown length", { seconds: 0, at: [], cut_off: 0 }, [BREAKS_OFF]],
  ["of an end", { seconds: 7.5, at: [60], cut_off: 7.5 }, [BREAKS_OFF]],
  ["at both", { seconds: 8.7, at: [3, 60], cut_off: 7.5 }, [MISSING, BREAKS_OFF]],
])("sound %s is told", (_, damage, texts) => {
  expect(damageTexts(damage)).toEqual(texts);
});
