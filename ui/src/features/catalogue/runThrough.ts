/** A run-through as the host reads it: what a result looks like, which are the worst, what a key means. Pure. */
import type { ReportedView, RunThroughReportView, RunThroughSaid, ShownView, VerdictView } from "../../ipc";

/** A result with the cause, where it has one. */
export type Said = VerdictView["what"] | "too_dark" | "blurred" | "too_far" | "skipped" | "none";

export function saidOf({ verdict, skipped }: Pick<ShownView, "verdict" | "skipped">): Said {
  if (!verdict) return skipped ? "skipped" : "none";
  return verdict.what === "not_seen" ? (verdict.why ?? "not_seen") : verdict.what;
}

export type Tone = "ok" | "warn" | "bad" | "none";

/** Viewers would see a wrong card, or none; or all is well. */
export function toneOf(shown: Pick<ShownView, "verdict" | "skipped">): Tone {
  switch (saidOf(shown)) {
    case "recognised":
      return "ok";
    case "taken_for":
      return "bad";
    case "skipped":
    case "none":
      return "none";
    default:
      return "warn";
  }
}

/** What stands in the sentence of a result. */
export function slots(verdict: VerdictView | null): Record<string, string> {
  switch (verdict?.what) {
    case "recognised":
      return { seconds: seconds(verdict.after_ms) };
    case "taken_for":
    case "suggested_as":
      return { title: verdict.title || verdict.sku };
    default:
      return {};
  }
}

/** A time as it is said: tenths of a second tell a quick answer from a slow one. */
export const seconds = (ms: number): string => (ms / 1000).toFixed(1);

/** What to do about one: nothing about what was not held up. */
export type Todo = Exclude<Said, "skipped" | "none">;

export function todoOf(shown: ShownView): Todo | null {
  const said = saidOf(shown);
  return said === "skipped" || said === "none" ? null : said;
}

/** Those of which something can be said, the worst first. */
export const ofHeldUp = (products: readonly ShownView[]): ShownView[] => products.filter((one) => one.verdict).toSorted((a, b) => RANK[toneOf(a)] - RANK[toneOf(b)]);

const RANK: Record<Tone, number> = { bad: 0, warn: 1, none: 2, ok: 3 };

/** The worst first; what was recognised and has nothing wrong with its photos last. */
export function byNeed({ products }: RunThroughReportView): ReportedView[] {
  const rank = ({ shown, photos }: ReportedView) => RANK[toneOf(shown)] - (photos && photos.advice.length > 0 ? 0.5 : 0);
  return products.toSorted((a, b) => rank(a) - rank(b));
}

/** What a key means; `onControl`: a button or box has the focus, to which Enter belongs. */
export function meaning(key: string, onControl: boolean): RunThroughSaid | null {
  switch (key) {
    case "Enter":
      return onControl ? null : "next";
    case "Backspace":
      return "back";
    case "s":
    case "S":
      return "skip";
    case "t":
    case "T":
      return "this_is_it";
    default:
      return null;
  }
}
