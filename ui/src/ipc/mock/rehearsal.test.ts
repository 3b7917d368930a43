import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ProductView } from "../bindings";
import { GOODS, manyGoods } from "./goods";
import { LOOK_MS, MOST, NO_MODEL, photosOf, rehearsalOf, rehearse } from "./rehearsal";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const products = (goods = GOODS): ProductView[] =>
  goods.map(({ sku, en, brand, category, price, onHand }) => ({
    sku,
    title: en,
    brand,
    category,
    description: "",
    price: { minor: price, currency: "CNY" },
    barcode: "",
    on_hand: onHand,
    reserved: 0,
    photos: photosOf(sku),
  }));
const only = (...skus: string[]) => products().filter((one) => skus.includes(one.sku));
const said = (all: ProductView[]) => Object.fromEntries(rehearsalOf(all).products.map(({ sku, advice }) => [sku, advice.map((one) => one.what).join(" ")]));

it("finds every kind of trouble in the shop, and products that have none", () => {
  const advice = said(products());
  expect(advice).toMatchObject({ "OAT-1L": "", "HAND-75": "no_photo", "COLA-330": "more_photos", "APL-1L": "taken_for blurred", "RICE-2K": "same_photo taken_for", "SOY-500": "too_dark too_small", "COF-12": "scattered" });
  expect(Object.values(advice).filter((one) => one === "").length).toBeGreaterThan(4);
});

it("lists a pair once, the worst first, and none of which only one is rehearsed", () => {
  const pairs = rehearsalOf(products()).look_alikes;
  expect(pairs.map(({ a, b, confused }) => [a, b, confused])).toEqual([["NUT-500", "RICE-2K", 3], ["APL-1L", "SOAP-1L", 2]]);
  expect(rehearsalOf(only("NUT-500", "APL-1L")).look_alikes).toEqual([]);
  expect(said(only("NUT-500", "OAT-1L"))).toEqual({ "NUT-500": "", "OAT-1L": "" });
});

it("says no more of photos than there are, and tests none that is alone", () => {
  for (const { photos, tested, known, pinned } of rehearsalOf(products()).products) {
    expect([tested <= photos, known <= tested, pinned <= known, pinned >= 0]).toEqual([true, true, true, true]);
  }
  const [one] = only("HAND-75").map((product) => ({ ...product, photos: ["HAND-75#new"] }));
  expect(rehearsalOf(one ? [one] : []).products[0]).toMatchObject({ photos: 1, tested: 0, known: 0, advice: [{ what: "more_photos", have: 1, enough: 3 }] });
});

it("keeps the rounds of a large shop apart", () => {
  const pairs = rehearsalOf(products(manyGoods(28))).look_alikes;
  expect(pairs.map(({ a, b }) => `${a} ${b}`).sort()).toEqual(["APL-1L SOAP-1L", "APL-1L~1 SOAP-1L~1", "NUT-500 RICE-2K", "NUT-500~1 RICE-2K~1"]);
  expect(new Set(manyGoods(MOST).map((one) => one.sku)).size).toBe(MOST);
});

it("takes its time, and refuses what the studio refuses", async () => {
  const answer = vi.fn();
  void rehearse({ scope: "order", products: only("OAT-1L") }, null).then(answer);
  await vi.advanceTimersByTimeAsync(LOOK_MS - 1);
  expect(answer).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(answer).toHaveBeenCalledWith({ scope: "order", ...rehearsalOf(only("OAT-1L")) });
  const refused = [rehearse({ scope: "all", products: products(manyGoods(MOST + 1)) }, null), rehearse({ scope: "all", products: [] }, NO_MODEL)].map((one) => one.catch((failure) => failure.code));
  await vi.advanceTimersByTimeAsync(LOOK_MS);
  expect(await Promise.all(refused)).toEqual(["bad_input", "model_unavailable"]);
});
