/** Words of the cockpit. Keys are checked by the compiler; what is put into a sentence is bidi-isolated. */
import i18next, { type i18n } from "i18next";
import type en from "./en.json";
import type claims from "./claims.en.json";
import type conflicts from "./conflicts.en.json";
import type editor from "./editor.en.json";
import { isolate } from "./isolate";
import type market from "./market.en.json";
import type offers from "./offers.en.json";
import type opening from "./opening.en.json";
import type orders from "./orders.en.json";
import type prices from "./prices.en.json";
import type refused from "./refused.en.json";
import type rehearsal from "./rehearsal.en.json";
import type settings from "./settings.en.json";

export type Language = "zh-CN" | "en";
type Raw = keyof typeof en | keyof typeof claims | keyof typeof conflicts | keyof typeof editor | keyof typeof market | keyof typeof offers | keyof typeof opening | keyof typeof orders | keyof typeof prices | keyof typeof refused | keyof typeof rehearsal | keyof typeof settings;
/** Keys as they are called: plural endings belong to the file. */
export type Key = Raw extends infer K ? (K extends `${infer Stem}_one` | `${infer Stem}_other` ? Stem : K) : never;
type Values = Record<string, string | number>;

const engine: i18n = i18next.createInstance();
let current = $state<Language>("en");

const files: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  "zh-CN": () => import("./zh-CN.json"),
  en: () => import("./en.json"),
};

/** Sentences for what was refused, and words for what is rare. Most shows need none, so they come with the first. */
const refusals: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  "zh-CN": () => import("./refused.zh-CN.json"),
  en: () => import("./refused.en.json"),
};
const asked = new Set<Language>();
let arrived = $state(0);

export function systemLanguage(preferred: readonly string[] = navigator.languages): Language {
  return preferred[0]?.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

/** The one that was set, else the system's. */
export function languageOf(set: string | null): Language {
  return set === "zh-CN" || set === "en" ? set : systemLanguage();
}

export async function setLanguage(language: Language): Promise<void> {
  const words = (await files[language]()).default;
  if (!engine.isInitialized) {
    await engine.init({
      lng: language,
      keySeparator: false,
      nsSeparator: false,
      resources: {},
      interpolation: { escape: isolate },
    });
  }
  engine.addResourceBundle(language, "translation", words);
  await engine.changeLanguage(language);
  document.documentElement.lang = language;
  current = language;
}

/** Words that come with a part of the cockpit that is opened later. */
export function addWords(words: Record<Language, Record<string, string>>): void {
  for (const [language, own] of Object.entries(words)) engine.addResourceBundle(language, "translation", own);
}

export const language = (): Language => current;

export function t(key: Key, values?: Values): string {
  void current;
  return engine.t(key, values ?? {});
}

/** For keys that come from outside, such as the code of a notice. */
export function tMaybe(key: string, values?: Values): string | null {
  void current;
  return engine.exists(key) ? engine.t(key, values ?? {}) : null;
}

/** For what was refused; none while its sentences are on their way. */
export function tRefused(key: Key, values?: Values): string | null {
  void arrived;
  const said = tMaybe(key, values);
  if (said === null) void fetchRefusals(current);
  return said;
}

async function fetchRefusals(language: Language): Promise<void> {
  if (asked.has(language)) return;
  asked.add(language);
  try {
    engine.addResourceBundle(language, "translation", (await refusals[language]()).default);
    arrived += 1;
  } catch {
    // The studio's own words stand; the next refusal asks again.
    asked.delete(language);
  }
}
