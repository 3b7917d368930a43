/** Amounts as a person types them. Pure; exact, like the studio's own reader. */
import type { Money } from "../ipc";
import { minorDigits } from "./format";

/** "15.80", "15" or "１５．８"; null for what is no amount, or has more digits than the currency. */
export function amountOf(text: string, currency: string): Money | null {
  const digits = minorDigits(currency);
  const found = /^(\d{1,12})(?:\.(\d*))?$/.exec(text.normalize("NFKC").trim());
  const fraction = found?.[2]?.replace(/0+$/, "") ?? "";
  if (!found || fraction.length > digits) return null;
  return { minor: Number(found[1] + fraction.padEnd(digits, "0")), currency };
}
