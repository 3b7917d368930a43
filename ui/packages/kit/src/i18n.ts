/** The two languages everything is written in. */
export type Locale = "zh-CN" | "en";

/** A text, or one text per plural form (`one`, `other`), with `{name}` where a value goes. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Messages = Record<string, Message>;
export type Values = Record<string, string | number>;
export type Translate<K extends string> = (key: K, values?: Values) => string;

/** The first language of the reader that we have: Chinese of any script and place reads zh-CN, others English. */
export function pickLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    if (/^zh\b/i.test(language)) return "zh-CN";
    if (/^en\b/i.test(language)) return "en";
  }
  return "en";
}

/** Looks texts up in one language; `n` chooses the plural form and is written as the language writes numbers. */
export function translator<K extends string>(locale: Locale, messages: Record<K, Message>): Translate<K> {
  const plurals = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (key, values = {}) => {
    const message = messages[key];
    const text =
      typeof message === "string" ? message : (message[plurals.select(Number(values["n"] ?? 0))] ?? message.other ?? key);
    return text.replace(/\{(\w+)\}/g, (all, name: string) => {
      const value = values[name];
      return value === undefined ? all : typeof value === "number" ? numbers.format(value) : value;
    });
  };
}
