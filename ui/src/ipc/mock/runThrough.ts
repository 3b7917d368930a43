/** The simulated run-through: what each good is taken for, and how long that takes. */
import type { Backend } from "../backend";
import type { Failure, ProductView, RunThroughReportView, RunThroughSaid, RunThroughView, RunThroughWish, ShownView, VerdictView } from "../bindings";
import type { Held } from "./draw";
import { type Good, goodOf } from "./goods";
import { LOOK_MS, rehearsalOf } from "./rehearsal";

/** From being asked for to being seen, to being judged, and to the next one, seconds. */
const SEEN_S = 0.8;
const JUDGED_S = 2;
const NEXT_S = 1.2;

interface Flaw {
  what: VerdictView["what"];
  /** The good it is taken for. */
  other?: string;
}

const FLAWS: Record<string, Flaw> = {
  "APL-1L": { what: "suggested_as", other: "SOAP-1L" },
  "RICE-2K": { what: "taken_for", other: "NUT-500" },
  "COLA-330": { what: "suggested" },
  "HAND-75": { what: "unknown" },
  "SOY-500": { what: "not_seen" },
};

export const ON_AIR: Failure = {
  code: "already_live",
  message: "a show is on air: nothing can be rehearsed beside it",
  hint: "rehearse before the show, or after it",
  retryable: false,
  reason: { why: "rehearsal_on_air", values: {} },
};

const NOTHING: Failure = { code: "bad_input", message: "there is no product to hold up", hint: "import a catalogue first", retryable: false, reason: { why: "nothing_to_rehearse", values: {} } };

const NONE: Failure = { code: "not_live", message: "no rehearsal runs", hint: "begin one", retryable: false, reason: { why: "no_rehearsal", values: {} } };

export class MockRunThrough {
  private products: ShownView[] = [];
  private at = 0;
  private since = 0;
  private byItself = false;
  private running = false;

  constructor(
    private goods: ReadonlyMap<string, Good>,
    private listed: () => readonly ProductView[],
  ) {}

  begin({ skus, by_itself }: RunThroughWish): void {
    const wanted = this.listed().filter((one) => skus.length === 0 || skus.includes(one.sku));
    if (wanted.length === 0) throw NOTHING;
    this.products = wanted.map(({ sku, title, photos }) => ({ sku, title, photo: photos[0] ?? null, verdict: null, taught: false, skipped: false }));
    [this.at, this.since, this.byItself, this.running] = [0, 0, by_itself, true];
  }

  view(): RunThroughView | null {
    if (!this.running) return null;
    const shown = this.products[this.at];
    const phase = !shown ? "over" : shown.verdict ? "judged" : this.since >= SEEN_S ? "seen" : "waiting";
    return { at: this.at, phase, trouble: null, unwatched: null, by_itself: this.byItself, products: this.products };
  }

  tick(dt: number): void {
    if (!this.running) return;
    this.since += dt;
    const shown = this.products[this.at];
    if (!shown) return;
    if (!shown.verdict && !shown.taught && this.since >= JUDGED_S) this.change({ verdict: this.verdictOf(shown.sku) });
    else if (this.byItself && shown.verdict?.what === "recognised" && this.since >= JUDGED_S + NEXT_S) this.ask(this.at + 1);
  }

  /** What is in the picture; null where no run-through runs. */
  held(): Held[] | null {
    if (!this.running) return null;
    const good = this.goods.get(this.products[this.at]?.sku ?? "");
    if (!good) return [];
    const rise = Math.min(1, this.since / SEEN_S);
    return [{ good, x: 0.45, y: 0.55 + 0.6 * (1 - rise * rise * (3 - 2 * rise)), height: 0.46, turn: 0.05 }];
  }

  say(said: RunThroughSaid, at: number): void {
    if (!this.running) throw NONE;
    if (at !== this.at) return;
    const shown = this.products[this.at];
    if (said === "this_is_it") return this.change({ taught: true, verdict: shown?.verdict ?? { what: "unknown" } });
    if (said === "back") {
      this.ask(shown?.verdict ? this.at : Math.max(0, this.at - 1));
      return this.change({ verdict: null, taught: false, skipped: false });
    }
    if (said === "skip") this.change({ verdict: null, taught: false, skipped: true });
    this.ask(this.at + 1);
  }

  async end(): Promise<RunThroughReportView> {
    if (!this.running) throw NONE;
    this.running = false;
    await new Promise((done) => setTimeout(done, LOOK_MS));
    const known = new Set(this.products.map((one) => one.sku));
    const photos = rehearsalOf(this.listed().filter((one) => known.has(one.sku)));
    const products = this.products.map((shown) => ({ shown, photos: photos.products.find((one) => one.sku === shown.sku) ?? null }));
    const other = ({ verdict }: ShownView) => (verdict?.what === "taken_for" || verdict?.what === "suggested_as" ? verdict.sku : null);
    const alike = photos.look_alikes.map(({ a, a_title, b, b_title, confused }) => {
      const held = this.products.filter((one) => (one.sku === a && other(one) === b) || (one.sku === b && other(one) === a)).length;
      return { a, a_title, b, b_title, held, photos: confused };
    });
    const held = this.products.filter(({ verdict }) => verdict && !(verdict.what === "not_seen" && verdict.why === null)).length;
    const recognised = this.products.filter((one) => one.verdict?.what === "recognised").length;
    return { products, look_alikes: alike.sort((a, b) => b.held - a.held), held, recognised, ...expected(held, recognised) };
  }

  private ask(at: number): void {
    [this.at, this.since] = [Math.min(at, this.products.length), 0];
  }

  private change(to: Partial<ShownView>): void {
    this.products = this.products.map((one, i) => (i === this.at ? { ...one, ...to } : one));
  }

  private verdictOf(sku: string): VerdictView {
    const { base, round } = goodOf(sku);
    const flaw = FLAWS[base];
    const after_ms = 700 + ((sku.length * 331) % 900);
    const title = this.products.find((one) => one.sku === `${flaw?.other ?? ""}${round}`)?.title ?? flaw?.other ?? "";
    switch (flaw?.what) {
      case "taken_for":
        return { what: "taken_for", sku: `${flaw.other ?? ""}${round}`, title, after_ms };
      case "suggested_as":
        return { what: "suggested_as", sku: `${flaw.other ?? ""}${round}`, title };
      case "suggested":
      case "unknown":
        return { what: flaw.what };
      case "not_seen":
        return { what: "not_seen", why: "too_dark" };
      default:
        return { what: "recognised", after_ms };
    }
  }
}

/** Wilson's interval, as the studio has it. */
export function expected(held: number, recognised: number): Pick<RunThroughReportView, "rate_percent" | "least_percent" | "most_percent"> {
  if (held === 0) return { rate_percent: 0, least_percent: 0, most_percent: 0 };
  const [rate, z] = [recognised / held, 1.96 ** 2 / held];
  const middle = (rate + z / 2) / (1 + z);
  const reach = (1.96 * Math.sqrt((rate * (1 - rate)) / held + z / (4 * held))) / (1 + z);
  const percent = (share: number) => Math.round(100 * Math.min(1, Math.max(0, share)));
  return { rate_percent: percent(rate), least_percent: percent(middle - reach), most_percent: percent(middle + reach) };
}

export function runThroughCalls(run: MockRunThrough, refused: () => Failure | null): Pick<Backend, "runThroughStart" | "runThroughSay" | "runThroughEnd"> {
  return {
    runThroughStart: async (wish) => {
      const why = refused();
      if (why) throw why;
      run.begin(wish);
    },
    runThroughSay: async (said, at) => run.say(said, at),
    runThroughEnd: () => run.end(),
  };
}
