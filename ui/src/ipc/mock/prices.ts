/** What the simulated studio makes of prices that are typed, and what it asks about them. */
import type { Failure, Money, ProductDraft, ProductView, Question } from "../bindings";

/** As `hawker_domain::offer::Question`: more than so much under the last price is asked about. */
const FAR_PERCENT = 30;

export function amountOf(text: string, currency: string): Money {
  const minor = Math.round(Number(text) * 100);
  if (text.trim() === "" || !Number.isFinite(minor)) throw { code: "bad_input", message: `"${text}" is no amount; write it like 15.80`, retryable: false } satisfies Failure;
  return { minor, currency };
}

export function questionOf(price: Money, last: Money | undefined, cost: Money | undefined): Question | null {
  if (cost && price.minor < cost.minor) return { question: "below_cost", price, cost };
  return last && price.minor * 100 < last.minor * (100 - FAR_PERCENT) ? { question: "far_below_last", price, last } : null;
}

/** The product after what was typed, and what is to be asked about it: nothing where price and cost are what they were. */
export function typed(draft: ProductDraft, before: ProductView | undefined): { product: ProductView; question: Question | null } {
  const { price: text, cost: costs, currency, ...words } = draft;
  const price = amountOf(text, currency);
  const cost = costs.trim() === "" ? undefined : amountOf(costs, currency);
  const isOther = before?.price.minor !== price.minor || before.cost?.minor !== cost?.minor;
  const { on_hand, reserved, photos } = before ?? { on_hand: 0, reserved: 0, photos: [] };
  const product: ProductView = { ...words, price, ...(cost && { cost }), on_hand, reserved, photos };
  return { product, question: isOther ? questionOf(price, before?.price, cost) : null };
}

/** Throws what is asked about and nobody has said yes to. */
export function mustBeConfirmed(question: Question | null, confirmed: boolean, sku: string, hint: string): void {
  if (question && !confirmed) throw { code: "conflict", message: `nobody has said yes to the price of ${sku}`, hint, retryable: false } satisfies Failure;
}
