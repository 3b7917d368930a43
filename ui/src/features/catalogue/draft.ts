/** A product as it is typed, and what can be said about it before it is sent. Pure. */
import type { ProductDraft, ProductView } from "../../ipc";
import { decimal, minorDigits } from "../../shared/format";

export type DraftProblem = "skuMissing" | "titleMissing" | "priceWrong";

export function emptyDraft(currency: string): ProductDraft {
  return { sku: "", title: "", brand: "", category: "", description: "", price: "", currency, barcode: "" };
}

export function draftOf(product: ProductView): ProductDraft {
  const { sku, own_title, brand, category, description, barcode, price } = product;
  // What a variant is called among the others is not typed here.
  const title = own_title ?? product.title;
  return { sku, title, brand, category, description, barcode, price: decimal(price), currency: price.currency };
}

export function problems(draft: ProductDraft): Set<DraftProblem> {
  const found = new Set<DraftProblem>();
  if (draft.sku.trim() === "") found.add("skuMissing");
  if (draft.title.trim() === "") found.add("titleMissing");
  const digits = minorDigits(draft.currency);
  const amount = digits === 0 ? /^\d+$/ : new RegExp(`^\\d+(\\.\\d{1,${digits}})?$`);
  if (!amount.test(draft.price.trim().replace(/^[¥￥$€]/, "").replaceAll(",", ""))) found.add("priceWrong");
  return found;
}
