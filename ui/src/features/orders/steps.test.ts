import { expect, test } from "vitest";
import type { OrderState } from "../../ipc";
import { canRefund, hasAddress, nextStep } from "./steps";

const STATES: OrderState[] = ["reserved", "paid", "packed", "shipped", "done", "cancelled", "refunded"];

test("an order of the page goes step by step, one of the table went with its buyer", () => {
  expect(STATES.map((state) => nextStep({ source: "page", state }))).toEqual([null, "pack", "ship", "deliver", null, null, null]);
  expect(STATES.map((state) => nextStep({ source: "venue", state }))).toEqual(STATES.map(() => null));
});

test("what was paid can be refunded, once", () => {
  expect(STATES.filter(canRefund)).toEqual(["paid", "packed", "shipped", "done"]);
});

test("an address is told until the parcel has arrived", () => {
  expect(STATES.filter((state) => hasAddress({ source: "comment", state }))).toEqual(["paid", "packed", "shipped"]);
  expect(hasAddress({ source: "venue", state: "paid" })).toBe(false);
  expect(hasAddress({ source: "channel", state: "paid" })).toBe(false);
});
