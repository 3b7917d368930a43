import { expect, test } from "vitest";
import { Kept, outcome, type Unsettled } from "./unsettled";

const total = { minor: 1_580, currency: "CNY" };
const one = (id: string): Unsettled => ({
  reservation: { reservation_id: id, secret: "s", total, expires_in_ms: 300_000 },
  sku: "A",
  title: "Cup",
  qty: 1,
  since: 1_000,
});

function storage() {
  const entries = new Map<string, string>();
  return {
    entries,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  };
}

test("what is not decided stays open, and everything else has its words", () => {
  const of = one("r1");
  expect(outcome(of, { state: "checking" }, 9_000_000)).toBeNull();
  expect(outcome(of, { state: "pending" }, 9_000_000)).toBeNull();
  expect(outcome(of, { state: "paid", order_id: "o1", total }, 2_000)).toEqual({ of, kind: "paid", receipt: { order_id: "o1", total } });
  expect(outcome(of, { state: "declined", why: "refused" }, 2_000)?.kind).toBe("declined");
  expect(outcome(of, { state: "declined", why: "not_charged" }, 2_000)?.kind).toBe("not_charged");
  expect(outcome(of, { state: "refunding" }, 2_000)?.kind).toBe("given_back");
  expect(outcome(of, { state: "refunded" }, 2_000)?.kind).toBe("given_back");
  expect(outcome(of, "not_found", 30_999), "the request may be on its way").toBeNull();
  expect(outcome(of, "not_found", 31_000)?.kind).toBe("not_charged");
});

test("what is kept outlives the page, a show of its own, and holds no card, name or address", () => {
  const store = storage();
  const kept = new Kept("show", () => store);
  kept.add(one("r1"));
  kept.add(one("r2"));
  kept.add(one("r1"));
  expect(new Kept("show", () => store).all().map((entry) => entry.reservation.reservation_id)).toEqual(["r2", "r1"]);
  expect(new Kept("another", () => store).all()).toEqual([]);
  expect(Object.keys(JSON.parse([...store.entries.values()][0] ?? "")[0])).toEqual(["reservation", "sku", "title", "qty", "since"]);
  kept.drop(one("r1"));
  kept.drop(one("r2"));
  expect(store.entries.size).toBe(0);
});

test("a page that may not store, or finds something else there, goes on without", () => {
  const denied = new Kept("show", () => {
    throw new DOMException("denied");
  });
  denied.add(one("r1"));
  expect(denied.all()).toEqual([]);
  const store = storage();
  for (const text of ["", "{", "3", "[null, 1, {}]", '[{"reservation":{"reservation_id":1}}]']) {
    store.entries.set("hawker.unsettled.show", text);
    expect(new Kept("show", () => store).all(), text).toEqual([]);
  }
});
