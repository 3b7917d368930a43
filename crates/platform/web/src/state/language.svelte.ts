import { formatMoney, pickLocale, translator, type Locale, type Money, type Translate } from "@hawker/kit";
import { en, zh, type Key } from "../lib/words";

const REMEMBERED = "hawker.language";

/** The language the page speaks; the viewer's choice is remembered, else the browser's wish counts. */
class Language {
  locale = $state<Locale>(chosen());
  t: Translate<Key> = $derived(translator<Key>(this.locale, this.locale === "zh-CN" ? zh : en));

  money(amount: Money): string {
    return formatMoney(amount, this.locale);
  }

  toggle(): void {
    this.locale = this.locale === "zh-CN" ? "en" : "zh-CN";
    document.documentElement.lang = this.locale;
    remember(this.locale);
  }
}

function chosen(): Locale {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(REMEMBERED);
  } catch {
    // Private windows may refuse; then the browser's wish counts.
  }
  const locale = kept === "zh-CN" || kept === "en" ? kept : pickLocale(navigator.languages);
  document.documentElement.lang = locale;
  return locale;
}

function remember(locale: Locale): void {
  try {
    localStorage.setItem(REMEMBERED, locale);
  } catch {
    // See above.
  }
}

export const language = new Language();
