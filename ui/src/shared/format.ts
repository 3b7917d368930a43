/** Numbers as the reader's language writes them. Pure; the language is passed in. */
import type { Money } from "../ipc";

/** Source: ISO 4217, table A.1, as `hawker-domain` has it. */
export function minorDigits(currency: string): number {
  if (["JPY", "KRW", "VND", "CLP", "ISK"].includes(currency)) return 0;
  return ["KWD", "BHD", "OMR", "JOD", "TND"].includes(currency) ? 3 : 2;
}

/** The amount as a plain decimal, exact: what an editor shows and the studio reads back. */
export function decimal(money: Money): string {
  const digits = minorDigits(money.currency);
  const text = String(Math.abs(money.minor)).padStart(digits + 1, "0");
  const sign = money.minor < 0 ? "-" : "";
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

export function money(value: Money, language: string): string {
  const digits = minorDigits(value.currency);
  return formatter(language, `money:${value.currency}`, {
    style: "currency",
    currency: value.currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value.minor / 10 ** digits);
}

export function count(value: number, language: string): string {
  return formatter(language, "count", { maximumFractionDigits: 0 }).format(value);
}

export function percent(share: number, language: string): string {
  return formatter(language, "percent", { style: "percent", maximumFractionDigits: 0 }).format(share);
}

export function megabits(bps: number, language: string): string {
  return `${formatter(language, "one", { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(bps / 1e6)} Mb/s`;
}

export function bytes(value: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const unit = units[step] ?? "byte";
  return formatter(language, unit, { style: "unit", unit, maximumFractionDigits: step > 2 ? 1 : 0 }).format(value / 1000 ** step);
}

/** 01:24:08, or 1:52 below an hour: digits alone, the same in every language. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${two(h)}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function moment(ms: number, language: string): string {
  const key = `${language}|moment`;
  const found = moments.get(key) ?? new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  moments.set(key, found);
  return found.format(ms);
}

const moments = new Map<string, Intl.DateTimeFormat>();
/** Making a formatter costs a millisecond; the running order draws a hundred numbers ten times a second. */
const formatters = new Map<string, Intl.NumberFormat>();

function formatter(language: string, name: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language}|${name}`;
  const found = formatters.get(key) ?? new Intl.NumberFormat(language, options);
  formatters.set(key, found);
  return found;
}
