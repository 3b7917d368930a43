// How a host comes to a recovery code on paper.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

export function recovery({ step, open, text }) {
  step("a recovery code is shown once, and counts as written down when three groups of it are typed", async () => {
    const page = await open("no-code", "settings");
    const at = (state) => page.waitForSelector(`${id("recovery-state")}[data-state="${state}"]`);
    await at("none");
    await page.focus(id("recovery-make"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("recovery-code"));
    const groups = (await page.locator(`${id("recovery-code")} code`).allTextContents()).map((group) => group.trim());
    assert.equal(groups.length, 13);
    await page.click(id("recovery-written"));
    const fields = page.locator(id("recovery-group"));
    assert.equal(await fields.count(), 3);
    assert.equal(await page.locator(id("recovery-code")).count(), 0, "it can't be copied from the screen");
    assert.ok(await page.isDisabled(id("recovery-confirm")));
    for (let index = 0; index < 3; index += 1) {
      const place = Number(await fields.nth(index).getAttribute("data-place"));
      await fields.nth(index).fill(index === 2 ? "XXXXX" : groups[place].toLowerCase());
    }
    assert.ok(await page.isDisabled(id("recovery-confirm")), "a slip is none of it");
    await fields.nth(2).fill(groups[Number(await fields.nth(2).getAttribute("data-place"))]);
    await page.keyboard.press("Enter");
    await at("confirmed");
    assert.ok(!(await text(page, "view-settings")).includes(groups[0]), "it is nowhere in the window any more");
    await page.click(id("recovery-make"));
    await page.waitForSelector(id("recovery-code"));
    await page.keyboard.press("Escape");
    await at("unconfirmed");
    return page;
  });
}
