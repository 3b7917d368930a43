/** Words of the cockpit. Keys are checked by the compiler; what is put into a sentence is bidi-isolated. */
import i18next, { type i18n } from "i18next";
import type en from "./en.json";
import { isolate } from "./isolate";

export type Language = "zh-CN" | "en";
type Raw = keyof typeof en;
/** Keys as they are called: plural endings belong to the file. */
export type Key = Raw extends infer K ? (K extends `${infer Stem}_one` | `${infer Stem}_other` ? Stem : K) : never;
type Values = Record<string, string | number>;

const engine: i18n = i18next.createInstance();
let current = $state<Language>("en");

const files: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  "zh-CN": () => import("./zh-CN.json"),
  en: () => import("./en.json"),
};

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
