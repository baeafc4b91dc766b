import type { DetailedError, HttpResponse } from "tus-js-client";

import { answered, api, ApiError, type Conversion, errorOf } from "../api/client.ts";
import { address } from "../root.ts";
import { ended } from "../session/ended.ts";
import { renewSession } from "../session/renewal.ts";
import { toFields } from "./options.ts";
import type { Sending, Transport } from "./transport.ts";

/** Another offset is expected, another request still writes, or a part arrived damaged: a retry resumes the upload. */
const GOES_ON = [409, 423, 460];

/**
 * Returns a transport for one file: an interrupted upload resumes after the last byte that the server has (tus 1.0).
 * `begun` is the URL of an upload that another page started; if the server no longer has it, a new one is started.
 */
export function resumable(begun?: string): Transport {
  let url: string | null = begun ?? null;
  return {
    async send(sending, signal) {
      // Loaded with the first upload, because no page needs it earlier.
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
          // The caller retries, because it also shows the user what is happening.
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
  // An upload and its conversion have the same id.
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
