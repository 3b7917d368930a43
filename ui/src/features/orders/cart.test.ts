import { expect, test } from "vitest";
import type { Money, ProductView, TillRules } from "../../ipc";
import { change, lines, lowest, priceTrouble, saleOf, total, withPrice, withProduct } from "./cart";

const cny = (minor: number): Money => ({ minor, currency: "CNY" });
const product = (sku: string, minor: number): ProductView => ({ sku, title: sku, brand: "", category: "", description: "", price: cny(minor), barcode: "", on_hand: 9, reserved: 0, photos: [] });
const rules = (role: "owner" | "seller"): TillRules => ({ role, floors: { owner_percent: 0, seller_percent: 90 } });

test("another price counts in the sum and goes along with its reason", () => {
  const cart = withPrice(withProduct(withProduct([], product("A", 1580)), product("A", 1580)), "A", cny(1500), " box damaged ");
  expect(total(cart)).toEqual(cny(3000));
  expect(lines(cart)).toEqual([{ sku: "A", qty: 2, price: cny(1500), reason: "box damaged" }]);
  expect(lines(withPrice(cart, "A", cny(1580), "x")), "the price shown is no other price").toEqual([{ sku: "A", qty: 2, price: null, reason: "" }]);
  expect(withPrice(cart, "B", cny(1), "x")).toEqual(cart);
});

test("how far down goes by who stands at the till", () => {
  expect(lowest(rules("seller"), cny(1580))).toEqual(cny(1422));
  expect(lowest(rules("seller"), cny(1)), "rounded up").toEqual(cny(1));
  const trouble = (role: "owner" | "seller", minor: number | null, reason: string) => priceTrouble(rules(role), cny(1580), minor === null ? null : cny(minor), reason);
  expect(trouble("seller", 1422, "box damaged")).toBe("none");
  expect(trouble("seller", 1421, "box damaged")).toBe("low");
  expect(trouble("owner", 0, "a gift")).toBe("none");
  expect(trouble("owner", 1581, "x")).toBe("high");
  expect(trouble("owner", 1500, " ")).toBe("reason");
  expect(trouble("owner", 1580, "")).toBe("none");
  expect(trouble("owner", null, "x")).toBe("amount");
});

test("change is given for cash alone", () => {
  expect(change(cny(1580), cny(2000))).toEqual(cny(420));
  expect(change(cny(1580), null)).toEqual(cny(0));
  expect(change(cny(1580), cny(1000))).toBeNull();
  const cart = withProduct([], product("A", 1580));
  expect(saleOf("1", cart, " 李 ", "cash", cny(2000))).toMatchObject({ order_id: "1", total: cny(1580), buyer: "李", tender: "cash", received: cny(2000) });
  expect(saleOf("1", cart, "", "qr", cny(2000)).received).toBeNull();
});
