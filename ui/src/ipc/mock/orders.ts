/** What the simulated shop sold before. */
import type { BuyerView, Failure, OrderDetail, OrderEvent, OrderMove, OrderState, OrderView, RefusedChange } from "../bindings";
import type { Good } from "./goods";
import { installationCalls } from "./installations";
import { marketCalls } from "./market";

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
      payment: null,
    };
  });

const LEADS_TO: Record<OrderEvent, OrderState> = {
  pay: "paid",
  pack: "packed",
  ship: "shipped",
  deliver: "done",
  cancel: "cancelled",
  refund: "refunded",
};
const TAKES: Partial<Record<OrderState, readonly OrderEvent[]>> = {
  paid: ["pack", "refund"],
  packed: ["ship", "refund"],
  shipped: ["deliver", "refund"],
  done: ["refund"],
};

/** What becomes of the simulated shop's orders. */
export class Fulfilment {
  private readonly moves = new Map<string, OrderMove[]>();

  constructor(
    readonly orders: OrderView[],
    private readonly more: (order: OrderView) => Pick<OrderDetail, "lines" | "returns">,
    public refused: RefusedChange[],
    private readonly goodsBack: (order: OrderView) => void,
    readonly goods: readonly Good[],
  ) {}

  get(id: string): OrderDetail {
    const order = this.orders.find((one) => one.id === id);
    if (!order) throw { code: "not_found", message: `there is no order ${id}`, retryable: false } satisfies Failure;
    return { order, moves: this.moves.get(id) ?? [], ...this.more(order) };
  }

  move(id: string, event: OrderEvent, note: string, goodsBack: boolean): OrderView {
    const { order, moves } = this.get(id);
    if (!TAKES[order.state]?.includes(event)) {
      throw { code: "conflict", message: `an order that is ${order.state} can't take ${event}`, retryable: false } satisfies Failure;
    }
    const moved = { ...order, state: LEADS_TO[event] };
    this.orders[this.orders.indexOf(order)] = moved;
    this.moves.set(id, [...moves, { order_id: id, event, note, at_us: Date.now() * 1000 }]);
    if (goodsBack) this.goodsBack(order);
    return moved;
  }

  buyer(id: string): BuyerView {
    this.get(id);
    return { name: "林小雨", phone: "138 0013 8000", address: "上海市静安区南京西路 1266 号\n恒隆广场 2 座 1801" };
  }
}

/** What the simulated platform does not take. */
export const startRefused = (goods: readonly Good[], orders: readonly OrderView[]): RefusedChange[] => [
  { id: "0199c0de-7000-7000-8000-0000000000a1", skus: goods.slice(0, 1).map((good) => good.sku), order: null, why: "0 pieces move nothing", reason: { why: "moves_nothing", values: { sku: goods[0]?.sku ?? "" } }, at_ms: Date.now() - 120_000 },
  { id: "0199c0de-7000-7000-8000-0000000000a2", skus: [], order: orders[0]?.id ?? null, why: "an order that is Refunded can't take Ship", reason: { why: "step_not_allowed", values: { state: "refunded", step: "ship" } }, at_ms: Date.now() - 600_000 },
  { id: "0199c0de-7000-7000-8000-0000000000a3", skus: [], order: orders[1]?.id ?? null, why: "a platform of before says it in its own words", at_ms: Date.now() - 900_000 },
];

/** What the cockpit may ask of orders; `away` is why the platform tells no address. */
export function fulfilmentCalls(shop: Fulfilment, away: Failure | null) {
  return {
    orderGet: async (id: string) => shop.get(id),
    orderMove: async (id: string, event: OrderEvent, note: string, goodsBack: boolean) => shop.move(id, event, note, goodsBack),
    orderBuyer: async (id: string) => (away ? await Promise.reject<BuyerView>(away) : shop.buyer(id)),
    changesRefused: async () => shop.refused,
    changeSeen: async (id: string) => void (shop.refused = shop.refused.filter((one) => one.id !== id)),
    ...marketCalls(shop.goods, shop.orders, away, shop.refused.length > 0),
    ...installationCalls(shop.goods, (good) => good.zh, away, shop.refused.length > 0),
  };
}
