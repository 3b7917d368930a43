/** The formats of `format.ts` in the language that is set. */
import type { Failure, FailureReason, Money } from "../ipc";
import * as format from "./format";
import { language, tMaybe, tRefused } from "./i18n/i18n.svelte";
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

/** What is said of a failure. */
export interface Said {
  head: string;
  details: string[];
}

/**
 * A failure in the reader's language: by its reason, what failed and what to do about it in a sentence; without one a title, with the studio's own words
 * below. Codes that are not known here have no title.
 */
export function failureSaid({ code, message, hint, reason }: { code: string; message: string; hint?: string | null; reason?: FailureReason }): Said {
  const sentence = reason && sentenceOf(reason);
  if (sentence) return { head: sentence, details: [] };
  const [head = "", ...details] = [tMaybe(`failure.${code}`), message, hint].filter((part): part is string => typeof part === "string" && part !== "");
  return { head, details };
}

/** A reason in the reader's language; none while its words are on their way, or where a newer studio has given it. */
export function sentenceOf({ why, thing, values }: FailureReason): string | null {
  const what = thing ? tRefused(`thing.${thing.kind}`, { name: thing.name }) : values.what;
  return tRefused(`why.failure.${why}`, what ? { ...values, what } : values);
}

/** All of it in one line. */
export function failureText(failure: Failure): string {
  const { head, details } = failureSaid(failure);
  return [head, ...details].join(" — ");
}
