import { expect, test } from "vitest";
import { amountOf } from "./amount";

test("an amount is read exactly or not at all", () => {
  const minor = (text: string, currency = "CNY") => amountOf(text, currency)?.minor ?? null;
  expect(["15.80", "15.8", "15", " 15. ", "１５．８", "0", "0.05"].map((text) => minor(text))).toEqual([1580, 1580, 1500, 1500, 1580, 0, 5]);
  expect(["", "x", "1,5", "-1", "15.805", "1e3", ".5", "9".repeat(13)].map((text) => minor(text))).toEqual(Array(8).fill(null));
  expect(minor("120", "JPY")).toBe(120);
  expect(minor("120.5", "JPY")).toBeNull();
  expect(minor("1.234", "KWD")).toBe(1234);
});
