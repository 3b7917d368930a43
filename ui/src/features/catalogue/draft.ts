/** A product as it is typed, and what can be said about it before it is sent. Pure. */
import type { ProductDraft, ProductView } from "../../ipc";
import { decimal, minorDigits } from "../../shared/format";

export type DraftProblem = "skuMissing" | "titleMissing" | "priceWrong" | "costWrong";

export function emptyDraft(currency: string): ProductDraft {
  return { sku: "", title: "", brand: "", category: "", description: "", price: "", cost: "", currency, barcode: "" };
}

export function draftOf(product: ProductView): ProductDraft {
  const { sku, own_title, brand, category, description, barcode, price, cost } = product;
  // What a variant is called among the others is not typed here.
  const title = own_title ?? product.title;
  // An amount in another currency is no cost of this price: two devices edited one each.
  const costs = cost?.currency === price.currency ? decimal(cost) : "";
  return { sku, title, brand, category, description, barcode, price: decimal(price), cost: costs, currency: price.currency };
}

export function problems(draft: ProductDraft): Set<DraftProblem> {
  const found = new Set<DraftProblem>();
  if (draft.sku.trim() === "") found.add("skuMissing");
  if (draft.title.trim() === "") found.add("titleMissing");
  const digits = minorDigits(draft.currency);
  const amount = digits === 0 ? /^\d+$/ : new RegExp(`^\\d+(\\.\\d{1,${digits}})?$`);
  const isAmount = (text: string) => amount.test(text.trim().replace(/^[¥￥$€]/, "").replaceAll(",", ""));
  if (!isAmount(draft.price)) found.add("priceWrong");
  if (draft.cost.trim() !== "" && !isAmount(draft.cost)) found.add("costWrong");
  return found;
}
