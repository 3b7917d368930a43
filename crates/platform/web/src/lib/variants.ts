import type { Money } from "@hawker/kit";
import type { Product } from "./api";

/** What a card asks: the title all variants share, empty where they share none, and what each is called beside it. */
export interface Asked {
  title: string;
  options: string[];
}

const JOINT = /[\s·|–—/,，:：(（[【]/u;
const JOINTS = /[\s·|–—/,，:：(（[【-]+$/u;
const FIRST_JOINTS = /^[\s·|–—/,，:：-]+/u;

/**
 * Takes apart the titles of variants: "T恤 · 深红" and "T恤 · 深蓝" are "T恤" in "深红" and "深蓝". Only a sign or a gap ends what
 * they share: where a Chinese word ends nothing else tells. Titles with nothing in common stay whole.
 */
export function apart(titles: readonly string[]): Asked {
  const letters = titles.map((title) => [...title]);
  const first = letters[0] ?? [];
  let shared = 0;
  while (shared < first.length && letters.every((title) => title[shared] === first[shared])) shared++;
  const ends = (title: readonly string[]) => shared === title.length || JOINT.test(title[shared] ?? "") || JOINT.test(title[shared - 1] ?? "");
  while (shared > 0 && !letters.every(ends)) shared--;
  const prefix = first.slice(0, shared).join("");
  const title = prefix.replace(JOINTS, "");
  if (title === "") return { title, options: [...titles] };
  const closing = /[(（[【]\s*$/u.test(prefix) ? /[)）\]】]\s*$/u : /\s+$/u;
  const options = letters.map((all) => all.slice(shared).join("").replace(FIRST_JOINTS, "").replace(closing, ""));
  return { title, options: options.map((option, index) => option || (titles[index] ?? "")) };
}

/** True where they don't all cost the same, in the same currency: then each is shown with its price. */
export function differ(choices: readonly Pick<Product, "price">[]): boolean {
  const first = choices[0]?.price;
  return choices.some(({ price }) => price.minor !== first?.minor || price.currency !== first.currency);
}

/** The lowest and the highest price; null where there is nothing to choose. Another currency than the first's is left out. */
export function range(choices: readonly Pick<Product, "price">[]): [Money, Money] | null {
  const prices = choices.map((choice) => choice.price).filter((price) => price.currency === choices[0]?.price.currency);
  const sorted = prices.sort((a, b) => a.minor - b.minor);
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  return lowest && highest ? [lowest, highest] : null;
}
