import { describe, expect, it } from "vitest";
import type { Claim, ConflictView } from "../../ipc";
import { after, atLeast, saidOf, type Said } from "./conflicts";

const conflict = (id: string): ConflictView => ({
  id,
  sku: "A",
  title: "Milk",
  field: "title",
  mine: { claim: "value", field: "title", value: "Oat" },
  theirs: { claim: "value", field: "title", value: "Soy" },
  at_ms: 0,
});

describe("a conflict", () => {
  it("says what each side said", () => {
    const table: [Claim, Said][] = [
      [{ claim: "present" }, { kind: "present" }],
      [{ claim: "removed" }, { kind: "removed" }],
      [{ claim: "value", field: "title", value: "Oat" }, { kind: "text", text: "Oat" }],
      [{ claim: "value", field: "brand", value: " " }, { kind: "blank" }],
      [{ claim: "value", field: "aliases", value: ["oat", "燕麦"] }, { kind: "text", text: "oat, 燕麦" }],
      [{ claim: "value", field: "aliases", value: [] }, { kind: "blank" }],
      [{ claim: "value", field: "variant", value: { of: "tee", option: "red" } }, { kind: "text", text: "red (tee)" }],
      [{ claim: "value", field: "variant", value: null }, { kind: "blank" }],
      [{ claim: "value", field: "cost", value: { minor: 5, currency: "CNY" } }, { kind: "price", price: { minor: 5, currency: "CNY" } }],
      [{ claim: "value", field: "cost", value: null }, { kind: "blank" }],
      [{ claim: "value", field: "price", value: { minor: 0, currency: "CNY" } }, { kind: "price", price: { minor: 0, currency: "CNY" } }],
    ];
    for (const [claim, said] of table) expect(saidOf(claim)).toEqual(said);
  });

  it("is one of more than are shown where there are more", () => {
    const conflicts = [conflict("a")];
    expect([atLeast({ conflicts, more: true }, "1"), atLeast({ conflicts, more: false }, "1")]).toEqual(["1+", "1"]);
  });

  it("hands the focus on when it leaves the list", () => {
    const all = ["a", "b", "c"].map(conflict);
    expect([after(all, "a"), after(all, "b"), after(all, "c")]).toEqual(["b", "c", "b"]);
    expect(after([conflict("a")], "a")).toBe(null);
  });
});
