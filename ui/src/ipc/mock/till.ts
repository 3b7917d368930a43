/** The simulated till: sales at the table, what comes back, the drawer. */
import { readStatement } from "./statement";
import type { CashUp, DrawerEntry, DrawerKind, Failure, Money, NewReturn, NewSale, OrderLine, OrderView, ProductView, SaleReturn, StatementWish, TenderKind, TillSetup, TillView } from "../bindings";

const refuse = (message: string, hint?: string, code: Failure["code"] = "bad_input"): never => {
  throw { code, message, ...(hint ? { hint } : {}), retryable: false } satisfies Failure;
};
const CNY = (minor: number): Money => ({ minor, currency: "CNY" });
const nowUs = () => Date.now() * 1000;

export class MockTill {
  private open: { id: string; at_us: number; entries: DrawerEntry[] } | null = null;
  private books: CashUp[] = [];
  private setup: TillSetup = { rules: { role: "seller", floors: { owner_percent: 0, seller_percent: 90 } }, printer: "", wide_paper: false, shop: "" };
  private readonly lines = new Map<string, OrderLine[]>();
  private readonly returns = new Map<string, SaleReturn[]>();

  constructor(
    private readonly orders: OrderView[],
    private readonly product: (sku: string) => ProductView | undefined,
    private readonly moveStock: (sku: string, delta: number) => void,
  ) {}

  sell(sale: NewSale): OrderView {
    const known = this.orders.find((one) => one.id === sale.order_id);
    if (known) return known;
    const lines = sale.lines.map(({ sku, qty, price, reason }): OrderLine => {
      const product = this.product(sku) ?? refuse(`product "${sku}" does not exist`, undefined, "not_found");
      if (product.on_hand < qty) refuse(`only ${product.on_hand} of ${sku} left`, "sell fewer, or receive goods first", "out_of_stock");
      const line = { sku, title: product.title, qty, unit_price: price ?? product.price };
      return line.unit_price.minor === product.price.minor ? line : { ...line, price_override: { shown: product.price, reason } };
    });
    const total = CNY(lines.reduce((sum, line) => sum + line.unit_price.minor * line.qty, 0));
    const received = sale.tender === "cash" ? (sale.received ?? total) : null;
    if (received && received.minor < total.minor) refuse(`${received.minor} is less than ${total.minor}`);
    for (const line of lines) this.moveStock(line.sku, -line.qty);
    const order: OrderView = {
      id: sale.order_id ?? crypto.randomUUID(),
      source: "venue",
      state: "paid",
      lines: lines.map(({ sku, qty }) => ({ sku, qty })),
      total,
      buyer: sale.buyer,
      placed_at_ms: Date.now(),
      payment: { tender: sale.tender, amount: total, received, change: received && CNY(received.minor - total.minor), verified_by: received ? { by: "cash" } : null },
    };
    this.orders.unshift(order);
    this.lines.set(order.id, lines);
    this.write("sale", sale.tender, total, "", order.id);
    return order;
  }

  /** What the sheet of an order shows beside the order; an order of the page has its products' prices. */
  more(order: OrderView): { lines: OrderLine[]; returns: SaleReturn[] } {
    const listed = order.lines.map(({ sku, qty }) => ({ sku, qty, title: this.product(sku)?.title ?? sku, unit_price: this.product(sku)?.price ?? CNY(0) }));
    return { lines: this.lines.get(order.id) ?? listed, returns: this.returns.get(order.id) ?? [] };
  }

  takeBack(back: NewReturn): OrderView {
    const order = this.orders.find((one) => one.id === back.order_id) ?? refuse("there is no such order", undefined, "not_found");
    const { lines, returns } = this.more(order);
    if (returns.some((one) => one.return_id === back.return_id)) return order;
    const amount = CNY(back.lines.reduce((sum, { line, qty }) => sum + (lines[line]?.unit_price.minor ?? 0) * qty, 0));
    for (const { line, qty } of back.lines) if (back.goods_back) this.moveStock(lines[line]?.sku ?? "", qty);
    const all = [...returns, { ...back, amount, at_us: nowUs() }];
    this.returns.set(order.id, all);
    this.write("returned", back.tender, amount, back.reason, order.id);
    const came = (at: number) => all.flatMap((one) => one.lines).reduce((sum, one) => sum + (one.line === at ? one.qty : 0), 0);
    return this.patch(order, lines.every((line, at) => came(at) >= line.qty) ? { state: "refunded" } : {});
  }

  match(id: string, reference: string, by: "hand" | "statement" = "hand"): OrderView {
    const order = this.orders.find((one) => one.id === id) ?? refuse("there is no such order", undefined, "not_found");
    if (!order.payment) return refuse("there is no payment to match", undefined, "conflict");
    return this.patch(order, { payment: { ...order.payment, verified_by: { by, reference } } });
  }

  print(): void {
    if (this.setup.printer === "") refuse("no receipt printer is set up", "name one, as tcp://192.168.1.9:9100");
  }

  view(): TillView {
    const unverified = this.orders.filter((order) => order.payment && !order.payment.verified_by);
    return {
      open: this.open && this.book(this.open),
      entries: this.open?.entries ?? [],
      books: this.books,
      unverified: unverified.map((order) => ({ order_id: order.id, amount: order.total, at_ms: order.placed_at_ms })),
    };
  }

  openWith(floats: Money[]): CashUp {
    if (this.open) refuse("the till is open already", undefined, "conflict");
    this.open = { id: crypto.randomUUID(), at_us: nowUs(), entries: [] };
    for (const float of floats) this.write("float", "cash", float, "", null);
    return this.book(this.open);
  }

  moveCash(kind: DrawerKind, amount: Money, note: string): CashUp {
    const open = this.open ?? refuse("no till is open", undefined, "conflict");
    this.write(kind, "cash", amount, note, null);
    return this.book(open);
  }

  close(counted: Money[], note: string): CashUp {
    const open = this.open ?? refuse("no till is open", undefined, "conflict");
    const book = this.book(open);
    const drawer = book.drawer.map((sum) => {
      const count = counted.find((one) => one.currency === sum.expected.currency) ?? sum.expected;
      const difference = { ...count, minor: count.minor - sum.expected.minor };
      if (difference.minor !== 0 && note === "") refuse("the drawer does not hold what it should; say why with a note");
      return { ...sum, counted: count, difference };
    });
    const closed = { ...book, drawer, note, closed_at_us: nowUs() };
    this.books.unshift(closed);
    this.open = null;
    return closed;
  }

  calls() {
    return {
      orderAdd: async (sale: NewSale) => this.sell(sale),
      orderReturn: async (back: NewReturn) => this.takeBack(back),
      orderMatch: async (id: string, reference: string) => this.match(id, reference),
      orderPrint: async () => this.print(),
      tillGet: async () => this.view(),
      tillSetupGet: async () => this.setup,
      tillSetupSet: async (setup: TillSetup) => (this.setup = setup),
      tillOpen: async (floats: Money[]) => this.openWith(floats),
      tillMoveCash: async (kind: DrawerKind, amount: Money, note: string) => this.moveCash(kind, amount, note),
      tillClose: async (counted: Money[], note: string) => this.close(counted, note),
      tillPrint: async () => this.print(),
      tillStatement: async (_: string, wish: StatementWish) => readStatement(this.orders, wish, (id, reference) => this.match(id, reference, "statement")),
    };
  }

  private patch(order: OrderView, change: Partial<OrderView>): OrderView {
    const after = { ...order, ...change };
    this.orders[this.orders.indexOf(order)] = after;
    return after;
  }

  private write(kind: DrawerKind, tender: TenderKind, amount: Money, note: string, order_id: string | null): void {
    this.open?.entries.push({ kind, tender, amount, note, order_id, at_us: nowUs() });
  }

  private book(open: { id: string; at_us: number; entries: DrawerEntry[] }): CashUp {
    const of = (kind: DrawerKind, tender: TenderKind) => open.entries.filter((entry) => entry.kind === kind && entry.tender === tender);
    const sum = (entries: DrawerEntry[]) => CNY(entries.reduce((minor, entry) => minor + entry.amount.minor, 0));
    const tenders = (["cash", "qr", "card"] as const).map((tender) => {
      const [sold, back] = [of("sale", tender), of("returned", tender)];
      return { tender, sales: sold.length, sold: sum(sold), returns: back.length, returned: sum(back) };
    });
    const cash = { opening: sum(of("float", "cash")), paid_in: sum(of("pay_in", "cash")), paid_out: sum(of("pay_out", "cash")), sold: sum(of("sale", "cash")), returned: sum(of("returned", "cash")) };
    const expected = CNY(cash.opening.minor + cash.paid_in.minor + cash.sold.minor - cash.paid_out.minor - cash.returned.minor);
    return {
      till_id: open.id,
      opened_at_us: open.at_us,
      closed_at_us: null,
      tenders: tenders.filter((one) => one.sales + one.returns > 0),
      drawer: open.entries.some((entry) => entry.tender === "cash") ? [{ ...cash, expected, counted: null, difference: null }] : [],
      note: "",
    };
  }
}
