import { expect, test } from "vitest";
import type { StatementRowView, StatementView, UnverifiedView } from "../../ipc";
import { OFFSETS_S, TOLERANCES_S, currencies, missing, offsetName, span, unclear } from "./statement";

const payment = (order_id: string, minor: number, at_ms: number, currency = "CNY"): UnverifiedView => ({ order_id, amount: { minor, currency }, at_ms });
const row = (row: number, minor: number, at_ms: number, currency = "CNY"): StatementRowView => ({ row, amount: { minor, currency }, at_ms, reference: `ref ${row}` });
const view = (more: Partial<StatementView>): StatementView => ({ applied: false, matched: [], unclear: [], not_found: [], foreign: [], known: 0, paid_out: 0, problems: [], ...more });

test("tolerances are whole minutes or hours, a day at most", () => {
  expect(TOLERANCES_S.map(span)).toEqual([{ unit: "minutes", count: 5 }, { unit: "minutes", count: 30 }, { unit: "hours", count: 2 }, { unit: "hours", count: 24 }]);
  expect(Math.max(...TOLERANCES_S)).toBeLessThanOrEqual(86_400);
});

test("offsets are named as they are written, in their order", () => {
  expect([28_800, 19_800, -12_600, 0, 20_700].map(offsetName)).toEqual(["UTC+8", "UTC+5:30", "UTC−3:30", "UTC+0", "UTC+5:45"]);
  expect([...OFFSETS_S]).toEqual([...OFFSETS_S].sort((a, b) => a - b));
  expect(new Set(OFFSETS_S).size).toBe(OFFSETS_S.length);
  expect(OFFSETS_S.includes(28_800)).toBe(true);
});

test("a statement is asked for its currency only where payments are of several", () => {
  expect(currencies([payment("a", 1, 0), payment("b", 2, 0)])).toEqual(["CNY"]);
  expect(currencies([payment("a", 1, 0), payment("b", 2, 0, "EUR")])).toEqual(["CNY", "EUR"]);
});

test("each unclear payment may be any row of its group", () => {
  const rows = [row(4, 990, 1), row(5, 990, 2)];
  const group = { payments: [payment("a", 990, 0), payment("b", 990, 3)], rows };
  expect(unclear(view({ unclear: [group] }))).toEqual([{ payment: group.payments[0], rows }, { payment: group.payments[1], rows }]);
});

test("one that is missing may be a row of its amount, the nearest first", () => {
  const foreign = [row(2, 990, 900), row(3, 990, 120), row(4, 990, 100, "EUR"), row(5, 5, 100)];
  const [one] = missing(view({ not_found: [payment("a", 990, 100)], foreign }));
  expect(one?.rows.map((found) => found.row)).toEqual([3, 2]);
  expect(foreign.map((found) => found.row), "the rows stay in their order").toEqual([2, 3, 4, 5]);
});
