/** A venue sale being put together. Pure. */
import type { Money, OrderedLine, ProductView } from "../../ipc";

export interface CartLine {
  product: ProductView;
  qty: number;
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

/** Null: nothing in it, or two currencies, which don't add up. */
export function total(cart: readonly CartLine[]): Money | null {
  const currency = cart[0]?.product.price.currency;
  if (currency === undefined || cart.some((line) => line.product.price.currency !== currency)) return null;
  return { minor: cart.reduce((sum, line) => sum + line.product.price.minor * line.qty, 0), currency };
}

export const lines = (cart: readonly CartLine[]): OrderedLine[] => cart.map(({ product, qty }) => ({ sku: product.sku, qty }));
