import type { Conversion } from "../api/client.ts";
import { ago, clock, percent, size, timeLeft } from "../format/format.ts";
import { isKey, t } from "../i18n/messages.svelte.ts";
import { unfinished } from "../uploads/unfinished.svelte.ts";
import type { ConversionRow } from "./conversion_row.svelte.ts";

type Damage = NonNullable<NonNullable<Conversion["audio"]>["damage"]>;

/** Describes the state of a conversion in one line. */
export function stateText(row: ConversionRow, locale: string, now: Date): string {
  const { state, audio, updated_at } = row.conversion;
  const when = ago(new Date(updated_at), now, locale);
  switch (state) {
    case "completed":
      return audio ? `${clock(audio.duration)} · ${size(audio.size, locale)} · ${when}` : when;
    case "converting": {
      const done = row.progress
        ? t("row.converting", { percent: percent(row.progress, locale) })
        : t("row.starting");
      if (row.remaining === null) return done;
      return `${done} · ${t("row.left", { time: timeLeft(row.remaining, locale) })}`;
    }
    case "uploading":
      return t(unfinished.stopped.has(row.id) ? "row.upload_stopped" : "row.uploading");
    case "queued":
      return row.conversion.error ? t("row.queued_again") : t("row.queued");
    case "cancelled":
      return `${t("row.cancelled")} · ${when}`;
    case "expired":
      return `${t("row.expired")} · ${when}`;
    case "failed":
      return failureText(row.conversion);
  }
}

/** Says why a conversion failed and what to do about it. */
export function failureText(conversion: Conversion): string {
  const key = `failure.${conversion.error?.code ?? "internal_error"}`;
  return isKey(key) ? t(key) : (conversion.error?.detail ?? t("failure.internal_error"));
}

/** Says what is missing in an MP3: parts that could not be decoded, and an end that the video lacks. */
export function damageTexts({ seconds, cut_off }: Damage): string[] {
  const count = Math.ceil(seconds - (cut_off ?? 0) - 0.001);
  return [
    ...(count > 0 ? [t("conversion.damage", { count })] : []),
    ...(cut_off === null ? [] : [t("conversion.breaks_off")]),
  ];
}
