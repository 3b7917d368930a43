/** What the simulated stall has with it. */
import type { AsideView, DevicesView, Failure, MarketView, OrderedLine, OrderView, RightsLine } from "../bindings";
import type { Good } from "./goods";

const refusal = (code: Failure["code"], message: string): Failure => ({ code, message, retryable: false });

/** What the cockpit may ask of it; `away` is why the platform says nothing, `isPutBack`: the platform asks who has what. */
export function marketCalls(goods: readonly Good[], orders: OrderView[], away: Failure | null, isPutBack: boolean) {
  const title = (sku: string) => goods.find((good) => good.sku === sku)?.zh ?? "";
  const first = goods[0];
  let keeps = false;
  const own = new Map<string, number>(first ? [[first.sku, 6]] : []);
  let aside: AsideView[] = [];
  const promised = (sku: string) => aside.flatMap((one) => one.order.lines).reduce((sum, line) => sum + (line.sku === sku ? line.qty : 0), 0);
  const view = (): MarketView => ({
    keeps_stock: keeps,
    own: [...own].filter(([, rights]) => rights > 0).map(([sku, rights]) => ({ sku, title: title(sku), rights, promised: promised(sku) })),
    asked: [],
    missing: isPutBack && goods[1] ? [{ sku: goods[1].sku, title: goods[1].zh, pieces: 2 }] : [],
    aside,
  });
  const devices = (): DevicesView => ({
    is_open: !isPutBack,
    devices: [
      { device_id: "0199c0de-7000-7000-8000-0000000000d1", name: "Studio", is_this: true, is_awaited: false, lines: [...own].map(([sku, pieces]) => ({ sku, pieces })) },
      { device_id: "0199c0de-7000-7000-8000-0000000000d2", name: "市集笔记本", is_this: false, is_awaited: isPutBack, lines: goods.slice(2, 4).map((good) => ({ sku: good.sku, pieces: 3 })) },
    ],
  });
  const take = (id: string): OrderView => {
    const found = aside.find((one) => one.order.id === id);
    if (!found) throw refusal("not_found", `order ${id} is not put aside`);
    aside = aside.filter((one) => one !== found);
    return found.order;
  };
  return {
    marketGet: async () => view(),
    marketTake: async (lines: RightsLine[]) => {
      const wanted = lines.length > 0 ? lines : goods.slice(0, 5).map((good) => ({ sku: good.sku, pieces: 4 }));
      for (const line of wanted) own.set(line.sku, (own.get(line.sku) ?? 0) + line.pieces);
      return view();
    },
    marketGiveBack: async (lines: RightsLine[]) => {
      keeps &&= lines.length > 0;
      const given = lines.length > 0 ? lines : [...own].map(([sku, rights]) => ({ sku, pieces: rights - promised(sku) }));
      for (const line of given) own.set(line.sku, Math.max(promised(line.sku), (own.get(line.sku) ?? 0) - line.pieces));
      return view();
    },
    marketKeep: async (value: boolean) => ((keeps = value), view()),
    marketPutAside: async (lines: OrderedLine[], buyer: string, minutes: number) => {
      for (const { sku, qty } of lines) {
        const free = (own.get(sku) ?? 0) - promised(sku);
        if (qty > free) throw refusal("conflict", `only ${free} of ${sku} can be promised on this device without the platform, ${qty} were asked for`);
      }
      const minor = lines.reduce((sum, line) => sum + (goods.find((good) => good.sku === line.sku)?.price ?? 0) * line.qty, 0);
      const order: OrderView = { id: crypto.randomUUID(), source: "venue", state: "reserved", lines, total: { minor, currency: "CNY" }, buyer, placed_at_ms: Date.now() };
      const made: AsideView = { order, until_ms: Date.now() + minutes * 60_000, is_over: false };
      aside = [...aside, made];
      return made;
    },
    marketCollect: async (id: string) => {
      const order: OrderView = { ...take(id), state: "paid" };
      for (const line of order.lines) own.set(line.sku, (own.get(line.sku) ?? 0) - line.qty);
      orders.unshift(order);
      return order;
    },
    marketLetGo: async (id: string) => take(id),
    marketDevices: async () => (away ? await Promise.reject<DevicesView>(away) : devices()),
    marketDeviceLost: async (id: string) => ({ is_open: true, devices: devices().devices.map((device) => (device.device_id === id ? { ...device, is_awaited: false, lines: [] } : device)) }),
  };
}
