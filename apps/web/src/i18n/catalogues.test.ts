import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Message = string | Record<string, string>;

const FOLDER = new URL("../../messages/", import.meta.url);
const LANGUAGES = readdirSync(FOLDER).map((name) => name.replace(".json", ""));
const english = catalogue("en");

function catalogue(language: string): Record<string, Message> {
  return JSON.parse(readFileSync(new URL(`${language}.json`, FOLDER), "utf-8")) as Record<string, Message>;
}

function forms(message: Message): string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

function gaps(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

test.each(LANGUAGES)("%s has every message, and no other", (language) => {
  expect(Object.keys(catalogue(language)).sort()).toEqual(Object.keys(english).sort());
});

test.each(LANGUAGES)("%s has the gaps of every message, and no empty one", (language) => {
  for (const [key, message] of Object.entries(catalogue(language))) {
    const wanted = gaps(forms(english[key] ?? "").at(-1) ?? "");
    expect(
      forms(message).every((text) => text.trim() !== ""),
      key,
    ).toBe(true);
    // A form for a single number need not contain the number.
    expect(gaps(forms(message).at(-1) ?? ""), key).toEqual(wanted);
  }
});

test.each(LANGUAGES)("%s has each form that its plurals take", (language) => {
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  for (const [key, message] of Object.entries(catalogue(language))) {
    if (typeof message !== "string") expect(Object.keys(message).sort(), key).toEqual([...categories].sort());
  }
});
