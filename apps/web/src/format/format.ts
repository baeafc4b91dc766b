const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Formats a size in bytes with two or three digits, in powers of 1000 as file managers do. */
export function size(bytes: number, locale: string): string {
  const power = Math.min(UNITS.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  const digits = power > 0 && value < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: UNITS[power] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value);
}

/** Formats seconds as a player does: 1:02:03, or 2:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** Formats the remaining time in a single unit. */
export function timeLeft(seconds: number, locale: string): string {
  const [value, unit] =
    seconds < 60
      ? [Math.max(1, Math.ceil(seconds)), "second"]
      : seconds < 3600
        ? [Math.ceil(seconds / 60), "minute"]
        : [Math.ceil(seconds / 3600), "hour"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/** Formats a fraction from 0 to 1 as a percentage, rounded down: 100 % means that all is done. */
export function percent(fraction: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "percent" }).format(Math.floor(fraction * 100) / 100);
}

/** Formats a time as how long ago it was, or as a date after a week. */
export function ago(time: Date, now: Date, locale: string): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  const past = Math.abs(seconds);
  if (past > 7 * 86_400) return date(time, locale);
  const [value, unit]: [number, Intl.RelativeTimeFormatUnit] =
    past < 60
      ? [0, "second"]
      : past < 3600
        ? [seconds / 60, "minute"]
        : past < 86_400
          ? [seconds / 3600, "hour"]
          : [seconds / 86_400, "day"];
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(Math.trunc(value), unit);
}

/** Formats a date. */
export function date(time: Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(time);
}

/** Formats a time of day, to the second. */
export function time(moment: Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: "medium" }).format(moment);
}

/** Formats a time of day, rounded up to the minute. */
export function minute(moment: Date, locale: string): string {
  const full = Math.ceil(moment.getTime() / 60_000) * 60_000;
  return new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(full);
}

/** Formats seconds to the tenth: 1:02:03.5, or 2:03.0. */
export function exactClock(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  return `${clock(Math.floor(tenths / 10))}.${tenths % 10}`;
}

/** Parses a time that was typed: 1:02:03.5, 2:03 or 123,5. Returns seconds, or `undefined` if it is not valid. */
export function readClock(text: string): number | undefined {
  const parts = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d{1,3})?)$/.exec(text.trim());
  if (!parts) return undefined;
  const [, hours = "0", minutes = "0", seconds = ""] = parts;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."));
}
