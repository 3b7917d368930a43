import { expect, it } from "vitest";
import { bytes, clock, count, decimal, megabits, money, percent } from "./format";

it("writes money with the digits of its currency", () => {
  expect(money({ minor: 1580, currency: "CNY" }, "zh-CN")).toBe("¥15.80");
  expect(money({ minor: 841_200, currency: "CNY" }, "en")).toBe("¥8,412.00");
  expect(money({ minor: 1200, currency: "JPY" }, "en")).toBe("¥1,200");
  expect(money({ minor: 1500, currency: "KWD" }, "en")).toContain("1.500");
  expect(money({ minor: -305, currency: "EUR" }, "en")).toBe("-€3.05");
});

it("gives an editor the exact amount", () => {
  for (const [minor, currency, want] of [
    [1580, "CNY", "15.80"],
    [5, "CNY", "0.05"],
    [-305, "EUR", "-3.05"],
    [120, "JPY", "120"],
    [1, "KWD", "0.001"],
    [9_007_199_254_740_991, "CNY", "90071992547409.91"],
  ] as const) {
    expect(decimal({ minor, currency })).toBe(want);
  }
});

it("writes a time of the show as a clock", () => {
  expect(clock(0)).toBe("0:00");
  expect(clock(112.9)).toBe("1:52");
  expect(clock(5048)).toBe("01:24:08");
  expect(clock(-3)).toBe("0:00");
});

it("writes sizes, rates and shares in the reader's language", () => {
  expect(count(1284, "en")).toBe("1,284");
  expect(percent(0.984, "en")).toBe("98%");
  expect(megabits(2_460_000, "en")).toBe("2.5 Mb/s");
  expect(bytes(0, "en")).toBe("0 byte");
  expect(bytes(412_000_000, "en")).toBe("412 MB");
  expect(bytes(38_400_000_000, "en")).toBe("38.4 GB");
});
