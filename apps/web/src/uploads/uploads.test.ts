import { afterEach, expect, test, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", new URL("http://tracklift.test/"));
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("addEventListener", () => undefined);
});

import type { Conversion } from "../api/client.ts";
import { DEFAULT } from "./options.ts";
import { Upload } from "./upload.svelte.ts";
import { uploads } from "./uploads.svelte.ts";

afterEach(() => (uploads.list = []));

function conversion(id: string, name: string, state: Conversion["state"]): Conversion {
  return { id, state, source: { name } } as Conversion;
}

function sending(name: string): Upload {
  const upload = new Upload(new File(["bytes"], name), DEFAULT);
  upload.state = "sending";
  uploads.list = [upload];
  return upload;
}

test("an upload that knows its id stands for that conversion only", () => {
  sending("talk.mp4").conversionId = "one";

  expect(uploads.shows(conversion("one", "talk.mp4", "uploading"))).toBe(true);
  expect(uploads.shows(conversion("two", "talk.mp4", "uploading"))).toBe(false);
});

test("an upload whose id is still to come stands for one of its name that is being uploaded", () => {
  sending("talk.mp4");

  expect(uploads.shows(conversion("one", "talk.mp4", "uploading"))).toBe(true);
  expect(uploads.shows(conversion("two", "lecture.mp4", "uploading"))).toBe(false);
  expect(uploads.shows(conversion("three", "talk.mp4", "completed"))).toBe(false);
});

test.each(["waiting", "failed"] as const)("an upload that is %s stands for none of its name", (state) => {
  sending("talk.mp4").state = state;

  expect(uploads.shows(conversion("one", "talk.mp4", "uploading"))).toBe(false);
});
