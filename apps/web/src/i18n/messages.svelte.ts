import en from "../../messages/en.json";

type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Key = keyof typeof en;
export type Catalogue = Record<Key, string | Plural>;

/** The languages that there are catalogues of, by their own names. */
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

/** Gives the language that is shown. */
export function currentLanguage(): Language {
  return language;
}

/** Gives that language as the browser wants it written: its user in London writes dates in another way than one in Boston. */
export function currentLocale(asked: readonly string[] = navigator.languages): string {
  return asked.find((tag) => tag.split("-")[0] === language) ?? language;
}

/** Finds the language to show: the one chosen before, or else the first that the browser asks for and there is. */
export function preferredLanguage(asked: readonly string[] = navigator.languages): Language {
  const chosen = localStorage.getItem(CHOSEN);
  const wanted = [...(chosen ? [chosen] : []), ...asked].map((tag) => tag.split("-")[0] ?? "");
  return wanted.find(isLanguage) ?? "en";
}

/** Shows a language; its catalogue is loaded when it is needed. English is there already, and stays if none comes. */
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

/** Shows a language and keeps the choice. */
export async function choose(wanted: Language): Promise<void> {
  localStorage.setItem(CHOSEN, wanted);
  await show(wanted);
}

/** Gives a message with its gaps filled in; `count` chooses among the forms of a plural. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return fill(catalogue[key], values, rules, language);
}

/** Fills the gaps `{name}` of a message. Numbers are written as the language writes them. */
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

/** Whether there is a message of this name: codes of errors are parts of names. */
export function isKey(key: string): key is Key {
  return key in en;
}

function isLanguage(tag: string): tag is Language {
  return tag in LANGUAGES;
}
