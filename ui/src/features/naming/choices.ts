/** The products a thing in the picture can be said to be, likeliest first. Pure. */
import type { Money, ProductView, RunningItem } from "../../ipc";

export interface Choice {
  sku: string;
  title: string;
  price: Money;
  photo: string | null;
}

/** Products of the catalogue, and what was asked for when they were found. */
export interface Found {
  query: string;
  products: readonly ProductView[];
}

/**
 * The running order in its order, then the rest of the catalogue; of both what the query leaves. What the catalogue found for
 * this very query counts, whatever it matched; what it found for an older one has to have the words in sight.
 */
export function choices(running: readonly RunningItem[], found: Found | null, query: string): Choice[] {
  const words = wordsOf(query);
  const fits = ({ sku, title }: { sku: string; title: string }) => words.every((word) => `${title} ${sku}`.toLowerCase().includes(word));
  const hits = (found?.products ?? []).filter((one) => found?.query === query || fits(one));
  const hit = new Set(hits.map((one) => one.sku));
  const planned = new Set(running.map((one) => one.sku));
  return [
    ...running.filter((one) => fits(one) || hit.has(one.sku)).map(({ sku, title, price, photo }) => ({ sku, title, price, photo })),
    ...hits.filter((one) => !planned.has(one.sku)).map(({ sku, title, price, photos }) => ({ sku, title, price, photo: photos[0] ?? null })),
  ];
}

const wordsOf = (query: string): string[] => query.toLowerCase().split(/\s+/).filter((word) => word !== "");
