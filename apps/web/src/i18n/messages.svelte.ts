import en from "../../messages/en.json";

type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Key = keyof typeof en;
export type Catalogue = Record<Key, string | Plural>;

/** The languages with a catalogue, and their own names. */
export const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  fr: "Français",
  es: "Español",
  ja: "日本語",
  ar: "العربية",
} as const;
export type Language = keyof typeof LANGUAGES;

const RIGHT_TO_LEFT: readonly string[] = ["ar"];
const CHOSEN = "tracklift.language";
const others = import.meta.glob<Catalogue>(["../../messages/*.json", "!../../messages/en.json"], {
  import: "default",
});

let catalogue = $state.raw<Catalogue>(en);
let language = $state<Language>("en");
let rules = new Intl.PluralRules("en");

/** Returns the language of the page. */
export function currentLanguage(): Language {
  return language;
}

/** Returns the page's language with the browser's region, which decides how dates are written (en-GB, en-US). */
export function currentLocale(asked: readonly string[] = navigator.languages): string {
  return asked.find((tag) => tag.split("-")[0] === language) ?? language;
}

/** Finds the language to show: the one chosen before, or the first of the browser's languages that has a catalogue. */
export function preferredLanguage(asked: readonly string[] = navigator.languages): Language {
  const chosen = localStorage.getItem(CHOSEN);
  const wanted = [...(chosen ? [chosen] : []), ...asked].map((tag) => tag.split("-")[0] ?? "");
  return wanted.find(isLanguage) ?? "en";
}

/** Shows a language, and loads its catalogue if needed. If that fails, the previous language stays. */
export async function show(wanted: Language): Promise<void> {
  const load = others[`../../messages/${wanted}.json`];
  try {
    catalogue = load ? await load() : en;
  } catch {
    return;
  }
  language = wanted;
  rules = new Intl.PluralRules(wanted);
  document.documentElement.lang = wanted;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(wanted) ? "rtl" : "ltr";
}

/** Shows a language and remembers the choice. */
export async function choose(wanted: Language): Promise<void> {
  localStorage.setItem(CHOSEN, wanted);
  await show(wanted);
}

/** Returns a message with its placeholders filled in; `count` selects the plural form. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return fill(catalogue[key], values, rules, language);
}

/** Fills in the placeholders `{name}` of a message. Numbers are formatted for the locale. */
export function fill(
  message: string | Plural,
  values: Record<string, string | number>,
  plurals: Intl.PluralRules,
  locale: string,
): string {
  const text =
    typeof message === "string" ? message : (message[plurals.select(Number(values.count))] ?? message.other);
  return text.replace(/\{(\w+)\}/g, (gap, name: string) => {
    const value = values[name];
    if (value === undefined) return gap;
    return typeof value === "number" ? value.toLocaleString(locale) : value;
  });
}

/** Whether there is a message with this key: keys are also built from error codes. */
export function isKey(key: string): key is Key {
  return key in en;
}

function isLanguage(tag: string): tag is Language {
  return tag in LANGUAGES;
}
