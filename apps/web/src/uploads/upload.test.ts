import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", new URL("http://tracklift.test/"));
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("addEventListener", () => undefined);
});

import { ApiError } from "../api/client.ts";
import { DEFAULT } from "./options.ts";
import { Upload } from "./upload.svelte.ts";

function chosen(): Upload {
  return new Upload(new File(["bytes"], "talk.mp4"), { ...DEFAULT, whole: true });
}

test("an upload that is cancelled while it is prepared is not sent", async () => {
  const send = vi.fn();
  const upload = chosen();

  const running = upload.run({ send });
  upload.cancel();
  await running;

  expect(send).not.toHaveBeenCalled();
  expect(upload.state).toBe("failed");
});

test("an upload that is cancelled while its file is looked at again is not sent again", async () => {
  const upload = chosen();
  const send = vi.fn(() => {
    // After the failure, while the file is being checked.
    void Promise.resolve().then(() => Promise.resolve().then(() => upload.cancel()));
    return Promise.reject(new ApiError("offline"));
  });

  await upload.run({ send });

  expect(send).toHaveBeenCalledOnce();
  expect([upload.state, upload.error?.code]).toEqual(["failed", "aborted"]);
});
