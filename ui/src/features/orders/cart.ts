/** A venue sale being put together. Pure. */
import type { Money, NewSale, ProductView, TenderKind, TillRules } from "../../ipc";

export interface CartLine {
  product: ProductView;
  qty: number;
  /** What a piece is sold for; the price shown where there is none. */
  price?: Money;
  /** Why it is another price. */
  reason?: string;
}

export function withProduct(cart: readonly CartLine[], product: ProductView): CartLine[] {
  const found = cart.some((line) => line.product.sku === product.sku);
  if (!found) return [...cart, { product, qty: 1 }];
  return cart.map((line) => (line.product.sku === product.sku ? { ...line, qty: line.qty + 1 } : line));
}

/** Zero takes the line away. */
export function withQty(cart: readonly CartLine[], sku: string, qty: number): CartLine[] {
  return cart.flatMap((line) => (line.product.sku !== sku ? [line] : qty > 0 ? [{ ...line, qty }] : []));
}

/** Another price for a piece; the price shown takes it back. */
export function withPrice(cart: readonly CartLine[], sku: string, price: Money, reason: string): CartLine[] {
  return cart.map((line) => {
    if (line.product.sku !== sku) return line;
    const { product, qty } = line;
    return price.minor === product.price.minor ? { product, qty } : { product, qty, price, reason: reason.trim() };
  });
}

export const priceOf = (line: CartLine): Money => line.price ?? line.product.price;

/** Null: nothing in it, or two currencies, which don't add up. */
export function total(cart: readonly CartLine[]): Money | null {
  const currency = cart[0]?.product.price.currency;
  if (currency === undefined || cart.some((line) => line.product.price.currency !== currency)) return null;
  return { minor: cart.reduce((sum, line) => sum + priceOf(line).minor * line.qty, 0), currency };
}

export const lines = (cart: readonly CartLine[]): NewSale["lines"] =>
  cart.map(({ product, qty, price, reason }) => ({ sku: product.sku, qty, price: price ?? null, reason: reason ?? "" }));

/** The lowest price that may be taken, as the studio has it: rounded up to a whole minor unit. */
export function lowest(rules: TillRules, shown: Money): Money {
  const percent = rules.role === "owner" ? rules.floors.owner_percent : rules.floors.seller_percent;
  return { ...shown, minor: Math.ceil((shown.minor * percent) / 100) };
}

export type PriceTrouble = "none" | "amount" | "low" | "high" | "reason";

/** What is wrong with another price, before the studio is asked. `price` is null where what was typed is no amount. */
export function priceTrouble(rules: TillRules, shown: Money, price: Money | null, reason: string): PriceTrouble {
  if (!price) return "amount";
  if (price.minor > shown.minor) return "high";
  if (price.minor < lowest(rules, shown).minor) return "low";
  return price.minor !== shown.minor && reason.trim() === "" ? "reason" : "none";
}

/** What is handed back; null where it is not enough. Nothing typed: the exact sum. */
export function change(sum: Money, received: Money | null): Money | null {
  const minor = (received?.minor ?? sum.minor) - sum.minor;
  return minor < 0 ? null : { ...sum, minor };
}

/** The sale as the studio takes it, at the total that the buyer was told. Only cash is handed over. */
export const saleOf = (id: string, cart: readonly CartLine[], buyer: string, tender: TenderKind, received: Money | null): NewSale => ({
  order_id: id,
  lines: lines(cart),
  total: total(cart),
  buyer: buyer.trim(),
  tender,
  received: tender === "cash" ? received : null,
});
