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
