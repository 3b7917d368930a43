/** Edits of the simulated shop that did not count. */
import type { Backend } from "../backend";
import type { ConflictView, Failure, ProductView } from "../bindings";
import type { Good } from "./goods";

/** As of two devices that were without a network for a while. */
const startConflicts = (goods: readonly Good[], titleOf: (good: Good) => string): ConflictView[] =>
  goods.slice(0, 2).map((good, i) => {
    const shared = { id: `0199c0de-7000-7000-8000-0000000000c${i + 1}`, sku: good.sku, title: titleOf(good), at_ms: Date.now() - (i + 1) * 420_000 };
    if (i > 0) return { ...shared, field: "title", mine: { claim: "value", field: "title", value: `${titleOf(good)} ×2` }, theirs: { claim: "value", field: "title", value: titleOf(good) } };
    const price = (minor: number) => ({ claim: "value", field: "price", value: { minor, currency: "CNY" } }) as const;
    return { ...shared, field: "price", mine: price(good.price - 200), theirs: price(good.price) };
  });

/** What the cockpit may ask of them. */
export function conflictCalls(goods: readonly Good[], products: Map<string, ProductView>) {
  const titleOf = (good: Good) => products.get(good.sku)?.title ?? good.sku;
  let all = startConflicts(goods, titleOf);
  return {
    catalogueConflicts: async (limit) => ({ conflicts: all.slice(0, limit), more: all.length > limit }),
    catalogueSettle: async (id, keep) => {
      const one = all.find((conflict) => conflict.id === id);
      if (!one) throw { code: "not_found", message: `there is no conflict ${id} to settle`, retryable: false } satisfies Failure;
      all = all.filter((conflict) => conflict !== one);
      const product = products.get(one.sku);
      if (keep !== "mine" || one.mine.claim !== "value" || !product) return;
      if (one.mine.field === "price") products.set(one.sku, { ...product, price: one.mine.value });
      if (one.mine.field === "title") products.set(one.sku, { ...product, title: one.mine.value });
    },
  } satisfies Partial<Backend>;
}
