import { describe, expect, it } from "vitest";
import type { OfferView, ProductView } from "../../ipc";
import { EMPTY, isOver, offerOf, secondsLeft, wrongIn } from "./offer";

const product: ProductView = { sku: "A", title: "a", brand: "", category: "", description: "", price: { minor: 1_580, currency: "CNY" }, barcode: "", on_hand: 3, reserved: 0, photos: [] };
const NOON = Date.parse("2026-01-31T12:00");

describe("what is typed", () => {
  it.each([
    [{ price: "12" }, null],
    [{ price: "１２．5" }, null],
    [{ price: "" }, "price"],
    [{ price: "12,5" }, "price"],
    [{ price: "15.80" }, "notLower"],
    [{ price: "12", end: "at", until: "" }, "until"],
    [{ price: "12", end: "at", until: "2026-01-31T11:59" }, "never"],
    [{ price: "12", end: "at", until: "2026-01-31T12:30" }, null],
    [{ price: "12", end: "at", from: "2026-01-31T13:00", until: "2026-01-31T12:30" }, "never"],
    [{ price: "12", end: "after", from: "soon" }, "from"],
  ] as const)("%j is %s", (change, want) => {
    expect(wrongIn({ ...EMPTY, ...change }, product, NOON)).toBe(want);
  });

  it("goes to the studio with what was left out left out, and local times as moments", () => {
    const plain = offerOf({ ...EMPTY, price: " １2 " }, "A");
    expect(plain).toEqual({ sku: "A", price: "12", quantity: 20, per_buyer: null, from: null, until: null, minutes: 15, coupon: null });
    const full = offerOf({ ...EMPTY, price: "12", perBuyer: 2, end: "at", from: "2026-01-31T12:00", until: "2026-01-31T12:30", coupon: " live10 " }, "A");
    expect(full).toMatchObject({ per_buyer: 2, minutes: null, coupon: "live10" });
    expect([full.from, full.until].map((text) => Date.parse(text ?? ""))).toEqual([NOON, NOON + 30 * 60_000]);
    expect(full.from).toMatch(/Z$/);
    expect(offerOf({ ...EMPTY, price: "12", end: "open", until: "2026-01-31T12:30" }, "A")).toMatchObject({ until: null, minutes: null });
  });
});

describe("the time of an offer", () => {
  const offer = (change: Partial<OfferView>): OfferView => ({ offer_id: "o", sku: "A", price: product.price, quantity: 3, left: 3, sold: 0, state: "open", from_us: 10_000_000, until_us: 20_000_000, ...change });

  it("runs to its beginning, then to its end, and not any more after that", () => {
    expect(secondsLeft(offer({ state: "waiting" }), 4_000)).toBe(6);
    expect(secondsLeft(offer({}), 19_100)).toBe(1);
    expect(secondsLeft(offer({ state: "spent" }), 15_000)).toBe(5);
    expect(secondsLeft(offer({ state: "ended" }), 15_000)).toBeNull();
    const { until_us: _, ...endless } = offer({});
    expect(secondsLeft(endless, 15_000)).toBeNull();
  });

  it("is over when nobody can get it any more", () => {
    expect((["waiting", "open", "spent", "over", "ended"] as const).filter((state) => isOver({ state }))).toEqual(["over", "ended"]);
  });
});
