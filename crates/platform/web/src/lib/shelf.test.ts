import { expect, test } from "vitest";
import type { Product } from "./api";
import { arranged, gone } from "./shelf";

const product = (sku: string): Product => ({
  sku,
  title: sku,
  description: "",
  price: { minor: 100, currency: "CNY" },
  available: 5,
  note: "few",
  photo_url: null,
});
const known = ["A", "B", "C"].map(product);
const skus = (products: Product[] | null) => products?.map((one) => one.sku) ?? null;

test("the shelf follows the seller's order and loses what is no longer sold", () => {
  expect(skus(arranged(known, ["C", "A", "B"]))).toEqual(["C", "A", "B"]);
  expect(skus(arranged(known, ["C"]))).toEqual(["C"]);
  expect(skus(arranged(known, []))).toEqual([]);
});

test("a product that is new here is asked for", () => {
  expect(arranged(known, ["A", "D"])).toBeNull();
});

test("what left the shelf can't be bought any more", () => {
  expect(gone(product("A"))).toMatchObject({ sku: "A", available: 0, note: "sold_out" });
});
