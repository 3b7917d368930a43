import { expect, it } from "vitest";
import type { ReadinessView, ReportedView, ShownView, VerdictView } from "../../ipc";
import { byNeed, meaning, ofHeldUp, saidOf, slots, todoOf, toneOf } from "./runThrough";

const shown = (verdict: VerdictView | null, more: Partial<ShownView> = {}): ShownView => ({ sku: "A", title: "Tea", photo: null, verdict, taught: false, skipped: false, ...more });

it("says of every result what it is, how bad it is, and what to do", () => {
  const table: [ShownView, string, string, string | null][] = [
    [shown({ what: "recognised", after_ms: 900 }), "recognised", "ok", "recognised"],
    [shown({ what: "taken_for", sku: "B", title: "Cake", after_ms: 900 }), "taken_for", "bad", "taken_for"],
    [shown({ what: "suggested" }), "suggested", "warn", "suggested"],
    [shown({ what: "unknown" }), "unknown", "warn", "unknown"],
    [shown({ what: "not_seen", why: null }), "not_seen", "warn", "not_seen"],
    [shown({ what: "not_seen", why: "too_dark" }), "too_dark", "warn", "too_dark"],
    [shown(null, { skipped: true }), "skipped", "none", null],
    [shown(null), "none", "none", null],
  ];
  for (const [one, said, tone, todo] of table) expect([saidOf(one), toneOf(one), todoOf(one)], said).toEqual([said, tone, todo]);
});

it("calls a product without a title by its SKU", () => {
  expect(slots({ what: "taken_for", sku: "B", title: "", after_ms: 1 })).toEqual({ title: "B" });
  expect(slots({ what: "recognised", after_ms: 1_260 })).toEqual({ seconds: "1.3" });
  expect(slots(null)).toEqual({});
});

it("puts the worst first, and before what is well that of which the photos are not", () => {
  const photos = (advice: ReadinessView["advice"]): ReadinessView => ({ sku: "A", title: "", photos: 1, tested: 0, known: 0, pinned: 0, advice });
  const known = { what: "recognised", after_ms: 1 } as const;
  const one = (sku: string, verdict: VerdictView | null, advice: ReadinessView["advice"] = []): ReportedView => ({ shown: shown(verdict, { sku }), photos: photos(advice) });
  const products = [one("well", known), one("few photos", known, [{ what: "no_photo" }]), one("left out", null), one("unsure", { what: "unknown" }), one("wrong", { what: "taken_for", sku: "B", title: "", after_ms: 1 })];
  const found = { products, look_alikes: [], held: 4, recognised: 2, rate_percent: 50, least_percent: 15, most_percent: 85 };
  expect(byNeed(found).map((one) => one.shown.sku)).toEqual(["wrong", "unsure", "left out", "few photos", "well"]);
  expect(ofHeldUp(products.map((one) => one.shown)).map((one) => one.sku)).toEqual(["wrong", "unsure", "well", "few photos"]);
});

it("leaves Enter to the button or box that has the focus", () => {
  const keys = ["Enter", "Backspace", "s", "T", "x", "Escape"];
  expect(keys.map((key) => meaning(key, false))).toEqual(["next", "back", "skip", "this_is_it", null, null]);
  expect(keys.map((key) => meaning(key, true))).toEqual([null, "back", "skip", "this_is_it", null, null]);
});
