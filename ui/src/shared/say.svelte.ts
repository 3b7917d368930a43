/** The formats of `format.ts` in the language that is set. */
import type { Failure, Money } from "../ipc";
import * as format from "./format";
import { type Key, language, t, tMaybe } from "./i18n/i18n.svelte";
import type { Why } from "./why";

export const money = (value: Money): string => format.money(value, language());
export const count = (value: number): string => format.count(value, language());
export const percent = (share: number): string => format.percent(share, language());
export const megabits = (bps: number): string => format.megabits(bps, language());
export const bytes = (value: number): string => format.bytes(value, language());
export const moment = (ms: number): string => format.moment(ms, language());
export { clock } from "./format";

/** A reason in the reader's language, else in the studio's own words. */
export function because(why: Why, values?: Record<string, string>): string {
  return (why.key && tMaybe(why.key, values)) ?? why.text;
}

/** A failure in the reader's language; the studio's own words are the detail. */
export function failureTitle(failure: Failure): string {
  const key: Key = `failure.${failure.code}`;
  return t(key);
}
