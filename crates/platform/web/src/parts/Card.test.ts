import { render } from "svelte/server";
import { expect, test, vi } from "vitest";
import type { Product } from "../lib/api";

// The page's language is chosen as soon as it is asked for.
vi.stubGlobal("document", { documentElement: {} });
vi.stubGlobal("navigator", { languages: ["en"] });
const { default: Card } = await import("./Card.svelte");

const variant = (title: string, minor: number, currency = "CNY", available = 9): Product => ({
  sku: title,
  title,
  description: "",
  price: { minor, currency },
  available,
  note: available > 0 ? "plenty" : "sold_out",
  photo_url: null,
});
const card = (choices: Product[], more = {}): string =>
  render(Card, { props: { product: choices[0] ?? null, asks: true, choices, complete: true, ended: false, now: 0, buy: () => undefined, ...more } }).body;

test("where one choice is paid in another currency each is shown and read out with its price", () => {
  const body = card([variant("Tea red", 1_000), variant("Tea white", 1_000, "USD")]);
  expect(body).toContain(">On now: Tea, ¥10.00, choose one<");
  for (const said of ['"Buy Tea red, ¥10.00"', '"Buy Tea white, $10.00"', ">¥10.00</span>", ">$10.00</span>"]) expect(body).toContain(said);
  expect(card([variant("Tea red", 1_000), variant("Tea white", 1_000)]), "said once").toContain('"Buy Tea red"');
});

test("a card of which no choice can be bought says so, to the eye and to the ear, and asks nothing", () => {
  const gone = (title: string) => variant(title, 1_000, "CNY", 0);
  const chip = />Sold out<\/span>/;
  const one = card([gone("Tea red"), variant("Tea blue", 1_000)]);
  expect(one).toContain(">On now: Tea, ¥10.00, choose one<");
  expect(one).not.toMatch(chip);
  const none = card([gone("Tea red"), gone("Tea blue")]);
  expect(none).toContain(">On now: Tea, Sold out<");
  expect(none).toMatch(chip);
  expect(none).toContain('aria-label="Sold out Tea blue"');
  expect(card([gone("Black"), gone("Green")]), "nor does its name ask").toContain(">On now: Black, Sold out<");
  const known = card([gone("Tea red"), gone("Tea blue")], { complete: false });
  expect(known, "what is still asked for may be left").not.toMatch(chip);
  const over = card([variant("Tea red", 1_000), variant("Tea blue", 1_000)], { ended: true });
  expect(over).toContain(">On now: Tea, ¥10.00<");
});

test("an offer stands beside the regular price with what is left of it and of its time, and is read out", () => {
  const tea = { ...variant("Tea", 1_580), offer: { offer_id: "o1", price: { minor: 990, currency: "CNY" }, left: 3, per_buyer: 1, until_us: 65_000_000 } };
  const shown = (now: number) => card([], { product: tea, asks: false, now });
  const body = shown(0);
  for (const said of [">On now: Tea, ¥9.90 instead of ¥15.80<", ">¥9.90</span>", ">¥15.80</s>", "3 left at this price", "1 for each buyer", "Ends in 1:05"]) {
    expect(body).toContain(said);
  }
  expect(shown(64_001)).toContain("Ends in 0:01");
  const over = shown(65_000);
  expect(over, "over by the platform's clock").toContain(">On now: Tea, ¥15.80<");
  expect(over).not.toContain("¥9.90");
});
