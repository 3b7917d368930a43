export { pickLocale, translator, type Locale, type Messages, type Translate } from "./i18n";
export { formatMoney, type Money } from "./money";
