/** An offer as it is typed, and what is over. Pure. */
import type { NewOffer, OfferState, OfferView, ProductView } from "../../ipc";
import { amountOf } from "../../shared/amount";

export const ENDS = ["open", "after", "at"] as const;
export type End = (typeof ENDS)[number];
/** As a stock movement; source: `hawker_domain::stock::MOVE_MAX`, beyond which the studio refuses. */
export const QUANTITY_MAX = 999_999;
/** A week: who wants longer gives a date. */
export const MINUTES_MAX = 7 * 24 * 60;
/** Source: `hawker_domain::offer::COUPON_MAX_CHARS`. */
export const COUPON_MAX = 32;

export interface Typed {
  price: string;
  quantity: number;
  /** 0: no limit. */
  perBuyer: number;
  /** As a field for date and time has it, in local time; empty: at once. */
  from: string;
  end: End;
  minutes: number;
  /** As `from`. */
  until: string;
  /** Empty: for everybody. */
  coupon: string;
}

export const EMPTY: Typed = { price: "", quantity: 20, perBuyer: 0, from: "", end: "after", minutes: 15, until: "", coupon: "" };

export type Wrong = "price" | "notLower" | "from" | "until" | "never";

/** What can't be an offer of this product; null where it can. The studio looks at it again. */
export function wrongIn(typed: Typed, product: ProductView, nowMs: number): Wrong | null {
  const price = amountOf(typed.price, product.price.currency);
  if (!price) return "price";
  if (price.minor >= product.price.minor) return "notLower";
  const from = typed.from === "" ? nowMs : Date.parse(typed.from);
  if (Number.isNaN(from)) return "from";
  if (typed.end !== "at") return null;
  const until = Date.parse(typed.until);
  if (Number.isNaN(until)) return "until";
  return until <= Math.max(from, nowMs) ? "never" : null;
}

/** What is typed, as the studio reads it. Local times become moments. */
export function offerOf(typed: Typed, sku: string): NewOffer {
  const moment = (local: string) => (local === "" ? null : new Date(local).toISOString());
  const coupon = typed.coupon.trim();
  return {
    sku,
    price: typed.price.normalize("NFKC").trim(),
    quantity: typed.quantity,
    per_buyer: typed.perBuyer === 0 ? null : typed.perBuyer,
    from: moment(typed.from),
    until: typed.end === "at" ? moment(typed.until) : null,
    minutes: typed.end === "after" ? typed.minutes : null,
    coupon: coupon === "" ? null : coupon,
  };
}

export const TONES: Readonly<Record<OfferState, string>> = { waiting: "info", open: "ok", spent: "warn", over: "", ended: "" };

/** Nobody gets it any more. One that is spent opens again when somebody does not pay in time. */
export const isOver = ({ state }: Pick<OfferView, "state">): boolean => state === "over" || state === "ended";

/** Until it opens, or closes; null where neither is set. By this computer's clock, seconds. */
export function secondsLeft(offer: OfferView, nowMs: number): number | null {
  const at = offer.state === "waiting" ? offer.from_us : isOver(offer) ? undefined : offer.until_us;
  return at === undefined ? null : Math.max(0, Math.ceil((at / 1_000 - nowMs) / 1_000));
}
