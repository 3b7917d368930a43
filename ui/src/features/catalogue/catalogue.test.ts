import { describe, expect, it } from "vitest";
import { draftOf, emptyDraft, problems } from "./draft";
import { lessonsOf } from "./lessons";
import { PAGE, Pages } from "./pages";
import { withPhoto } from "./photos";
import { movement } from "./stock";

/** A list whose answers are given by hand. */
function rig(total = 100_000) {
  const asked: { offset: number; answer: () => Promise<void> }[] = [];
  let changes = 0;
  const errors: unknown[] = [];
  const pages = new Pages<number>(
    (offset, limit) =>
      new Promise((done) => {
        const items = Array.from({ length: Math.min(limit, total - offset) }, (_, i) => offset + i);
        asked.push({ offset, answer: async () => (done({ items, total }), void (await Promise.resolve()), void (await Promise.resolve())) });
      }),
    () => (changes += 1),
    (error) => errors.push(error),
  );
  return { pages, asked, changes: () => changes, errors };
}

describe("a long list", () => {
  it("fetches what is in sight, once", async () => {
    const { pages, asked, changes } = rig();
    pages.need(PAGE - 3, PAGE + 3);
    pages.need(PAGE - 2, PAGE + 4);
    expect(asked.map((one) => one.offset)).toEqual([0, PAGE]);
    await asked[1]?.answer();
    expect(pages.at(PAGE + 1)).toBe(PAGE + 1);
    expect(pages.at(0), "not here yet").toBeUndefined();
    expect(pages.total).toBe(100_000);
    expect(changes()).toBe(1);
  });

  it("drops answers to a question that is no longer asked", async () => {
    const { pages, asked, changes } = rig();
    pages.need(0, 0);
    pages.reset();
    expect(asked).toHaveLength(2);
    await asked[0]?.answer();
    expect(changes()).toBe(0);
    await asked[1]?.answer();
    expect(pages.at(5)).toBe(5);
  });

  it("keeps only the pages around the last one", async () => {
    const { pages, asked } = rig();
    for (let page = 0; page < 80; page++) {
      pages.need(page * PAGE, page * PAGE);
      await asked.at(-1)?.answer();
    }
    expect(pages.at(79 * PAGE)).toBe(79 * PAGE);
    expect(pages.at(0), "far away, let go").toBeUndefined();
  });

  it("passes a failure on and asks again later", async () => {
    const errors: unknown[] = [];
    let calls = 0;
    const pages = new Pages<number>(
      async () => {
        calls += 1;
        throw new Error("gone");
      },
      () => {},
      (error) => errors.push(error),
    );
    pages.need(0, 0);
    await Promise.resolve();
    await Promise.resolve();
    expect(errors).toHaveLength(1);
    pages.need(0, 0);
    expect(calls).toBe(2);
  });
});

describe("a product being typed", () => {
  const good = { ...emptyDraft("CNY"), sku: "A", title: "a", price: "15.80" };

  it("says what is missing", () => {
    expect([...problems(emptyDraft("CNY"))].sort()).toEqual(["priceWrong", "skuMissing", "titleMissing"]);
    expect(problems(good).size).toBe(0);
  });

  it("takes amounts the studio takes, and no others", () => {
    for (const price of ["15", "15.8", "¥15.80", "1,280.00"]) expect(problems({ ...good, price }).size, price).toBe(0);
    for (const price of ["", "x", "1.234", "-1", ".5", "15.8元"]) expect(problems({ ...good, price }).size, price).toBe(1);
    expect(problems({ ...good, price: "120.5", currency: "JPY" }).size).toBe(1);
    for (const cost of ["", " ", "8", "¥8.80"]) expect(problems({ ...good, cost }).size, cost).toBe(0);
    for (const cost of ["x", "-1", "8.888"]) expect([...problems({ ...good, cost })], cost).toEqual(["costWrong"]);
  });

  it("reads back what is stored", () => {
    const product = { ...good, price: { minor: 1580, currency: "CNY" }, cost: undefined, on_hand: 1, reserved: 0, photos: [] };
    expect(draftOf(product)).toEqual(good);
    const bought = { ...product, cost: { minor: 620, currency: "CNY" } };
    expect(draftOf(bought)).toEqual({ ...good, cost: "6.20" });
    expect(draftOf({ ...bought, cost: { minor: 620, currency: "EUR" } }).cost, "no amount of another currency").toBe("");
    const red = { ...product, title: `${good.title} · red`, own_title: good.title, variant: { of: "style 7", option: "red" } };
    expect(draftOf(red), "what is typed is the title without the variant").toEqual(good);
  });
});

it("lists a photo that was dropped twice once", () => {
  const product = { ...emptyDraft("CNY"), price: { minor: 1, currency: "CNY" }, cost: undefined, on_hand: 0, reserved: 0, photos: ["a"] };
  expect(withPhoto(withPhoto(product, "b"), "b").photos).toEqual(["a", "b"]);
  expect(withPhoto(product, "a")).toBe(product);
});

it("lists what was learned about a product, and nothing of others, newest first", () => {
  const lesson = (lesson_id: string, sku: string, made_at_us: number) => ({ lesson_id, sku, title: sku, is_it: true, has_crop: true, made_at_us });
  const all = [lesson("1", "A", 5), lesson("2", "B", 4), lesson("3", "A", 9)];
  expect(lessonsOf(all, "A").map((one) => one.lesson_id)).toEqual(["3", "1"]);
  expect(lessonsOf(all, "C")).toEqual([]);
});

it("turns pieces into a change of the ledger", () => {
  expect(movement("received", 12, 5)).toBe(12);
  expect(movement("counted", 3, 5)).toBe(-2);
  expect(movement("counted", 5, 5)).toBeNull();
  expect(movement("received", 0, 5)).toBeNull();
  expect(movement("received", null, 5)).toBeNull();
  expect(movement("received", 1.5, 5)).toBeNull();
  expect(movement("counted", -1, 5)).toBeNull();
});
