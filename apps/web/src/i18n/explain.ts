import { ApiError } from "../api/client.ts";
import { timeLeft } from "../format/format.ts";
import { currentLocale, isKey, t } from "./messages.svelte.ts";

/** Seconds to wait where the server says nothing of it. */
const A_WHILE = 60;

/** Says in a sentence what went wrong and what to do. What has no wording here is said as the server says it. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return t("error.internal_error");
  const key = `error.${error.code}`;
  if (isKey(key)) return t(key, { time: timeLeft(error.retryAfter ?? A_WHILE, currentLocale()) });
  return error.message === error.code ? t("error.internal_error") : error.message;
}
