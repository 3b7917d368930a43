/** A payment provider's statement of the simulated till: a row of every payment by code, seconds later, and of every card, hours later. */
import type { OrderView, StatementRowView, StatementView, StatementWish, UnverifiedView } from "../bindings";

const HOURS_3 = 3 * 3_600_000;
/** Rows of other business. */
const BEGIN = 4;

const rowsOf = (orders: readonly OrderView[]): StatementRowView[] => {
  const paid = orders.filter((order) => order.payment && order.payment.tender !== "cash").toReversed();
  return paid.map((order, i) => ({
    row: BEGIN + i,
    amount: order.total,
    at_ms: order.placed_at_ms + (order.payment?.tender === "card" ? HOURS_3 : 20_000),
    reference: `42000018${String(Number.parseInt(order.id.slice(-6), 16) % 1_000_000).padStart(6, "0")}`,
  }));
};

/** As the store matches: one row and one payment of an amount fit, more of either are unclear. */
export function readStatement(orders: OrderView[], wish: StatementWish, match: (id: string, reference: string) => void): StatementView {
  const taken = new Set(orders.flatMap(({ payment }) => (payment?.verified_by && payment.verified_by.by !== "cash" ? [payment.verified_by.reference] : [])));
  const all = rowsOf(orders);
  const rows = all.filter((row) => !taken.has(row.reference));
  const open: UnverifiedView[] = orders.filter((order) => order.payment && !order.payment.verified_by).map((order) => ({ order_id: order.id, amount: order.total, at_ms: order.placed_at_ms }));
  const near = (row: StatementRowView, payment: UnverifiedView) => row.amount.minor === payment.amount.minor && Math.abs(row.at_ms - payment.at_ms) <= wish.tolerance_s * 1000;
  const view: StatementView = {
    applied: wish.apply,
    matched: [],
    unclear: [],
    not_found: open.filter((payment) => !rows.some((row) => near(row, payment))),
    foreign: [{ row: 2, amount: { minor: 990, currency: "CNY" }, at_ms: Date.now() - 86_400_000, reference: "4200001799003" }, ...rows.filter((row) => !open.some((payment) => near(row, payment)))],
    known: all.length - rows.length,
    paid_out: 1,
    problems: [{ row: 3, why: "bad_time", about: "soon", message: '"soon" is no time; write it like 2026-01-31 18:00:05' }],
  };
  for (const minor of new Set(open.map((payment) => payment.amount.minor))) {
    const payments = open.filter((payment) => payment.amount.minor === minor && !view.not_found.includes(payment));
    const fit = rows.filter((row) => payments.some((payment) => near(row, payment)));
    const [payment, row] = [payments[0], fit[0]];
    if (!payment || !row) continue;
    if (payments.length === 1 && fit.length === 1) view.matched.push({ order_id: payment.order_id, row: row.row, amount: row.amount, reference: row.reference });
    else view.unclear.push({ payments, rows: fit });
  }
  if (wish.apply) for (const { order_id, reference } of view.matched) match(order_id, reference);
  return view;
}
