/** What the simulated shop offers for a time. */
import type { Backend } from "../backend";
import type { Failure, Money, NewOffer, OfferState, OfferView, ProductView, Question } from "../bindings";
import { amountOf, mustBeConfirmed, questionOf } from "./prices";

const refuse = (code: Failure["code"], message: string, hint?: string): never => {
  throw { code, message, ...(hint ? { hint } : {}), retryable: false } satisfies Failure;
};
const MINUTE_US = 60_000_000;
const nowUs = (): number => Date.now() * 1_000;

export class MockOffers {
  private all: OfferView[];

  constructor(private readonly product: (sku: string) => ProductView | undefined) {
    const now = nowUs();
    const money = (minor: number): Money => ({ minor, currency: "CNY" });
    const start: [string, number, Partial<OfferView>][] = [
      ["COF-12", 4_500, { quantity: 40, left: 40, from_us: now + 30 * MINUTE_US, until_us: now + 50 * MINUTE_US }],
      ["OAT-1L", 1_390, { quantity: 50, left: 31, sold: 17, per_buyer: 2, until_us: now + 12.4 * MINUTE_US }],
      ["TEA-JAS", 3_900, { quantity: 10, left: 6, sold: 3, coupon: "LIVE10" }],
      ["NUT-500", 4_980, { quantity: 20, left: 0, sold: 20, state: "spent" }],
      ["APL-1L", 1_090, { quantity: 30, left: 12, sold: 18, state: "ended" }],
    ];
    const one = ([sku, minor, more]: (typeof start)[number], at: number): OfferView => ({ offer_id: `0199c0de-7000-7000-8000-00000000e${at + 100}`, sku, price: money(minor), quantity: 1, left: 1, sold: 0, state: "open", ...more });
    this.all = start.filter(([sku]) => product(sku)).map(one);
  }

  /** As time goes by. */
  list(): OfferView[] {
    return this.all.map((offer) => ({ ...offer, state: stateOf(offer) }));
  }

  question(offer: NewOffer): Question | null {
    const { price, product } = this.read(offer);
    const last = this.all.find((one) => one.sku === offer.sku && one.coupon === undefined)?.price ?? product.price;
    return questionOf(price, last, product.cost);
  }

  add(offer: NewOffer, confirmed: boolean): OfferView {
    mustBeConfirmed(this.question(offer), confirmed, offer.sku, "confirm it (--yes) if it is meant");
    const { price } = this.read(offer);
    const at = (text: string | null) => (text === null ? undefined : Date.parse(text) * 1_000);
    const from = at(offer.from);
    const until = at(offer.until) ?? (offer.minutes === null ? undefined : (from ?? nowUs()) + offer.minutes * MINUTE_US);
    const made: OfferView = {
      offer_id: crypto.randomUUID(),
      sku: offer.sku,
      price,
      quantity: offer.quantity,
      left: offer.quantity,
      sold: 0,
      state: "open",
      ...(offer.per_buyer !== null && { per_buyer: offer.per_buyer }),
      ...(from !== undefined && { from_us: from }),
      ...(until !== undefined && { until_us: until }),
      ...(offer.coupon !== null && { coupon: offer.coupon.toUpperCase() }),
    };
    this.all = [made, ...this.all];
    return { ...made, state: stateOf(made) };
  }

  end(id: string): OfferView {
    const found = this.all.find((one) => one.offer_id === id) ?? refuse("not_found", `there is no offer ${id}`);
    const ended: OfferView = { ...found, state: "ended" };
    this.all = this.all.map((one) => (one === found ? ended : one));
    return ended;
  }

  private read(offer: NewOffer): { price: Money; product: ProductView } {
    const product = this.product(offer.sku) ?? refuse("not_found", `product "${offer.sku}" does not exist`);
    const price = amountOf(offer.price, product.price.currency);
    if (price.minor >= product.price.minor) refuse("bad_input", `that is no offer: ${offer.sku} costs no more without it`);
    return { price, product };
  }
}

function stateOf(offer: OfferView): OfferState {
  const now = nowUs();
  if (offer.state === "ended") return "ended";
  if (offer.until_us !== undefined && offer.until_us <= now) return "over";
  if (offer.from_us !== undefined && offer.from_us > now) return "waiting";
  return offer.left === 0 ? "spent" : "open";
}

/** What the cockpit may ask of them; `broken`: why nothing can be read. */
export function offerCalls(offers: MockOffers, broken: Failure | null) {
  return {
    offersList: async () => (broken ? await Promise.reject<OfferView[]>(broken) : offers.list()),
    offerQuestion: async (offer) => offers.question(offer),
    offerAdd: async (offer, confirmed) => offers.add(offer, confirmed),
    offerEnd: async (id) => offers.end(id),
  } satisfies Partial<Backend>;
}
