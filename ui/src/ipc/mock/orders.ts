/** What the simulated shop sold before. */
import type { OrderView } from "../bindings";
import type { Good } from "./goods";

const STATES = ["paid", "packed", "reserved", "shipped", "done", "paid", "cancelled", "refunded"] as const;
const BUYERS = ["小雨**", "138****80", "Mike**", "阿丽**", "", "Nour**"];
const SOURCES = ["page", "comment", "page", "venue"] as const;

export const startOrders = (goods: readonly Good[]): OrderView[] =>
  goods.slice(0, 12).map((good, i) => {
    const other = goods[(i + 4) % goods.length] ?? good;
    const two = i % 3 === 0;
    return {
      id: `0199c0de-7000-7000-8000-0000000000${i + 10}`,
      source: SOURCES[i % SOURCES.length] ?? "page",
      state: STATES[i % STATES.length] ?? "paid",
      lines: two ? [{ sku: good.sku, qty: 2 }, { sku: other.sku, qty: 1 }] : [{ sku: good.sku, qty: 1 }],
      total: { minor: two ? good.price * 2 + other.price : good.price, currency: "CNY" },
      buyer: BUYERS[i % BUYERS.length] ?? "",
      placed_at_ms: Date.now() - (i * 23 + 4) * 61_000,
    };
  });
