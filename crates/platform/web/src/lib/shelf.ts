import type { Product } from "./api";

/** The products of `skus` in that order; null if one of them is not known here and the show has to be read anew. */
export function arranged(known: readonly Product[], skus: readonly string[]): Product[] | null {
  const bySku = new Map(known.map((product) => [product.sku, product]));
  const next = skus.map((sku) => bySku.get(sku));
  return next.every((product) => product !== undefined) ? next : null;
}

/** A product that left the shelf while somebody was buying it: the sheet stays, with nothing more to take. */
export const gone = (product: Product): Product => ({ ...product, available: 0, note: "sold_out" });
