import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Api, type Payment, type Product } from "../lib/api";
import type { Form } from "../lib/checkout";
import { Purchase } from "./purchase.svelte";

const total = { minor: 1_580, currency: "CNY" };
const product: Product = { sku: "A", title: "A", description: "", price: total, available: 3, note: "plenty", photo_url: null };
const form: Form = { qty: 1, coupon: "", name: "张三", phone: "13800138000", address: "某路 1 号", card: "4242 4242 4242 9002" };

/** What is asked of the platform, by the last word of the address, with its body. */
let asked: { what: string; body: Record<string, unknown> }[] = [];
let payments: (Payment | "no network")[] = [];

beforeEach(() => {
  asked = [];
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
  const purchase = new Purchase(product, new Api("show"), () => null);
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

test("a sheet that is closed asks nothing more", async () => {
  payments = [{ state: "pending" }];
  const purchase = await paying();
  purchase.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(questions()).toHaveLength(0);
});
