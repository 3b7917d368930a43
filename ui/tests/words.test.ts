import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sources } from "./sources";

const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`../src/shared/i18n/${name}.json`, import.meta.url), "utf8"));
const words = { "zh-CN": read("zh-CN"), en: read("en") };
const stem = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const stems = (file: Record<string, string>) => [...new Set(Object.keys(file).map(stem))].sort();
const code = sources().map((file) => file.text).join("\n");

it("says the same things in both languages", () => {
  expect(stems(words["zh-CN"])).toEqual(stems(words.en));
});

it("has every plural form that a language needs", () => {
  for (const [language, file] of Object.entries(words)) {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plural = new Set(Object.keys(file).filter((key) => key !== stem(key)).map(stem));
    for (const key of plural) {
      for (const form of forms) expect(file, `${language}: ${key}`).toHaveProperty([`${key}_${form}`]);
    }
  }
});

it("puts the same values into a sentence in both languages", () => {
  const slots = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();
  for (const [key, text] of Object.entries(words.en)) {
    const other = words["zh-CN"][key] ?? words["zh-CN"][`${stem(key)}_other`] ?? "";
    expect(slots(other), key).toEqual(slots(text));
  }
});

it("says nothing empty, and nothing English in Chinese", () => {
  for (const [key, text] of Object.entries(words["zh-CN"])) {
    expect(text.trim(), key).not.toBe("");
    // Units are the same everywhere.
    if (text === words.en[key]) expect(text.replace(/\{\{\w+\}\}/g, ""), key).toMatch(/^(\W|ms)*$/);
  }
});

it("uses every word it has", () => {
  const built = [...code.matchAll(/`([a-zA-Z.]+\.)\$\{[^`]*?\}([a-zA-Z]*)`/g)].map((match) => [match[1] ?? "", match[2] ?? ""] as const);
  const unused = stems(words.en).filter((key) => {
    if (code.includes(`"${key}"`)) return false;
    return !built.some(([start, end]) => key.startsWith(start) && key.endsWith(end));
  });
  expect(unused).toEqual([]);
});
