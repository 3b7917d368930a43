import { expect, test } from "vitest";
import type { CashUp, DrawerSum, Money, OrderLine, SaleReturn } from "../../ipc";
import { canClose, cost, counted, differences, left, returnedLines } from "./till";

const money = (minor: number, currency = "CNY"): Money => ({ minor, currency });
const sum = (expected: Money): DrawerSum => ({ opening: expected, paid_in: money(0), paid_out: money(0), sold: money(0), returned: money(0), expected, counted: null, difference: null });
const book = (...expected: Money[]): CashUp => ({ till_id: "t", opened_at_us: 1, closed_at_us: null, tenders: [], drawer: expected.map(sum), note: "" });

test("a till is closed when every currency is counted, and a difference is explained", () => {
  const open = book(money(10_080), money(700, "EUR"));
  expect(counted(open.drawer, { CNY: "100.80", EUR: "x" })).toBeNull();
  const some = counted(open.drawer, { CNY: "100.80", EUR: " " });
  expect(some).toEqual([money(10_080)]);
  expect(canClose(open, some, ""), "the euros too").toBe(false);
  const all = counted(open.drawer, { CNY: "100", EUR: "7" });
  expect(differences(open.drawer, all ?? [])).toEqual([money(-80)]);
  expect([canClose(open, all, " "), canClose(open, all, "wrong change"), canClose(open, null, "x")]).toEqual([false, true, false]);
  expect(canClose(book(money(0)), [], ""), "nothing is expected").toBe(true);
});

test("no more comes back than is left, and what it cost goes back", () => {
  const line = (qty: number, minor: number): OrderLine => ({ sku: "A", title: "a", qty, unit_price: money(minor) });
  const lines = [line(3, 1000), line(1, 800)];
  const before = { lines: [{ line: 0, qty: 2 }] } as SaleReturn;
  expect(left(lines, [before])).toEqual([1, 1]);
  expect(returnedLines([5, 0], left(lines, [before]))).toEqual([{ line: 0, qty: 1 }]);
  expect(returnedLines([-1, 1.9], [1, 1])).toEqual([{ line: 1, qty: 1 }]);
  expect(cost(lines, [{ line: 0, qty: 1 }, { line: 1, qty: 1 }])).toEqual(money(1800));
  expect(cost([], [])).toBeNull();
});
