import { expect, test } from "vitest";

import type { Conversion } from "../api/client.ts";
import { ConversionRow } from "./conversion_row.svelte.ts";

function conversion(state: Conversion["state"], updated_at: string): Conversion {
  return { id: "one", state, progress: 0, remaining: null, audio: null, updated_at } as Conversion;
}

test("a record that is overtaken by a later one does not replace it", () => {
  const row = new ConversionRow(conversion("completed", "2026-01-01T00:00:02.5Z"));

  row.take(conversion("converting", "2026-01-01T00:00:01Z"));

  expect(row.conversion.state).toBe("completed");
});

test("a time without a fraction is earlier than one of the same second with a fraction", () => {
  const row = new ConversionRow(conversion("queued", "2026-01-01T00:00:01Z"));

  row.take(conversion("converting", "2026-01-01T00:00:01.5Z"));
  row.take(conversion("queued", "2026-01-01T00:00:01Z"));

  expect(row.conversion.state).toBe("converting");
});
