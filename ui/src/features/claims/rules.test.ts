import { describe, expect, it } from "vitest";
import type { ClaimRulesView } from "../../ipc";
import { type Typed, changeOf, keywordsOf, typedOf, wrongIn } from "./rules";

const rules = (change: Partial<ClaimRulesView> = {}): ClaimRulesView => ({ taken: true, keywords: "", hold_min: 10, first_paid: false, waiting_list: true, per_buyer: null, shipping: null, free_from: null, ...change });
const typed = (change: Partial<Typed> = {}): Typed => ({ ...typedOf(rules()), ...change });

describe("the show's own words", () => {
  it.each([
    ["", "table", ""],
    ["mine, 扣 sold mine", "table", "claim=mine|扣|sold"],
    ["来一单", "number", "claim=来一单;bare=number"],
    [" ", "off", "bare=off"],
    ["a|b;c=d", "table", "claim=a|b|c|d"],
  ] as const)("are %j with %s, kept as %j", (words, bare, want) => {
    expect(keywordsOf(words, bare)).toBe(want);
  });

  it("are read as they were kept", () => {
    for (const keywords of ["", "claim=mine|扣", "bare=off", "claim=来一单;bare=number"]) {
      const { words, bare } = typedOf(rules({ keywords }));
      expect(keywordsOf(words, bare)).toBe(keywords);
    }
    expect(typedOf(rules({ keywords: "claim=来一单 ; bare=number" }))).toMatchObject({ words: "来一单", bare: "number" });
  });
});

describe("amounts", () => {
  it("are none, or amounts of the currency", () => {
    expect(wrongIn(typed(), "CNY")).toBeNull();
    expect(wrongIn(typed({ shipping: "８.5", freeFrom: "99" }), "CNY")).toBeNull();
    expect(wrongIn(typed({ shipping: "-1" }), "CNY")).toBe("shipping");
    expect(wrongIn(typed({ shipping: "8.50" }), "JPY")).toBe("shipping");
    expect(wrongIn(typed({ shipping: "8", freeFrom: "much" }), "CNY")).toBe("freeFrom");
    expect(wrongIn(typed({ freeFrom: "99" }), "CNY")).toBe("freeOfNothing");
  });

  it("that were emptied are emptied in the studio", () => {
    const shipping = { minor: 800, currency: "CNY" };
    const before = typedOf(rules({ shipping, free_from: { ...shipping, minor: 9_900 }, per_buyer: 2 }));
    expect(before).toMatchObject({ shipping: "8.00", freeFrom: "99.00", perBuyer: 2 });
    expect(changeOf({ ...before, freeFrom: "", perBuyer: 0 })).toMatchObject({ shipping: "8.00", free_from: "0", per_buyer: 0 });
    // The studio refuses to free from a fee that there is not.
    expect(changeOf({ ...before, shipping: "" })).toMatchObject({ shipping: "0", free_from: null });
  });
});
