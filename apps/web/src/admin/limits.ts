import type { Quotas, UserQuota } from "../api/client.ts";
import { size } from "../format/format.ts";
import type { Key } from "../i18n/messages.svelte.ts";

const GIGABYTE = 1e9;
/** Beyond it, JavaScript's numbers are not exact any more; as a limit it is none. */
const MOST = Number.MAX_SAFE_INTEGER;
/** Up to the byte. */
const NUMBER = /^\d{1,16}(?:[.,]\d{1,9})?$/;

/** The limits of a user as they are typed: sizes in gigabytes, and nothing where that of all users holds. */
export type TypedLimits = Record<keyof UserQuota, string>;
const IN_GIGABYTES: readonly (keyof UserQuota)[] = ["stored_bytes", "upload_bytes"];
export const LIMITS = ["stored_bytes", "audio_minutes", "conversions_in_flight", "upload_bytes"] as const;
export type LimitName = (typeof LIMITS)[number];

/** Writes limits as they could have been typed. */
export function typed(quota: UserQuota): TypedLimits {
  const write = (name: LimitName) => {
    const limit = quota[name] ?? null;
    if (limit === null) return "";
    return String(IN_GIGABYTES.includes(name) ? limit / GIGABYTE : limit);
  };
  return Object.fromEntries(LIMITS.map((name) => [name, write(name)])) as TypedLimits;
}

/** Reads what was typed for a limit. Gives `undefined` for what is none. */
export function readLimit(name: LimitName, text: string): number | null | undefined {
  const trimmed = text.trim();
  if (!trimmed) return null;
  if (!NUMBER.test(trimmed)) return undefined;
  const value = Number(trimmed.replace(",", ".")) * (IN_GIGABYTES.includes(name) ? GIGABYTE : 1);
  const whole = Math.round(value);
  if (whole > MOST || (!IN_GIGABYTES.includes(name) && whole !== value)) return undefined;
  return whole;
}

/** What each is called where it is shown; where it is typed, its unit is said, too. */
export const LABELS = {
  stored_bytes: "quota.stored",
  audio_minutes: "quota.minutes",
  conversions_in_flight: "quota.in_flight",
  upload_bytes: "quota.upload",
} as const satisfies Record<LimitName, Key>;

/** One limit of a user, and how far it is used. */
export interface LimitInUse {
  name: LimitName;
  /** Nothing where only the limit counts. */
  used: string | undefined;
  /** Nothing without a limit. */
  limit: string | undefined;
  /** From 0 to 1; nothing without a limit. */
  share: number | undefined;
}

/** Gives all limits of a user, those without a bound among them. */
export function limitsInUse(quotas: Quotas, locale: string): LimitInUse[] {
  const bytes = (value: number) => size(value, locale);
  const count = (value: number) => value.toLocaleString(locale);
  const inUse = (name: "stored_bytes" | "audio_minutes" | "conversions_in_flight", write: typeof bytes) => {
    const { used, limit } = quotas[name];
    return {
      name,
      used: write(used),
      limit: limit === null ? undefined : write(limit),
      share: limit === null ? undefined : used >= limit ? 1 : used / limit,
    };
  };
  return [
    inUse("stored_bytes", bytes),
    inUse("audio_minutes", count),
    inUse("conversions_in_flight", count),
    { name: "upload_bytes", used: undefined, limit: bytes(quotas.upload_bytes), share: undefined },
  ];
}
