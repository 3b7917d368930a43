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
  render(Card, { props: { product: choices[0] ?? null, asks: true, choices, complete: true, ended: false, buy: () => undefined, ...more } }).body;

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
