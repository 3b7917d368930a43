import { expect, test } from "vitest";
import { clock, tidied, wrongFields } from "./form";

const good = { qty: 1, coupon: " LIVE10 ", name: " 李雷 ", phone: "138 0013 8000", address: "人民路 1 号", card: "4242 4242 4242 4242" };

test("a form is sent only when it can succeed", () => {
  expect(wrongFields(good)).toEqual([]);
  expect(wrongFields({ ...good, name: " ", card: "42" })).toEqual(["name", "card"]);
  expect(wrongFields({ ...good, phone: "12", address: "", card: "4242x4242x4242" })).toEqual(["phone", "address", "card"]);
});

test("spaces people type are taken out", () => {
  expect(tidied(good)).toMatchObject({ coupon: "LIVE10", name: "李雷", card: "4242424242424242" });
});

test("time left is written as people read clocks", () => {
  expect([clock(299_001), clock(59_000), clock(-5), clock(2_530_000)]).toEqual(["5:00", "0:59", "0:00", "42:10"]);
  expect(clock(3_661_000)).toBe("1:01:01");
});
