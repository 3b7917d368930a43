/** What a rehearsal found, as the host works through it: the worst first. Pure. */
import type { AdviceView, Failure, ReadinessView, RehearsalView } from "../../ipc";

/** As many products are rehearsed at once. */
export const MOST = 500;

export const KINDS = ["todo", "alike", "ready"] as const;
export type Kind = (typeof KINDS)[number];

export interface Board {
  /** With their advice, the worst first. */
  todo: ReadinessView[];
  /** Those that are known least surely first. */
  ready: ReadinessView[];
}

/**
 * What keeps a product from being known at all stands before what keeps it from ever being pinned, that before what gets it
 * pinned as another, and that before what only makes it less sure.
 */
const RANK: Record<AdviceView["what"], number> = {
  no_photo: 0,
  same_photo: 1,
  taken_for: 2,
  too_dark: 3,
  blurred: 3,
  too_small: 3,
  more_photos: 4,
  scattered: 5,
};

export function board({ products }: RehearsalView): Board {
  const sorted = products.map((one) => ({ ...one, advice: one.advice.toSorted((a, b) => RANK[a.what] - RANK[b.what]) }));
  const worst = ({ advice: [first] }: ReadinessView) => (first ? RANK[first.what] : Infinity);
  // What is alike in that stands in the order of the show.
  const byNeed = (a: ReadinessView, b: ReadinessView) => worst(a) - worst(b) || share(a, "known") - share(b, "known") || share(a, "pinned") - share(b, "pinned");
  return {
    todo: sorted.filter((one) => one.advice.length > 0).sort(byNeed),
    ready: sorted.filter((one) => one.advice.length === 0).sort((a, b) => share(a, "pinned") - share(b, "pinned")),
  };
}

const share = (one: ReadinessView, what: "known" | "pinned"): number => (one.tested > 0 ? one[what] / one.tested : 0);

/** How bad it is: without this the product is not pinned, or as another; or it is only less sure. */
export const toneOf = ({ what }: AdviceView): "bad" | "warn" => (RANK[what] <= RANK.taken_for ? "bad" : "warn");

/** What stands in the sentences of an advice. */
export function slots(advice: AdviceView, format: (count: number) => string): Record<string, string | number> {
  switch (advice.what) {
    case "taken_for":
    case "same_photo":
      // A product without a title is called by its SKU.
      return { title: advice.title || advice.sku };
    case "too_dark":
    case "blurred":
    case "too_small":
      return { count: advice.count, formatted: format(advice.count) };
    case "more_photos":
      return { have: format(advice.have), enough: format(advice.enough) };
    default:
      return {};
  }
}

/** The only thing that a rehearsal can find wrong with what it is asked. */
export const isTooMany = (failure: Failure): boolean => failure.code === "bad_input";

/**
 * Calls that can't be cancelled and would be in each other's way: one after another, and not at all where nobody waits any more
 * when it is their turn. Resolves to null then.
 */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  next<T>(call: () => Promise<T>, wanted: () => boolean): Promise<T | null> {
    const mine = this.last.then(() => (wanted() ? call() : null));
    this.last = mine.catch(() => {});
    return mine;
  }
}
