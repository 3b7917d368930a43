export { pickLocale, translator, type Locale, type Message, type Messages, type Translate } from "./i18n";
export { formatMoney, type Money } from "./money";
