// Sold at the table with a scanner, another price, cash and change; taken back; the drawer counted.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

/** What a scanner does: keys at once, into whatever has the focus. */
const scan = (page, code) =>
  page.evaluate((keys) => {
    for (const key of [...keys, "Enter"]) {
      const at = document.activeElement ?? document.body;
      const goesOn = at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      if (goesOn && key.length === 1 && at instanceof HTMLInputElement) {
        at.value += key;
        at.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  }, code);

/** The simulated shop's code of a product at this price. */
const codeOf = (price) => {
  const twelve = `69${price * 7919 + 1_000_000_000}`;
  const sum = [...twelve].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return `${twelve}${(10 - (sum % 10)) % 10}`;
};

export function till({ step, open, text }) {
  step("goods are scanned, sold at another price for cash, and come back, and the drawer adds up", async () => {
    const page = await open("idle", "orders");
    await page.click(id("till"));
    await page.fill(id("till-float"), "100");
    await page.click(id("till-open"));
    await page.waitForSelector(id("till-expected"));
    await page.keyboard.press("Escape");

    await page.click(id("venue-sale"));
    await page.waitForSelector(id("sale-add-OAT-1L"));
    await page.focus('input[type="search"]');
    await scan(page, codeOf(1580));
    await page.waitForSelector(id("sale-price-OAT-1L"));
    assert.equal(await page.inputValue('input[type="search"]'), "", "the field has its text back");
    await scan(page, codeOf(1580));
    await page.getByText("Oat drink original 1 L added").waitFor();
    await scan(page, "4006381333931");
    await page.getByText("No product has the code").waitFor();

    await page.click(id("sale-price-OAT-1L"));
    await page.fill(id("sale-price-value"), "10");
    await page.getByText("A seller may go down to").waitFor();
    assert.ok(await page.isDisabled(id("sale-price-take")));
    await page.fill(id("sale-price-value"), "15");
    await page.fill(id("sale-price-reason"), "box damaged");
    await page.click(id("sale-price-take"));
    await page.fill(id("tender-received"), "20");
    assert.ok(await page.isDisabled(id("sale-save")), "two at 15.00 are 30.00");
    await page.fill(id("tender-received"), "50");
    assert.match(await text(page, "tender-change"), /20/);
    await page.click(id("sale-save"));

    await page.locator(id("order-row")).first().locator(id("order-open")).click();
    await page.click(id("return-open"));
    await page.fill(id("return-0"), "1");
    await page.click(id("return-take"));
    await page.getByText("Returned").first().waitFor();
    await page.keyboard.press("Escape");

    await page.click(id("till"));
    assert.match(await text(page, "till-expected"), /115/, "100 + 30 - 15");
    await page.fill(id("till-count-CNY"), "110");
    assert.ok(await page.isDisabled(id("till-close")), "a difference is explained");
    await page.fill(id("till-why"), "wrong change");
    await page.click(id("till-close"));
    await page.waitForSelector(id("till-book"));
    return page;
  });
}
