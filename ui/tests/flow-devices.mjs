// A device that was stolen is revoked, and what the platform holds of one is taken or refused.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

export function devices({ step, open, text }) {
  step("a stolen device is revoked for good, by keys, and this one can't be", async () => {
    const page = await open("idle", "settings");
    await page.focus(id("devices-open"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("device"));
    const stall = page.locator(id("device")).filter({ hasText: "市集笔记本" });
    assert.match(await stall.textContent(), /6 pieces that it alone may sell/);
    const own = page.locator(id("device")).filter({ hasText: "Studio" });
    assert.match(await own.textContent(), /this one/);
    assert.equal(await own.locator(id("device-revoke")).count(), 0, "this one is not revoked from here");
    const revoke = stall.locator(id("device-revoke"));
    await revoke.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("confirm-revoke"));
    await page.getByText("6 pieces that it alone may sell go back").waitFor();
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("confirm-revoke"), { state: "detached" });
    assert.equal(await stall.getAttribute("data-revoked"), "false", "only asked");
    await revoke.click();
    await page.focus(id("confirm-revoke"));
    await page.keyboard.press("Enter");
    await page.waitForFunction((at) => document.querySelectorAll(at).length === 2, `${id("device")}[data-revoked="true"]`);
    assert.equal(await revoke.count(), 0);
    assert.doesNotMatch(await stall.textContent(), /alone may sell/);
    return page;
  });

  step("held changes are taken and refused, page by page", async () => {
    const page = await open("degraded", "settings");
    await page.waitForSelector(id("held-waiting"));
    assert.equal(await text(page, "held-waiting"), "21 wait");
    await page.click(id("held-open"));
    await page.waitForSelector(id("held"));
    assert.equal(await text(page, "held-page"), "1–10 of 23");
    const doubted = page.locator(id("held")).first();
    assert.match(await doubted.textContent(), /\+12,000,000.*So many pieces can hardly be right/);
    await doubted.locator(id("held-refuse")).click();
    await page.getByText("Goods that are gone all the same").waitFor();
    await page.focus(id("confirm-held"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("held")}:first-child[data-state="discarded"]`);
    // The next one that waits has the focus.
    await page.waitForSelector(`${id("held")}:nth-child(2) ${id("held-take")}:focus`);
    await page.keyboard.press("Enter");
    await page.focus(id("confirm-held"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("held")}:nth-child(2)[data-state="applied"]`);
    await page.click(id("held-older"));
    await page.click(id("held-older"));
    assert.equal(await text(page, "held-page"), "21–23 of 23");
    assert.ok(await page.isDisabled(id("held-older")));
    assert.match(await page.locator(id("held")).last().textContent(), /lin@example\.cn/);
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("held"), { state: "detached" });
    await page.waitForFunction((at) => document.querySelector(at)?.textContent === "19 wait", id("held-waiting"));
    return page;
  });
}
