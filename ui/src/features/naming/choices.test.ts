import { expect, it } from "vitest";
import type { ProductView } from "../../ipc";
import { row } from "../../shared/state/sample";
import { choices } from "./choices";

const product = (sku: string, title = sku, photos: string[] = []): ProductView => ({
  sku,
  title,
  brand: "",
  category: "",
  description: "",
  price: { minor: 100, currency: "CNY" },
  barcode: "",
  on_hand: 1,
  reserved: 0,
  photos,
});
const running = [{ ...row("OAT-1L"), title: "燕麦奶 原味 1L" }, { ...row("TEA-JAS"), title: "Jasmine tea 250 g" }];
const skus = (...given: Parameters<typeof choices>) => choices(...given).map((one) => one.sku);

it("puts the running order first, in its order, and names no product twice", () => {
  const found = { query: "", products: [product("SOAP"), product("TEA-JAS"), product("NUT")] };
  expect(skus(running, found, "")).toEqual(["OAT-1L", "TEA-JAS", "SOAP", "NUT"]);
  expect(skus(running, null, ""), "the catalogue has not answered yet").toEqual(["OAT-1L", "TEA-JAS"]);
  expect(skus([], found, "")).toEqual(["SOAP", "TEA-JAS", "NUT"]);
});

it("leaves what has every word in its title or SKU, in whatever letters", () => {
  const rows: [string, string[]][] = [
    ["tea", ["TEA-JAS"]],
    ["TEA jas", ["TEA-JAS"]],
    ["  250  JASMINE ", ["TEA-JAS"]],
    ["燕麦", ["OAT-1L"]],
    ["1l", ["OAT-1L"]],
    ["tea oat", []],
  ];
  for (const [query, want] of rows) expect(skus(running, null, query), query).toEqual(want);
});

it("takes what the catalogue found for this query as it is, and of an older answer what still fits", () => {
  const products = [product("SOAP", "Lime soap"), product("TEA-JAS", "Jasmine tea 250 g"), product("MINT", "Mint tea")];
  // By the brand, which is not seen here.
  expect(skus(running, { query: "rou", products }, "rou")).toEqual(["TEA-JAS", "SOAP", "MINT"]);
  expect(skus(running, { query: "", products }, "tea")).toEqual(["TEA-JAS", "MINT"]);
  expect(skus(running, { query: "rou", products }, "rou tea"), "asked again").toEqual([]);
});

it("shows the first photo, and does without one", () => {
  const found = { query: "", products: [product("A", "A", ["p1", "p2"]), product("B")] };
  expect(choices([], found, "").map((one) => one.photo)).toEqual(["p1", null]);
});
