import { expect, test } from "vitest";
import type { Offer, Product } from "./api";
import { endsInMs, openOffer, priceOf, totalOf } from "./offer";

const cny = (minor: number) => ({ minor, currency: "CNY" });
const offer: Offer = { offer_id: "o1", price: cny(990), left: 3 };
const product = (offer?: Offer): Product => ({
  sku: "A",
  title: "A",
  description: "",
  price: cny(1_580),
  available: 9,
  note: "plenty",
  photo_url: null,
  offer,
});

test("an offer is open while it has pieces and time, and is lower than the regular price", () => {
  expect(openOffer(product(), 0)).toBeNull();
  expect(openOffer(product(offer), 0)).toEqual(offer);
  expect(openOffer(product({ ...offer, left: 0 }), 0)).toBeNull();
  expect(openOffer(product({ ...offer, price: cny(1_580) }), 0)).toBeNull();
  expect(openOffer(product({ ...offer, price: { minor: 1, currency: "EUR" } }), 0)).toBeNull();
  const timed = { ...offer, until_us: 10_000_000 };
  expect(openOffer(product(timed), 9_999)).toEqual(timed);
  expect(openOffer(product(timed), 10_000), "over by the platform's clock, whether or not the page was told").toBeNull();
});

test("the time left is counted in the platform's time and never falls below nothing", () => {
  expect(endsInMs(offer, 5)).toBeNull();
  for (const [now, left] of [
    [0, 10_000],
    [4_000, 6_000],
    [10_000, 0],
    [99_000, 0],
  ] as const) {
    expect(endsInMs({ ...offer, until_us: 10_000_000 }, now)).toBe(left);
  }
});

test("pieces beyond the offer and beyond one buyer's limit cost the regular price", () => {
  for (const [qty, limit, minor] of [
    [1, undefined, 990],
    [3, undefined, 3 * 990],
    [5, undefined, 3 * 990 + 2 * 1_580],
    [3, 1, 990 + 2 * 1_580],
    [1, 9, 990],
  ] as const) {
    const limited = { ...offer, ...(limit === undefined ? {} : { per_buyer: limit }) };
    expect(totalOf(product(limited), limited, qty).minor, `${qty}, ${limit} each`).toBe(minor);
  }
  expect(totalOf(product(), null, 2)).toEqual(cny(3_160));
  expect([priceOf(product(offer), offer).minor, priceOf(product(), null).minor]).toEqual([990, 1_580]);
});
