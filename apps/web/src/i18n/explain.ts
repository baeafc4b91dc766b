import { ApiError } from "../api/client.ts";
import { timeLeft } from "../format/format.ts";
import { currentLocale, isKey, t } from "./messages.svelte.ts";

/** Seconds to wait if the server gives no number. */
const A_WHILE = 60;

/** Says in a sentence what went wrong and what to do. An error without a message here gets the server's text. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return t("error.internal_error");
  const key = `error.${error.code}`;
  if (isKey(key)) return t(key, { time: timeLeft(error.retryAfter ?? A_WHILE, currentLocale()) });
  return error.message === error.code ? t("error.internal_error") : error.message;
}
