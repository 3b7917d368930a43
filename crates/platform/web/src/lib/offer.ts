import type { Money } from "@hawker/kit";
import type { Offer, Product } from "./api";

// What a product costs while an offer is open. The rule is the platform's (crates/domain/src/offer.rs); what is reckoned here is
// shown, and what is paid is what the platform answers.

/** The offer that is open at `nowMs` of the platform's clock; null: none, and none any more. */
export function openOffer(product: Product, nowMs: number): Offer | null {
  const offer = product.offer;
  if (!offer || offer.left <= 0) return null;
  if (offer.price.currency !== product.price.currency || offer.price.minor >= product.price.minor) return null;
  return endsInMs(offer, nowMs) === 0 ? null : offer;
}

/** How long an offer is still open; null where it has no end. Never below 0. */
export function endsInMs(offer: Offer, nowMs: number): number | null {
  return offer.until_us === undefined ? null : Math.max(0, offer.until_us / 1_000 - nowMs);
}

/** What `qty` pieces cost: those that the offer has left for one buyer at its price, the rest at the regular one. */
export function totalOf(product: Product, offer: Offer | null, qty: number): Money {
  const low = offer === null ? 0 : Math.min(qty, offer.left, offer.per_buyer ?? qty);
  const minor = low * (offer?.price.minor ?? 0) + (qty - low) * product.price.minor;
  return { minor, currency: product.price.currency };
}

/** What the next piece costs. */
export const priceOf = (product: Product, offer: Offer | null): Money => offer?.price ?? product.price;
