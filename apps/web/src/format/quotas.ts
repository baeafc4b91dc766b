import type { Quotas } from "../api/client.ts";
import { date, size } from "./format.ts";

/** A limit as a page shows it. */
export interface ShownLimit {
  label: "quota.stored" | "quota.minutes";
  used: string;
  limit: string;
  /** From 0 to 1. */
  share: number;
  /** What to say if nothing is left. */
  full: "quota.stored_full" | "quota.minutes_full" | undefined;
  /** The day on which the use next decreases. */
  until: string;
}

/** Returns the limits that are set; only they are shown as bars. */
export function limitsOf(quotas: Quotas, locale: string): ShownLimit[] {
  const minutes = new Intl.NumberFormat(locale);
  const { stored_bytes: stored, audio_minutes: made } = quotas;
  return [
    ...shown("quota.stored", stored, (bytes) => size(bytes, locale), locale),
    ...shown("quota.minutes", made, (count) => minutes.format(count), locale),
  ];
}

function shown(
  label: ShownLimit["label"],
  quota: Quotas["stored_bytes"],
  write: (amount: number) => string,
  locale: string,
): ShownLimit[] {
  if (quota.limit === null) return [];
  const isFull = quota.used >= quota.limit;
  return [
    {
      label,
      used: write(quota.used),
      limit: write(quota.limit),
      share: isFull ? 1 : quota.used / quota.limit,
      full: isFull ? `${label}_full` : undefined,
      until: quota.until ? date(new Date(quota.until), locale) : "",
    },
  ];
}
