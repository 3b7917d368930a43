// Payments by code and card are matched with the provider's statement, and the rest is settled by hand.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

/** Sells one of each in turn, paid by this. */
async function sell(page, sku, tender) {
  await page.click(id("venue-sale"));
  await page.click(id(`sale-add-${sku}`));
  await page.click(`label:has(${id(`tender-${tender}`)})`);
  await page.click(id("sale-save"));
  await page.waitForSelector(id("sale-save"), { state: "detached" });
}

/** One that fits, two that could be each other, and one whose row came hours later; the statement is open. */
export async function openStatement(page) {
  for (const [sku, tender] of [["OAT-1L", "qr"], ["TEA-JAS", "qr"], ["TEA-JAS", "qr"], ["RICE-2K", "card"]]) await sell(page, sku, tender);
  await page.click(id("till"));
  await page.click(id("statement"));
  await page.click(id("statement-choose"));
  await page.waitForSelector(id("statement-summary"));
}

export function statement({ step, open, text }) {
  step("a statement verifies what fits, and the rest is settled by hand", async () => {
    const page = await open("idle", "orders");
    await openStatement(page);
    assert.equal(await text(page, "statement-summary"), "1 fit, 2 unclear, 1 not in it");
    assert.match(await text(page, "statement-problems"), /1 row can't be used/);
    await page.focus(id("statement-apply"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("statement-apply"), { state: "detached" });
    assert.equal(await text(page, "statement-summary"), "1 marked as found, 2 unclear, 1 not in it");

    const unclear = page.locator(`${id("statement-unclear")} ${id("unsettled")}`);
    assert.ok(await unclear.first().locator(id("unsettled-found")).isDisabled(), "nothing is chosen");
    await unclear.first().locator(id("unsettled-row")).selectOption({ index: 2 });
    await unclear.first().locator(id("unsettled-found")).click();
    // With one of the two settled the other fits one row only.
    await page.waitForSelector(id("statement-unclear"), { state: "detached" });
    assert.equal(await text(page, "statement-summary"), "1 fit, 0 unclear, 1 not in it");
    await page.click(id("statement-apply"));
    await page.waitForSelector(id("statement-apply"), { state: "detached" });

    const missing = page.locator(`${id("statement-missing")} ${id("unsettled")}`);
    assert.equal(await missing.count(), 1);
    await page.selectOption(id("statement-tolerance"), "86400");
    await page.waitForSelector(id("statement-missing"), { state: "detached" });
    await page.click(id("statement-apply"));
    await page.waitForSelector(id("statement-apply"), { state: "detached" });
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("statement-choose"), { state: "detached" });
    await page.waitForSelector(id("till-unverified"), { state: "detached" });
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("till-float"), { state: "detached" });
    // The list of orders knows.
    await page.getByText("not verified").first().waitFor({ state: "detached" });
    return page;
  });
}
