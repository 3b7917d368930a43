/** An amount in the currency's smallest unit, as the platform and the studio send it. */
export interface Money {
  minor: number;
  currency: string;
}

/** "¥15.80": the narrow symbol, with as many decimals as the currency has. */
export function formatMoney(money: Money, locale: string): string {
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: money.currency,
    currencyDisplay: "narrowSymbol",
  });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(money.minor / 10 ** digits);
}
