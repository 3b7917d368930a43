// Edits of two devices about the same thing, settled by keys.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

export function conflicts({ step, open }) {
  step("edits that did not count are settled by keys, mine and theirs", async () => {
    const page = await open("degraded", "catalogue");
    await page.waitForSelector(id("conflicts-button"));
    assert.equal(await page.textContent(id("conflicts-button")), "2 edits to settle");
    await page.focus(id("conflicts-button"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("conflict"));
    const first = page.locator(id("conflict")).first();
    assert.match(await first.textContent(), /Price/);
    assert.match(await first.locator(id("conflict-mine")).textContent(), /Mine.*13\.80/);
    assert.match(await first.locator(id("conflict-theirs")).textContent(), /Theirs.*15\.80/);
    await first.locator(id("conflict-mine")).focus();
    await page.keyboard.press("m");
    // The next one has the focus.
    await page.waitForFunction((at) => document.querySelectorAll(at).length === 1, id("conflict"));
    await page.waitForSelector(`${id("conflict-mine")}:focus`);
    await page.keyboard.press("t");
    await page.waitForSelector(id("conflict"), { state: "detached" });
    await page.waitForSelector(id("conflicts-button"), { state: "detached" });
    await page.waitForSelector(id("product-OAT-1L"));
    // What this device said counts now, as soon as the list was read again.
    await page.waitForFunction((at) => document.querySelector(at)?.textContent.includes("13.80"), id("product-OAT-1L"));
    return page;
  });

  step("edits to settle are named in Chinese too", async () => {
    const page = await open("degraded", "catalogue", "zh-CN");
    await page.waitForSelector(id("conflicts-button"));
    assert.equal(await page.textContent(id("conflicts-button")), "2 处修改待确认");
    return page;
  });
}
