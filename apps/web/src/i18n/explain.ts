import { ApiError } from "../api/client.ts";
import { isKey, t } from "./messages.svelte.ts";

/** Says in a sentence what went wrong and what to do. What has no wording here is said as the server says it. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return t("error.internal_error");
  const key = `error.${error.code}`;
  if (isKey(key)) return t(key);
  return error.message === error.code ? t("error.internal_error") : error.message;
}
