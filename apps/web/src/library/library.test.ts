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

test("what comes and goes while the list is read counts", async () => {
  const arrivals: ((response: Response) => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => arrivals.push(resolve)));
  const [one, two] = [
    { ...NAMED, id: "1" },
    { ...NAMED, id: "2" },
  ];
  library.put(two);

  const reading = library.reload();
  library.put({ ...NAMED, id: "3", created_at: "2026-01-03" });
  library.drop("2");
  await vi.advanceTimersByTimeAsync(0);
  arrivals[0]?.(Response.json({ items: [one, two], next_cursor: null }));
  await reading;

  expect(library.rows.map((row) => row.id)).toEqual(["3", "1"]);
  for (const id of ["1", "3"]) library.drop(id);
});

test("a list that is read while a deletion is under way does not show the row again", async () => {
  const answers = new Map<string, (response: Response) => void>();
  vi.stubGlobal(
    "fetch",
    (request: Request) => new Promise<Response>((resolve) => answers.set(request.method, resolve)),
  );
  library.remove(library.put(NAMED));
  await vi.advanceTimersByTimeAsync(UNDO_TIME);

  const reading = library.reload();
  await vi.advanceTimersByTimeAsync(0);
  answers.get("GET")?.(Response.json({ items: [NAMED], next_cursor: null }));
  await reading;
  expect(library.rows).toEqual([]);

  answers.get("DELETE")?.(new Response(null, { status: 204 }));
  await vi.advanceTimersByTimeAsync(0);
  expect(library.rows).toEqual([]);
});

test("a list that arrives after its user has gone is not shown to the next one", async () => {
  for (const name of ["addEventListener", "removeEventListener"]) vi.stubGlobal(name, () => undefined);
  vi.stubGlobal("navigator", {});
  const arrivals = new Map<string, (response: Response) => void>();
  vi.stubGlobal(
    "fetch",
    (request: Request) =>
      new Promise<Response>((resolve) => arrivals.set(new URL(request.url).pathname, resolve)),
  );
  const signOut = library.start();
  const reading = library.reload();
  await vi.advanceTimersByTimeAsync(0);

  signOut();
  arrivals.get("/v1/conversions")?.(Response.json({ items: [{ ...NAMED, id: "4" }], next_cursor: "5" }));
  await reading;

  expect([library.rows, library.state, library.more]).toEqual([[], "loading", false]);
});
