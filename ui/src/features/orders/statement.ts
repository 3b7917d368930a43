/** A provider's statement in the cockpit: what can be chosen of it, and which row a payment may be. Pure. */
import type { StatementRowView, StatementView, UnverifiedView } from "../../ipc";

const [MINUTE_S, HOUR_S] = [60, 3_600];

/** How far clocks may be apart: the till's own is usually right, a provider may book hours later. */
export const TOLERANCES_S: readonly number[] = [5 * MINUTE_S, 30 * MINUTE_S, 2 * HOUR_S, 24 * HOUR_S];

/** In words: minutes, or whole hours. */
export function span(seconds: number): { unit: "minutes" | "hours"; count: number } {
  return seconds % HOUR_S === 0 ? { unit: "hours", count: seconds / HOUR_S } : { unit: "minutes", count: Math.round(seconds / MINUTE_S) };
}

/** Where sellers live: whole hours, and the halves and quarters that whole countries keep. Source: the time zone database. */
export const OFFSETS_S: readonly number[] = [...Array.from({ length: 27 }, (_, i) => i - 12), -3.5, 3.5, 4.5, 5.5, 5.75, 6.5, 9.5].sort((a, b) => a - b).map((hours) => hours * HOUR_S);

/** As it is written everywhere: UTC+5:30. */
export function offsetName(seconds: number): string {
  const minutes = Math.abs(seconds) / MINUTE_S;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `UTC${seconds < 0 ? "−" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** Currencies of the payments that wait: with several, a statement that names none has to be told. */
export const currencies = (open: readonly UnverifiedView[]): string[] => [...new Set(open.map((payment) => payment.amount.currency))].sort();

/** A payment that a person settles, and the rows that it may be. */
export interface Unsettled {
  payment: UnverifiedView;
  rows: StatementRowView[];
}

export const unclear = (view: StatementView): Unsettled[] => view.unclear.flatMap(({ payments, rows }) => payments.map((payment) => ({ payment, rows })));

/** Rows of the same amount come first to mind, however far away in time: nearest first. */
export const missing = (view: StatementView): Unsettled[] =>
  view.not_found.map((payment) => ({
    payment,
    rows: view.foreign
      .filter(({ amount }) => amount.currency === payment.amount.currency && amount.minor === payment.amount.minor)
      .sort((a, b) => Math.abs(a.at_ms - payment.at_ms) - Math.abs(b.at_ms - payment.at_ms)),
  }));
