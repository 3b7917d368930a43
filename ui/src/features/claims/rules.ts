/** The show's own words for orders, as they are typed and as the studio keeps them. Pure. */
import type { ClaimRulesChange, ClaimRulesView } from "../../ipc";
import { amountOf } from "../../shared/amount";
import { decimal } from "../../shared/format";

/** What a bare number means: by the table of the grammar, nothing, pieces, or a product. */
export const BARE = ["table", "off", "quantity", "number"] as const;
export type Bare = (typeof BARE)[number];
/** Source: `hawker_domain::claim::policy`. */
export const HOLD_MIN_MAX = 24 * 60;
export const PER_BUYER_MAX = 999;

export interface Typed {
  taken: boolean;
  /** With blanks or commas between. */
  words: string;
  bare: Bare;
  hold: number;
  firstPaid: boolean;
  waitingList: boolean;
  /** 0: no limit. */
  perBuyer: number;
  /** Empty: nothing. */
  shipping: string;
  /** Empty: never. */
  freeFrom: string;
}

/** `claim=WORD|WORD;bare=KIND`, either of them or none. */
export function keywordsOf(words: string, bare: Bare): string {
  const all = wordsIn(words);
  return [all.length > 0 ? `claim=${all.join("|")}` : "", bare === "table" ? "" : `bare=${bare}`].filter((part) => part !== "").join(";");
}

/** A word can hold no sign that the rules are written with. */
const wordsIn = (typed: string): string[] => [...new Set(typed.split(/[\s,，、|;；=]+/).filter((word) => word !== ""))];

export function typedOf(rules: ClaimRulesView): Typed {
  const parts = rules.keywords.split(";").map((part) => part.trim());
  const after = (key: string) => parts.find((part) => part.startsWith(key))?.slice(key.length) ?? "";
  const bare = after("bare=");
  return {
    taken: rules.taken,
    words: after("claim=").split("|").join(" "),
    bare: BARE.find((one) => one === bare) ?? "table",
    hold: rules.hold_min,
    firstPaid: rules.first_paid,
    waitingList: rules.waiting_list,
    perBuyer: rules.per_buyer ?? 0,
    shipping: rules.shipping ? decimal(rules.shipping) : "",
    freeFrom: rules.free_from ? decimal(rules.free_from) : "",
  };
}

export type Wrong = "shipping" | "freeFrom" | "freeOfNothing";

/** What can't be meant; null where all of it can. */
export function wrongIn(typed: Typed, currency: string): Wrong | null {
  const fee = typed.shipping.trim() === "" ? 0 : amountOf(typed.shipping, currency)?.minor;
  const from = typed.freeFrom.trim() === "" ? 0 : amountOf(typed.freeFrom, currency)?.minor;
  if (fee === undefined) return "shipping";
  if (from === undefined) return "freeFrom";
  return from > 0 && fee === 0 ? "freeOfNothing" : null;
}

/** All of it, so that what was emptied is emptied. */
export function changeOf(typed: Typed): ClaimRulesChange {
  const text = (amount: string) => (amount.trim() === "" ? "0" : amount.normalize("NFKC").trim());
  const shipping = text(typed.shipping);
  return {
    taken: typed.taken,
    keywords: keywordsOf(typed.words, typed.bare),
    hold_min: typed.hold,
    first_paid: typed.firstPaid,
    waiting_list: typed.waitingList,
    per_buyer: typed.perBuyer,
    shipping,
    // Nothing can be free of a fee that there is not.
    free_from: Number(shipping) === 0 ? null : text(typed.freeFrom),
  };
}
