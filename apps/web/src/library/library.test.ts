import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", new URL("http://tracklift.test/"));
  vi.stubGlobal("sessionStorage", { getItem: () => null });
});

import type { Conversion } from "../api/client.ts";
import { player } from "../player/player.svelte.ts";
import { library, UNDO_TIME } from "./library.svelte.ts";

const NAMED = { id: "one", created_at: "2026-01-01", progress: 1, remaining: null } as Conversion;

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  library.drop("one");
});

function answer(status: number): void {
  vi.stubGlobal("fetch", () =>
    Promise.resolve(
      status === 204
        ? new Response(null, { status })
        : Response.json(
            { code: status === 404 ? "conversion_not_found" : "service_unavailable" },
            { status },
          ),
    ),
  );
}

test("a deletion that fails is told, and the row is there again", async () => {
  answer(503);
  const row = library.put(NAMED);

  library.remove(row);
  expect(library.rows).toEqual([]);
  await vi.advanceTimersByTimeAsync(UNDO_TIME);

  expect(library.rows).toEqual([row]);
  expect(library.undeleted).toMatchObject({ row, error: { code: "service_unavailable" } });
});

test.each([204, 404])("a deletion that is answered with %i is no failure", async (status) => {
  answer(status);

  library.remove(library.put(NAMED));
  await vi.advanceTimersByTimeAsync(UNDO_TIME);

  expect(library.rows).toEqual([]);
  expect(library.undeleted).toBeUndefined();
});

test("the player closes when what it plays is deleted, here or elsewhere", () => {
  player.row = library.put(NAMED);
  library.remove(player.row);
  expect(player.row).toBeUndefined();

  player.row = library.put(NAMED);
  library.drop("two");
  expect(player.row).toBeDefined();
  library.drop("one");
  expect(player.row).toBeUndefined();
});
