import { expect, test } from "vitest";

import type { Quotas } from "../api/client.ts";
import { limitsInUse, readLimit, typed } from "./limits.ts";

test("sizes are typed in gigabytes, to the byte, with either decimal sign", () => {
  expect(readLimit("stored_bytes", "50")).toBe(50_000_000_000);
  expect(readLimit("upload_bytes", " 1,5 ")).toBe(1_500_000_000);
  expect(readLimit("upload_bytes", "5.36870912")).toBe(5_368_709_120);
  expect(readLimit("audio_minutes", "600")).toBe(600);
  expect(readLimit("conversions_in_flight", "0")).toBe(0);
});

test("an empty field is the limit of all users", () => {
  expect(readLimit("stored_bytes", "  ")).toBeNull();
});

test.each([
  ["stored_bytes", "much"],
  ["stored_bytes", "-1"],
  ["stored_bytes", "1e9"],
  ["stored_bytes", "9007200"],
  ["audio_minutes", "1.5"],
  ["audio_minutes", "9007199254740993"],
  ["conversions_in_flight", "1 000"],
] as const)("what is no limit is none: %s %s", (name, text) => {
  expect(readLimit(name, text)).toBeUndefined();
});

test("what was set is written as it could have been typed", () => {
  const quota = {
    stored_bytes: 5_368_709_120,
    audio_minutes: null,
    conversions_in_flight: 3,
    upload_bytes: 0,
  };
  const fields = typed(quota);
  expect(fields).toEqual({
    stored_bytes: "5.36870912",
    audio_minutes: "",
    conversions_in_flight: "3",
    upload_bytes: "0",
  });
  for (const [name, text] of Object.entries(fields))
    expect(readLimit(name as keyof typeof quota, text)).toBe(quota[name as keyof typeof quota]);
});

test("how far each limit is used is told, also where there is none", () => {
  const quotas: Quotas = {
    stored_bytes: { used: 3_000_000_000, limit: 2_000_000_000, until: null },
    audio_minutes: { used: 184, limit: null, until: null },
    conversions_in_flight: { used: 25, limit: 100, until: null },
    upload_bytes: 4_000_000_000,
  };
  expect(limitsInUse(quotas, "en")).toEqual([
    { name: "stored_bytes", used: "3 GB", limit: "2 GB", share: 1 },
    { name: "audio_minutes", used: "184", limit: undefined, share: undefined },
    { name: "conversions_in_flight", used: "25", limit: "100", share: 0.25 },
    { name: "upload_bytes", used: undefined, limit: "4 GB", share: undefined },
  ]);
});
