import { expect, test } from "vitest";
import type { Reservation } from "./api";
import { begin, on, type Checkout, type Effect, type Event, type Form } from "./checkout";

const form: Form = { qty: 2, name: "张三", phone: "13800138000", address: "某路 1 号", card: "4242" };
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

test("a purchase reserves, pays and ends with a receipt", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation, now: 0 });
  expect(b.sent.map((effect) => effect.send)).toEqual(["reserve", "pay"]);
  b.on({ kind: "paid", receipt: { order_id: "o1", total: reservation.total } });
  expect(b.state.step).toBe("done");
});

test("a retry after a lost answer carries the same key", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "failed", code: "unreachable" });
  b.on({ kind: "submit", form, agreed });
  expect(b.sent.map((effect) => effect.key)).toEqual(["key1", "key1"]);
  b.on({ kind: "reserved", reservation, now: 0 });
  b.on({ kind: "failed", code: "unreachable" });
  expect(b.state).toMatchObject({ step: "held", trouble: "unreachable" });
  b.on({ kind: "submit", form, agreed });
  expect(b.sent[3]?.key).toBe(b.sent[2]?.key);
});

test("another quantity is another request with another key", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "failed", code: "unreachable" });
  b.on({ kind: "submit", form: { ...form, qty: 3 }, agreed: { ...agreed, minor: 4740 } });
  expect(b.sent[1]?.key).not.toBe(b.sent[0]?.key);
});

test("a refused card keeps the goods and the next try is a new payment", () => {
  const b = buyer();
  b.on({ kind: "submit", form, agreed });
  b.on({ kind: "reserved", reservation, now: 0 });
  b.on({ kind: "failed", code: "payment_refused" });
  expect(b.state).toMatchObject({ step: "held", trouble: "payment_refused" });
  b.on({ kind: "submit", form: { ...form, card: "4244" }, agreed });
  expect(b.sent.map((effect) => effect.send)).toEqual(["reserve", "pay", "pay"]);
  expect(b.sent[2]?.key).not.toBe(b.sent[1]?.key);
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
  expect(b.sent.at(-1)?.key).not.toBe(b.sent[0]?.key);
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
