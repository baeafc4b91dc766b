import { beforeEach, expect, test, vi } from "vitest";

const kept = vi.hoisted(() => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  vi.stubGlobal("location", new URL("http://tracklift.test/"));
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("sessionStorage", storage);
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("BroadcastChannel", vi.fn());
  return kept;
});

import { session } from "./session.svelte.ts";

const DOWN = () => Response.json({ code: "service_unavailable" }, { status: 503 });
const EXPIRED = () => Response.json({ code: "token_expired" }, { status: 401 });

beforeEach(() => {
  vi.useFakeTimers();
  kept.set("tracklift.signed-in", "1");
  session.state = "unknown";
});

test.each([
  ["is down", [DOWN]],
  ["can't renew the session", [EXPIRED, DOWN]],
])("while the service %s the page says so, and asks again by itself", async (_, first) => {
  const answers = [...first, ...first];
  const fetched = vi.fn(() => Promise.resolve((answers.shift() ?? (() => Response.json({ id: "ada" })))()));
  vi.stubGlobal("fetch", fetched);

  await session.load();
  expect(session.state).toBe("unreachable");
  expect(session.problem?.code).toBe("service_unavailable");
  await vi.advanceTimersByTimeAsync(5000);

  expect(session.state).toBe("signed-in");
  expect(session.user?.id).toBe("ada");
  const asked = fetched.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fetched.mock.calls.length).toBe(asked);
});
