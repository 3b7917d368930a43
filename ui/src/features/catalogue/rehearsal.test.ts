import { describe, expect, it } from "vitest";
import type { AdviceView, ReadinessView, RehearsalView } from "../../ipc";
import { Turns, board, isTooMany, slots, toneOf } from "./rehearsal";

const product = (sku: string, advice: AdviceView[] = [], [known, pinned] = [5, 5]): ReadinessView => ({ sku, title: sku, photos: 5, tested: 5, known, pinned, advice });
const blurred: AdviceView = { what: "blurred", count: 1 };
const dark: AdviceView = { what: "too_dark", count: 1 };
const taken: AdviceView = { what: "taken_for", sku: "X", title: "X" };
const same: AdviceView = { what: "same_photo", sku: "X", title: "X" };
const few: AdviceView = { what: "more_photos", have: 2, enough: 3 };
const sorted = (...products: ReadinessView[]) => board({ scope: "order", products, look_alikes: [] });
const skus = (products: ReadinessView[]) => products.map((one) => one.sku);

describe("what is to be done", () => {
  it("begins with what can't be known at all and ends with what is only less sure", () => {
    const scattered = product("scattered", [{ what: "scattered" }], [1, 0]);
    const none = { ...product("none", [{ what: "no_photo" }]), photos: 0, tested: 0 };
    const { todo } = sorted(scattered, product("few", [few]), product("dark", [dark]), product("taken", [taken]), product("same", [same]), product("ready"), none);
    expect(skus(todo)).toEqual(["none", "same", "taken", "dark", "few", "scattered"]);
  });

  it("counts the worst that is said of a product, and says that first", () => {
    const { todo } = sorted(product("dark", [dark]), product("both", [few, blurred, taken]));
    expect(skus(todo)).toEqual(["both", "dark"]);
    expect(todo[0]?.advice.map((one) => one.what)).toEqual(["taken_for", "blurred", "more_photos"]);
  });

  it("puts what is known least first among equals, then what is pinned least, then keeps the order of the show", () => {
    const { todo } = sorted(product("a", [blurred]), product("b", [dark], [3, 3]), product("c", [blurred], [5, 2]), product("d", [dark]));
    expect(skus(todo)).toEqual(["b", "c", "a", "d"]);
  });

  it("leaves what was found as it was", () => {
    const found: RehearsalView = { scope: "all", products: [product("a", [few, taken])], look_alikes: [] };
    board(found);
    expect(found.products[0]?.advice).toEqual([few, taken]);
  });
});

it("lists what is ready apart, the least sure first", () => {
  const { todo, ready } = sorted(product("a"), product("b", [], [5, 1]), product("c", [dark]), product("d", [], [5, 4]));
  expect(skus(ready)).toEqual(["b", "d", "a"]);
  expect(skus(todo)).toEqual(["c"]);
});

it("calls bad what keeps a product from being pinned as what it is, and the rest a warning", () => {
  const tones: [AdviceView, string][] = [[{ what: "no_photo" }, "bad"], [same, "bad"], [taken, "bad"], [dark, "warn"], [few, "warn"], [{ what: "scattered" }, "warn"]];
  for (const [advice, tone] of tones) expect(toneOf(advice), advice.what).toBe(tone);
});

it("puts into a sentence what it is about, with numbers as the language writes them", () => {
  const format = (n: number) => `<${n}>`;
  const rows: [AdviceView, object][] = [
    [{ what: "no_photo" }, {}],
    [{ what: "scattered" }, {}],
    [few, { have: "<2>", enough: "<3>" }],
    [{ what: "too_small", count: 4 }, { count: 4, formatted: "<4>" }],
    [{ what: "taken_for", sku: "X", title: "Oat drink" }, { title: "Oat drink" }],
    [{ what: "same_photo", sku: "X", title: "" }, { title: "X" }],
  ];
  for (const [advice, want] of rows) expect(slots(advice, format), advice.what).toEqual(want);
});

it("knows a catalogue that is too large by its code", () => {
  const failure = (code: "bad_input" | "model_unavailable") => ({ code, message: "", retryable: false });
  expect([isTooMany(failure("bad_input")), isTooMany(failure("model_unavailable"))]).toEqual([true, false]);
});

describe("calls that can't be cancelled", () => {
  /** A call that is answered by hand. */
  const call = () => {
    let [answer, fail, made]: [(text: string) => void, (error: Error) => void, number] = [() => {}, () => {}, 0];
    const promise = new Promise<string>((resolve, reject) => ([answer, fail] = [resolve, reject]));
    return { answer, fail, made: () => made, run: () => ((made += 1), promise) };
  };
  const rest = () => new Promise((done) => setTimeout(done));

  it("are made one after another", async () => {
    const [turns, first, second] = [new Turns(), call(), call()];
    const answers = [turns.next(first.run, () => true), turns.next(second.run, () => true)];
    await rest();
    expect([first.made(), second.made()]).toEqual([1, 0]);
    first.answer("one");
    await rest();
    expect(second.made()).toBe(1);
    second.answer("two");
    expect(await Promise.all(answers)).toEqual(["one", "two"]);
  });

  it("are not made when nobody waits any more by their turn", async () => {
    const [turns, first, second] = [new Turns(), call(), call()];
    void turns.next(first.run, () => true);
    let wanted = true;
    const skipped = turns.next(second.run, () => wanted);
    wanted = false;
    first.answer("one");
    expect(await skipped).toBeNull();
    expect(second.made()).toBe(0);
  });

  it("are made after one that failed", async () => {
    const [turns, first, second] = [new Turns(), call(), call()];
    const failed = turns.next(first.run, () => true);
    const next = turns.next(second.run, () => true);
    first.fail(new Error("gone"));
    await expect(failed).rejects.toThrow("gone");
    second.answer("two");
    expect(await next).toBe("two");
  });
});
