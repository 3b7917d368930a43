import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Api, type Payment, type Product } from "../lib/api";
import type { Form } from "../lib/checkout";
import { Kept } from "../lib/unsettled";
import { Purchase } from "./purchase.svelte";
import { Pending } from "./unsettled.svelte";

const total = { minor: 1_580, currency: "CNY" };
const product: Product = { sku: "A", title: "A", description: "", price: total, available: 3, note: "plenty", photo_url: null };
const form: Form = { qty: 1, coupon: "", name: "张三", phone: "13800138000", address: "某路 1 号", card: "4242 4242 4242 9002" };

/** What the tab keeps, and what the page does with it. */
let store: ReturnType<typeof storage>;
let pending: Pending;

function storage() {
  const entries = new Map<string, string>();
  return {
    entries,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  };
}

/** What is asked of the platform, by the last word of the address, with its body. */
let asked: { what: string; body: Record<string, unknown> }[] = [];
let payments: (Payment | "no network")[] = [];

beforeEach(() => {
  asked = [];
  store = storage();
  vi.useFakeTimers();
  vi.stubGlobal("fetch", (url: string, { body }: { body: string }) => {
    const what = url.slice(url.lastIndexOf("/") + 1);
    asked.push({ what, body: JSON.parse(body) as Record<string, unknown> });
    if (what === "reservations") return answer({ reservation_id: "r1", secret: "s", total, expires_in_ms: 300_000 });
    if (what === "events") return answer(null);
    const next = payments.shift();
    return next === "no network" ? Promise.reject(new TypeError("no network")) : answer(next);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const answer = (body: unknown) => Promise.resolve(new Response(JSON.stringify(body), { status: 200 }));
const questions = () => asked.filter(({ what }) => what === "payment");

async function paying(): Promise<Purchase> {
  const api = new Api("show");
  pending = new Pending(api, new Kept("show", () => store));
  const purchase = new Purchase(product, api, () => null, pending);
  purchase.submit(form, total);
  await vi.advanceTimersByTimeAsync(0);
  return purchase;
}

test("a payment that is checked is asked about every two seconds, also over a bad network, and charged once", async () => {
  payments = [{ state: "checking" }, { state: "pending" }, "no network", { state: "paid", order_id: "o1", total }];
  const purchase = await paying();
  expect(purchase.state.step).toBe("checking");
  await vi.advanceTimersByTimeAsync(1_999);
  expect(questions()).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(questions()).toEqual([{ what: "payment", body: { secret: "s" } }]);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(purchase.state).toMatchObject({ step: "done", receipt: { order_id: "o1", total } });
  expect(asked.filter(({ what }) => what === "pay")).toHaveLength(1);
  expect(JSON.stringify(questions()), "a question names no card").not.toContain("4242");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(questions(), "nothing is asked once it is known").toHaveLength(3);
});

test("a payment that comes to nothing ends with what to do", async () => {
  payments = [{ state: "pending" }, { state: "declined", why: "refused" }];
  const purchase = await paying();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(purchase.state).toMatchObject({ step: "held", trouble: "payment_refused" });
});

test("a purchase that is being checked when its sheet closes is asked about on, and its outcome is told", async () => {
  payments = [{ state: "checking" }, { state: "checking" }, "no network", { state: "paid", order_id: "o1", total }];
  const purchase = await paying();
  expect(store.entries.size, "should the page be left now").toBe(1);
  purchase.close();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(pending.outcomes).toMatchObject([{ kind: "paid", receipt: { order_id: "o1", total }, of: { title: "A", qty: 1 } }]);
  expect(pending.open).toEqual([]);
  expect(store.entries.size, "it is over").toBe(0);
  const [told] = pending.outcomes;
  if (told) pending.seen(told);
  expect(pending.outcomes).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(questions()).toHaveLength(3);
  expect(asked.filter(({ what }) => what === "pay"), "charged once").toHaveLength(1);
});

test("a page that was left while it was being checked goes on when it is back", async () => {
  payments = [{ state: "checking" }];
  await paying();
  // With the page all that it waits for is gone.
  vi.clearAllTimers();
  payments = [{ state: "declined", why: "refused" }];
  const back = new Pending(new Api("show"), new Kept("show", () => store));
  back.resume();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(back.outcomes.map((told) => told.kind)).toEqual(["declined"]);
  back.close();
});

test("what the sheet has told itself is not told again", async () => {
  payments = [{ state: "paid", order_id: "o1", total }];
  const purchase = await paying();
  purchase.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(pending.outcomes).toEqual([]);
  expect(questions()).toHaveLength(0);
});
