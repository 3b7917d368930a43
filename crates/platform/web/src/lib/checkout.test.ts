import { expect, test } from "vitest";
import type { Reservation } from "./api";
import { begin, on, type Checkout, type Effect, type Event, type Form } from "./checkout";

const form: Form = { qty: 2, coupon: "", name: "张三", phone: "13800138000", address: "某路 1 号", card: "4242" };
const reservation: Reservation = {
  reservation_id: "r1",
  secret: "s",
  total: { minor: 3160, currency: "CNY" },
  expires_in_ms: 60_000,
};
/** What the page showed: the reservation agrees. */
const agreed = reservation.total;

function buyer() {
  let count = 0;
  let state = begin();
  const sent: Effect[] = [];
  const newKey = () => `key${++count}`;
  return {
    sent,
    get state(): Checkout {
      return state;
    },
    on(event: Event) {
      const [next, effects] = on(state, event, newKey);
      state = next;
      sent.push(...effects);
      return state;
    },
  };
}

/** The request's idempotency key; a question has none. */
const keyOf = (effect: Effect | undefined) => (effect && "key" in effect ? effect.key : undefined);

test("a purchase reserves, pays and ends with a receipt", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation, now: 0 });
  expect(b.sent.map((effect) => effect.send)).toEqual(["reserve", "pay"]);
  b.on({ kind: "told", payment: { state: "paid", order_id: "o1", total: reservation.total }, now: 1 });
  expect(b.state).toMatchObject({ step: "done", receipt: { order_id: "o1", total: reservation.total } });
});

/** A buyer who has paid and does not know yet what came of it. */
function checking(state: "pending" | "checking" = "checking") {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation, now: 0 });
  b.on({ kind: "told", payment: { state }, now: 1 });
  return b;
}

test("a payment that is not decided is asked about until it is, and nothing else is sent", () => {
  for (const state of ["pending", "checking"] as const) {
    const b = checking(state);
    expect(b.state).toMatchObject({ step: "checking", reservation });
    b.on({ kind: "told", payment: { state: "pending" }, now: 2 });
    b.on({ kind: "failed", code: "unreachable" });
    for (const event of [{ kind: "submit", form, agreed }, { kind: "back" }, { kind: "tick", now: 600_000 }] as const) {
      expect(b.on(event).step, `${event.kind} begins nothing`).toBe("checking");
    }
    expect(b.sent.map((effect) => effect.send)).toEqual(["reserve", "pay", "ask", "ask", "ask"]);
    b.on({ kind: "told", payment: { state: "paid", order_id: "o1", total: agreed }, now: 700_000 });
    expect(b.state.step, "also long after the goods' time").toBe("done");
  }
});

test("a check that ends without money says so, and the next try is a new payment", () => {
  for (const [why, trouble] of [
    ["refused", "payment_refused"],
    ["not_charged", "not_charged"],
    ["something_newer", "payment_refused"],
  ] as const) {
    const b = checking();
    expect(b.on({ kind: "told", payment: { state: "declined", why }, now: 2 })).toMatchObject({ step: "held", trouble });
    b.on({ kind: "submit", form, agreed });
    const [, first, , second] = b.sent;
    expect(second).toMatchObject({ send: "pay", reservation });
    expect(keyOf(second)).not.toBe(keyOf(first));
  }
});

test("a check that ends without money after the goods' time begins anew", () => {
  const b = checking();
  const event: Event = { kind: "told", payment: { state: "declined", why: "not_charged" }, now: 60_000 };
  expect(b.on(event)).toMatchObject({ step: "form", trouble: "reservation_expired" });
  b.on({ kind: "submit", form, agreed });
  expect(b.sent.at(-1)?.send).toBe("reserve");
  expect(keyOf(b.sent.at(-1))).not.toBe(keyOf(b.sent[0]));
});

test("money that goes back is told", () => {
  for (const state of ["refunding", "refunded"] as const) {
    expect(checking().on({ kind: "told", payment: { state }, now: 2 })).toMatchObject({ step: "form", trouble: "given_back" });
  }
});

test("a retry after a lost answer carries the same key", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "failed", code: "unreachable" });
  b.on({ kind: "submit", form, agreed });
  expect(b.sent.map(keyOf)).toEqual(["key1", "key1"]);
  b.on({ kind: "reserved", reservation, now: 0 });
  b.on({ kind: "failed", code: "unreachable" });
  // The money may be gone: nothing can be pressed before the platform has said that it never heard of it.
  expect(b.state).toMatchObject({ step: "checking" });
  b.on({ kind: "failed", code: "unreachable" });
  expect(b.state).toMatchObject({ step: "checking" });
  b.on({ kind: "failed", code: "not_found" });
  expect(b.state).toMatchObject({ step: "held", trouble: "not_charged" });
  b.on({ kind: "submit", form, agreed });
  expect(keyOf(b.sent[5])).toBe(keyOf(b.sent[2]));
});

test("another quantity is another request with another key", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "failed", code: "unreachable" });
  b.on({ kind: "submit", form: { ...form, qty: 3 }, agreed: { ...agreed, minor: 4740 } });
  expect(keyOf(b.sent[1])).not.toBe(keyOf(b.sent[0]));
});

test("a refused card keeps the goods and the next try is a new payment", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation, now: 0 });
  b.on({ kind: "failed", code: "payment_refused" });
  expect(b.state).toMatchObject({ step: "held", trouble: "payment_refused" });
  b.on({ kind: "submit", form: { ...form, card: "4244" }, agreed });
  expect(b.sent.map((effect) => effect.send)).toEqual(["reserve", "pay", "pay"]);
  expect(keyOf(b.sent[2])).not.toBe(keyOf(b.sent[1]));
});

test("a reservation that runs out goes back to the form with a new key", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation, now: 1_000 });
  b.on({ kind: "failed", code: "payment_refused" });
  b.on({ kind: "tick", now: 60_999 });
  expect(b.state.step).toBe("held");
  b.on({ kind: "tick", now: 61_000 });
  expect(b.state).toMatchObject({ step: "form", trouble: "reservation_expired" });
  b.on({ kind: "submit", form, agreed });
  expect(b.sent.at(-1)).toMatchObject({ send: "reserve" });
  expect(keyOf(b.sent.at(-1))).not.toBe(keyOf(b.sent[0]));
});

test("running out while a payment is on its way waits for the answer", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation, now: 0 });
  b.on({ kind: "tick", now: 120_000 });
  expect(b.state.step).toBe("paying");
});

test("sold out is said, and an unknown code is not hidden", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  expect(b.on({ kind: "failed", code: "out_of_stock" })).toMatchObject({ step: "form", trouble: "out_of_stock" });
  b.on({ kind: "submit", form, agreed });
  expect(b.on({ kind: "failed", code: "what" })).toMatchObject({ trouble: "internal" });
});

test("another total than the buyer saw is shown before anything is paid", () => {
  const dearer: Reservation = { ...reservation, total: { minor: 3980, currency: "CNY" } };
  const other: Reservation = { ...reservation, total: { minor: 3160, currency: "USD" } };
  for (const changed of [dearer, other]) {
    const b = buyer();
    b.on({ kind: "submit", form, agreed });
    expect(b.on({ kind: "reserved", reservation: changed, now: 0 })).toMatchObject({ step: "held", trouble: "price_changed", reservation: changed });
    expect(b.sent.map((effect) => effect.send), "nothing is paid").toEqual(["reserve"]);
    expect(b.on({ kind: "submit", form, agreed }), "the old total is no yes to the new one").toMatchObject({ step: "held", trouble: "price_changed" });
    expect(b.sent).toHaveLength(1);
    expect(b.on({ kind: "submit", form, agreed: changed.total }).step).toBe("paying");
    expect(b.sent[1]).toMatchObject({ send: "pay", reservation: changed });
  }
});

test("a new total that nobody agrees to runs out", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation: { ...reservation, total: { minor: 1, currency: "CNY" } }, now: 0 });
  expect(b.on({ kind: "tick", now: 60_000 })).toMatchObject({ step: "form", trouble: "reservation_expired" });
});

test("a code that gives nothing says so, and another one is another reservation", () => {
  const b = buyer();
  b.on({ kind: "submit", form: { ...form, coupon: "LIVE1" }, agreed });
  expect(b.on({ kind: "failed", code: "bad_input" })).toMatchObject({ step: "form", trouble: "bad_coupon" });
  b.on({ kind: "submit", form: { ...form, coupon: "LIVE10" }, agreed });
  const lower = { ...reservation, total: { minor: 1_980, currency: "CNY" } };
  expect(b.on({ kind: "reserved", reservation: lower, now: 0 }), "what it gives is seen before it is paid").toMatchObject({
    step: "held",
    trouble: "price_changed",
  });
  b.on({ kind: "submit", form: { ...form, coupon: "" }, agreed });
  expect(b.sent.map((effect) => effect.send)).toEqual(["reserve", "reserve", "reserve"]);
  expect(new Set(b.sent.map(keyOf)).size, "each under a key of its own").toBe(3);
  const plain = buyer();
  plain.on({ kind: "submit", form, agreed });
  expect(plain.on({ kind: "failed", code: "bad_input" })).toMatchObject({ trouble: "bad_input" });
});

test("while the stock is checked the viewer is told so, and tries again under a new key", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  expect(b.on({ kind: "failed", code: "conflict" })).toMatchObject({ step: "form", trouble: "stock_checked" });
  b.on({ kind: "submit", form, agreed });
  expect(b.sent.map((effect) => effect.send)).toEqual(["reserve", "reserve"]);
  expect(keyOf(b.sent[1])).not.toBe(keyOf(b.sent[0]));
});

test("who has had an offer's pieces is told, and reserves anew at another price", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation, now: 0 });
  expect(b.on({ kind: "failed", code: "conflict" })).toMatchObject({ step: "form", trouble: "over_limit" });
  b.on({ kind: "submit", form, agreed });
  expect(b.sent.map((effect) => effect.send)).toEqual(["reserve", "pay", "reserve"]);
  expect(keyOf(b.sent[2])).not.toBe(keyOf(b.sent[0]));
});
