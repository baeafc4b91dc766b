import type { Quotas, UserQuota } from "../api/client.ts";
import { size } from "../format/format.ts";
import type { Key } from "../i18n/messages.svelte.ts";

const GIGABYTE = 1e9;
/** Above it, JavaScript's numbers are not exact, so larger limits are not valid. */
const MOST = Number.MAX_SAFE_INTEGER;
/** Precise to the byte. */
const NUMBER = /^\d{1,16}(?:[.,]\d{1,9})?$/;

/** The limits of a user as typed: sizes in gigabytes, and an empty string where the limit of all users applies. */
export type TypedLimits = Record<keyof UserQuota, string>;
const IN_GIGABYTES: readonly (keyof UserQuota)[] = ["stored_bytes", "upload_bytes"];
export const LIMITS = ["stored_bytes", "audio_minutes", "conversions_in_flight", "upload_bytes"] as const;
export type LimitName = (typeof LIMITS)[number];

/** Formats limits as a user could have typed them. */
export function typed(quota: UserQuota): TypedLimits {
  const write = (name: LimitName) => {
    const limit = quota[name] ?? null;
    if (limit === null) return "";
    return String(IN_GIGABYTES.includes(name) ? limit / GIGABYTE : limit);
  };
  return Object.fromEntries(LIMITS.map((name) => [name, write(name)])) as TypedLimits;
}

/** Parses what was typed for a limit. Returns `undefined` if it is not valid. */
export function readLimit(name: LimitName, text: string): number | null | undefined {
  const trimmed = text.trim();
  if (!trimmed) return null;
  if (!NUMBER.test(trimmed)) return undefined;
  const value = Number(trimmed.replace(",", ".")) * (IN_GIGABYTES.includes(name) ? GIGABYTE : 1);
  const whole = Math.round(value);
  if (whole > MOST || (!IN_GIGABYTES.includes(name) && whole !== value)) return undefined;
  return whole;
}

/** The labels of limits where they are shown. The labels of the input fields also name the unit. */
export const LABELS = {
  stored_bytes: "quota.stored",
  audio_minutes: "quota.minutes",
  conversions_in_flight: "quota.in_flight",
  upload_bytes: "quota.upload",
} as const satisfies Record<LimitName, Key>;

/** One limit of a user, and how much of it is used. */
export interface LimitInUse {
  name: LimitName;
  /** `undefined` if only the limit is of interest. */
  used: string | undefined;
  /** `undefined` if there is no limit. */
  limit: string | undefined;
  /** From 0 to 1; `undefined` if there is no limit. */
  share: number | undefined;
}

/** Returns all limits of a user, including those that are not set. */
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
