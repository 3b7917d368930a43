import { describe, expect, it } from "vitest";
import type { ClaimState, ClaimView, OrderedLine } from "../../ipc";
import { listed, mayBePaid, merged, questionsOf, queues, secondsLeft, skusOf } from "./claims";

const claim = (id: string, state: ClaimState, change: Partial<Omit<ClaimView, "state">> = {}): ClaimView => ({
  id,
  show_id: "s",
  from: "a*",
  text: "1",
  lines: [],
  confidence: null,
  question: null,
  ways: [],
  is_answered: false,
  at_ms: null,
  heard_at_ms: Number(id),
  ...change,
  ...state,
});
const ids = (claims: ClaimView[]) => claims.map((one) => one.id);
const lines = (...of: [string, number][]): OrderedLine[] => of.map(([sku, qty]) => ({ sku, qty }));

const all = [
  claim("1", { state: "paid" }),
  claim("2", { state: "asked" }),
  claim("3", { state: "asked" }, { is_answered: true }),
  claim("4", { state: "waiting", place: 1 }, { lines: lines(["A", 2]) }),
  claim("5", { state: "reserved", until_us: 9_500_000 }, { lines: lines(["A", 1]) }),
  claim("6", { state: "waiting", place: 2 }, { lines: lines(["B", 1], ["A", 3]) }),
  claim("7", { state: "dropped" }),
];

describe("the desk's lists", () => {
  it("asks about what nobody has answered, in the order it was written", () => {
    expect(ids(questionsOf(all))).toEqual(["2"]);
  });

  it("lists the rest with the newest first, and what was answered until it is decided", () => {
    expect(ids(listed(all, false))).toEqual(["7", "5", "3", "1"]);
    expect(ids(listed(all, true))).toEqual(["5", "3"]);
  });

  it("lets who waits for two products stand in both lines", () => {
    const found = queues(all).map(({ sku, claims, pieces }) => ({ sku, ids: ids(claims), pieces }));
    expect(found).toEqual([
      { sku: "A", ids: ["4", "6"], pieces: 5 },
      { sku: "B", ids: ["6"], pieces: 1 },
    ]);
  });

  it("puts old questions before the newest claims, each once and as it was told last", () => {
    const answered = claim("3", { state: "paid" });
    expect(merged([answered, claim("9", { state: "paid" })], [claim("2", { state: "asked" }), claim("3", { state: "asked" })]).map((one) => [one.id, one.state])).toEqual([
      ["2", "asked"],
      ["3", "paid"],
      ["9", "paid"],
    ]);
  });

  it("names every product that is spoken of once", () => {
    expect(skusOf([claim("1", { state: "asked" }, { ways: [lines(["A", 1]), lines(["B", 1])] }), claim("2", { state: "paid" }, { lines: lines(["B", 2], ["C", 1]) })])).toEqual(["B", "C", "A"].sort());
  });
});

describe("the time to pay", () => {
  it("counts down by this computer's clock and never below nothing", () => {
    const held = claim("5", { state: "reserved", until_us: 9_500_000 });
    expect([0, 9_400, 60_000].map((now) => secondsLeft(held, now))).toEqual([10, 1, 0]);
    expect(secondsLeft(claim("4", { state: "waiting", place: 1 }), 0)).toBeNull();
  });

  it("runs for what is held, and for what the first to pay gets", () => {
    expect(all.filter(mayBePaid).map((one) => one.id)).toEqual(["5"]);
    expect(mayBePaid({ state: "invited" })).toBe(true);
  });
});
