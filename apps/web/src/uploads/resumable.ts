import type { DetailedError, HttpResponse } from "tus-js-client";

import { answered, api, ApiError, type Conversion, errorOf } from "../api/client.ts";
import { address } from "../root.ts";
import { ended } from "../session/ended.ts";
import { renewSession } from "../session/renewal.ts";
import { toFields } from "./options.ts";
import type { Sending, Transport } from "./transport.ts";

/** The offset is another one, another request still writes, a part arrived damaged: asked anew, it goes on. */
const GOES_ON = [409, 423, 460];

/**
 * Makes the way of one file: what breaks off goes on from the last byte that the server has (tus 1.0). `begun` is the
 * address of an upload that another page has begun; should it be gone, there is a new one.
 */
export function resumable(begun?: string): Transport {
  let url: string | null = begun ?? null;
  return {
    async send(sending, signal) {
      // Loaded with the first upload, as no page needs it before.
      const { Upload } = await import("tus-js-client").catch(() => {
        throw new ApiError("offline");
      });
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const upload = new Upload(sending.body as File, {
          endpoint: address("/v1/uploads"),
          uploadUrl: url,
          metadata: metadataOf(sending),
          headers: { "Idempotency-Key": sending.key },
          // Tries are counted by the caller, who knows what a user sees meanwhile.
          retryDelays: null,
          storeFingerprintForResuming: false,
          onProgress: sending.onProgress,
          onUploadUrlAvailable: () => {
            url = upload.url;
            if (url) sending.onBegun(idIn(url), url);
          },
          onSuccess: () => resolve(),
          onError: (error) => reject(errorFrom(error)),
        });
        signal.addEventListener("abort", () => {
          void upload.abort(true).catch(() => undefined);
          reject(new ApiError("aborted"));
        });
        upload.start();
      }).catch(async (error: unknown) => {
        if (error instanceof ApiError && error.status === 401 && (await renewSession()) === "over") ended();
        throw error;
      });
      return conversionAt(url);
    },
  };
}

async function conversionAt(url: string | null): Promise<Conversion> {
  // The upload's id is the conversion's.
  const path = { conversion_id: idIn(url) };
  return answered(api.GET("/v1/conversions/{conversion_id}", { params: { path } }));
}

function idIn(url: string | null): string {
  return new URL(url ?? "", location.href).pathname.split("/").at(-1) ?? "";
}

function metadataOf({ name, sound, options }: Sending): Record<string, string> {
  return { filename: name, sent: sound ? "sound" : "whole", ...toFields(options) };
}

function errorFrom(error: Error | DetailedError): ApiError {
  const response: HttpResponse | null = "originalResponse" in error ? error.originalResponse : null;
  if (!response || GOES_ON.includes(response.getStatus())) return new ApiError("offline");
  const headers = { get: (name: string) => response.getHeader(name) ?? null };
  return errorOf(response.getStatus(), response.getBody(), headers);
}
