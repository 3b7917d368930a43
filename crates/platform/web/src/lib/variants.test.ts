import { expect, test } from "vitest";
import { apart, differ, range } from "./variants";

test("titles of variants are taken apart into what they share and what each is called", () => {
  const cases: [string[], string, string[]][] = [
    [["T恤 · 红 / L", "T恤 · 红 / M", "T恤 · 蓝 / L"], "T恤", ["红 / L", "红 / M", "蓝 / L"]],
    [["T恤 · 深红", "T恤 · 深蓝"], "T恤", ["深红", "深蓝"]],
    [["T恤（深红）", "T恤（深蓝）"], "T恤", ["深红", "深蓝"]],
    [["大红袍 茶 深红", "大红袍 茶 深蓝"], "大红袍 茶", ["深红", "深蓝"]],
    [["深红T恤", "深蓝T恤"], "", ["深红T恤", "深蓝T恤"]],
    [["Shirt · Black", "Shirt · Blue"], "Shirt", ["Black", "Blue"]],
    [["Tea 100g", "Tea 150g"], "Tea", ["100g", "150g"]],
    [["Tea", "Tea · mint"], "Tea", ["Tea", "mint"]],
    [["T-shirt", "T-bone"], "", ["T-shirt", "T-bone"]],
    [["红茶", "绿茶"], "", ["红茶", "绿茶"]],
    [[], "", []],
  ];
  for (const [titles, title, options] of cases) expect(apart(titles)).toEqual({ title, options });
});

test("a card of several variants names the lowest and the highest price", () => {
  const priced = (...minors: number[]) => minors.map((minor) => ({ price: { minor, currency: "CNY" } }));
  expect(range(priced(1_500, 1_000, 1_200))?.map((price) => price.minor)).toEqual([1_000, 1_500]);
  expect(range(priced(900))?.map((price) => price.minor)).toEqual([900, 900]);
  expect(range([])).toBe(null);
});

test("each variant is shown with its price where another costs something else or is paid in another currency", () => {
  const cny = (minor: number) => ({ price: { minor, currency: "CNY" } });
  const usd = (minor: number) => ({ price: { minor, currency: "USD" } });
  expect([[], [cny(900)], [cny(900), cny(900)]].map(differ)).toEqual([false, false, false]);
  expect([[cny(900), cny(1_000)], [cny(900), usd(900)], [cny(900), cny(900), usd(500)]].map(differ)).toEqual([true, true, true]);
});
