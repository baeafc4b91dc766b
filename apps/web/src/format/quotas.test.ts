import { expect, test } from "vitest";

import type { Quotas } from "../api/client.ts";
import { limitsOf } from "./quotas.ts";

const NONE: Quotas = {
  stored_bytes: { used: 5, limit: null, until: null },
  audio_minutes: { used: 0, limit: null, until: "2026-04-01T00:00:00Z" },
  conversions_in_flight: { used: 2, limit: 100, until: null },
  upload_bytes: 4_294_967_296,
};

test("what has no limit is not shown", () => {
  expect(limitsOf(NONE, "en")).toEqual([]);
});

test("bytes and minutes are written as people read them", () => {
  const quotas = {
    ...NONE,
    stored_bytes: { used: 1_250_000_000, limit: 5_000_000_000, until: null },
    audio_minutes: { used: 1500, limit: 6000, until: null },
  };
  const [stored, minutes] = limitsOf(quotas, "en");
  expect(stored).toMatchObject({ label: "quota.stored", used: "1.3 GB", limit: "5 GB", share: 0.25 });
  expect(minutes).toMatchObject({ label: "quota.minutes", used: "1,500", limit: "6,000", share: 0.25 });
  expect(stored?.full).toBeUndefined();
});

test("a full one says so, and when less will be used", () => {
  const quotas = { ...NONE, audio_minutes: { used: 12, limit: 10, until: "2026-04-01T12:00:00Z" } };
  expect(limitsOf(quotas, "en")).toMatchObject([
    { share: 1, full: "quota.minutes_full", until: "Apr 1, 2026" },
  ]);
});

test("a limit of nothing is full from the start", () => {
  const quotas = { ...NONE, stored_bytes: { used: 0, limit: 0, until: null } };
  expect(limitsOf(quotas, "en")).toMatchObject([{ share: 1, full: "quota.stored_full" }]);
});
