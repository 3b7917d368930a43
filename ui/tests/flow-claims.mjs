// Claims from comments are answered by keys, paid by link, let go and served; the rules are set; offers are made and ended.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

const gone = (page, what) => page.waitForSelector(what, { state: "detached" });
const counts = (page, what, wanted) => page.waitForFunction(([what, wanted]) => document.querySelectorAll(what).length === wanted, [what, wanted]);

export function claims({ step, open, text }) {
  step("questions are answered and let go by one key, links are copied, and who waits is served", async () => {
    const page = await open("live");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.waitForSelector(`${id("claims-open")} .chip`);
    await page.keyboard.press("q");
    await page.waitForSelector(`${id("claim-question")} kbd`);
    await counts(page, id("claim-question"), 3);
    const first = await page.locator(id("claim-question")).first().getAttribute("data-claim");
    await page.keyboard.press("y");
    await counts(page, id("claim-question"), 2);
    await page.waitForSelector(`${id("claim-row")}[data-claim="${first}"][data-state="reserved"]`);
    assert.match(await page.textContent(`[data-claim="${first}"]`), /2 × Oat drink original 1 L/);

    await page.keyboard.press("n");
    await page.waitForSelector(id("confirm-claim-drop"));
    await page.keyboard.press("Escape");
    await gone(page, id("confirm-claim-drop"));
    await page.keyboard.press("n");
    await page.focus(id("confirm-claim-drop"));
    await page.keyboard.press("Enter");
    await counts(page, id("claim-question"), 1);

    // The last has no way to be taken: Y does nothing, and the product is chosen.
    await page.keyboard.press("y");
    assert.equal(await page.locator(id("claim-question")).count(), 1);
    const last = await page.locator(id("claim-question")).getAttribute("data-claim");
    await page.selectOption(id("claim-product"), "CHILI-280");
    await page.fill(id("claim-qty"), "0");
    assert.ok(await page.isDisabled(id("claim-take")));
    await page.fill(id("claim-qty"), "3");
    await page.click(id("claim-take"));
    await counts(page, id("claim-question"), 0);
    await page.waitForSelector(`${id("claim-row")}[data-claim="${last}"][data-state="reserved"]`);
    assert.match(await page.textContent(`[data-claim="${last}"]`), /3 × Fermented chilli paste/);
    assert.equal(await page.locator(`${id("claims")} b`).count(), 0, "a name is text");
    await gone(page, `${id("claims-open")} .chip`);

    await page.click(`[data-claim="${last}"] ${id("claim-copy")}`);
    await page.waitForSelector(`${id("notice")}[data-code="link_copied"]`);
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^http:.*\/pay\/\w+$/);
    await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("no"))));
    await page.click(`[data-claim="${last}"] ${id("claim-copy")}`);
    assert.match(await page.inputValue(id("claim-link")), /\/pay\//);

    // One piece does not serve who wants two, and nobody overtakes.
    await counts(page, id("claim-waiting"), 2);
    await page.fill(id("claim-pieces"), "2");
    await page.click(id("claim-promote"));
    await counts(page, id("claim-waiting"), 1);
    await page.click(`${id("claim-waiting")} ${id("claim-let-go")}`);
    await page.click(id("confirm-claim-drop"));
    await counts(page, id("claim-waiting"), 0);
    await page.click(id("claims-all"));
    await page.waitForSelector(`${id("claim-row")}[data-state="refused"]`);
    await page.keyboard.press("q");
    await gone(page, id("claims"));
    return page;
  });

  step("without a network a question is answered and waits, and no link is promised", async () => {
    const page = await open("offline");
    await page.waitForSelector(id("claims-open"));
    await page.keyboard.press("Q");
    await page.waitForSelector(id("claim-question"));
    const first = await page.locator(id("claim-question")).first().getAttribute("data-claim");
    await page.keyboard.press("Y");
    await page.getByText("Answered, on its way").waitFor();
    assert.equal(await page.getAttribute(`[data-claim="${first}"]`, "data-state"), "asked");
    await page.locator(id("claim-copy")).first().click();
    await page.waitForSelector(`${id("notice")}[data-code="unreachable"]`);
    return page;
  });

  step("the rules of claims are set, what can't be meant is said, and they stay", async () => {
    const page = await open("no-models");
    await page.click(id("claims-open"));
    await page.getByRole("button", { name: "Set the rules" }).click();
    await page.waitForSelector(id("claim-rules-form"));
    await page.getByRole("switch").first().click();
    await page.fill(id("claim-words"), "mine 扣");
    await page.selectOption(id("claim-bare"), "off");
    await page.click(id("claim-policy-first"));
    await page.fill(id("claim-minutes"), "5");
    await page.fill(id("claim-per-buyer"), "2");
    await page.fill(id("claim-shipping"), "");
    assert.match(await text(page, "claim-rules-wrong"), /can’t be free/);
    assert.ok(await page.isDisabled(id("claim-rules-save")));
    await page.fill(id("claim-shipping"), "12");
    await page.click(id("claim-rules-save"));
    await gone(page, id("claim-rules-form"));
    await page.waitForSelector(id("claim-question"));
    await page.click(id("nav-orders"));
    await page.click(id("orders-claims"));
    await page.waitForSelector(id("claim-rules-form"));
    assert.equal(await page.inputValue(id("claim-words")), "mine 扣");
    assert.equal(await page.inputValue(id("claim-bare")), "off");
    assert.ok(await page.isChecked(id("claim-policy-first")));
    assert.deepEqual(await Promise.all(["claim-minutes", "claim-per-buyer", "claim-shipping"].map((one) => page.inputValue(id(one)))), ["5", "2", "12.00"]);
    return page;
  });

  step("an offer is made by keys, a price far under the last asks once, and it is ended", async () => {
    const page = await open("live");
    await page.waitForSelector(id("offers-open"));
    await page.keyboard.press("o");
    await page.waitForSelector(id("offer"));
    const offers = () => page.locator(id("offer")).count();
    const before = await offers();
    await page.waitForSelector(`${id("offer-search")}:focus`);
    await page.keyboard.type("rice");
    await counts(page, '[data-testid^="offer-pick-"]', 1);
    await page.focus(id("offer-pick-RICE-2K"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("offer-price")}:focus`);
    await page.keyboard.type("39.90");
    assert.match(await text(page, "offer-wrong"), /39\.90 without it/);
    assert.ok(await page.isDisabled(id("offer-make")));
    await page.fill(id("offer-price"), "19.90");
    await page.fill(id("offer-quantity"), "8");
    await page.fill(id("offer-minutes"), "5");
    await page.focus(id("offer-make"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("offer-sure"));
    await page.getByText("more than 30 % under the last price").waitFor();
    await page.keyboard.press("Escape");
    await gone(page, id("offer-sure"));
    assert.equal(await offers(), before, "who says no makes none");
    await page.click(id("offer-make"));
    await page.click(id("offer-sure"));
    await counts(page, id("offer"), before + 1);
    assert.match(await page.locator(id("offer")).first().textContent(), /Wuchang rice 2 kg.*8 of 8 left.*19\.90.*Open (5:0[01]|4:5\d)/s);

    // The next one is cheaper than the last by little: nobody is asked.
    await page.fill(id("offer-search"), "rice");
    await page.click(id("offer-pick-RICE-2K"));
    await page.fill(id("offer-price"), "18");
    await page.selectOption(id("offer-ends"), "open");
    await page.click(id("offer-more"));
    await page.fill(id("offer-coupon"), "rice18");
    await page.click(id("offer-make"));
    await page.getByText("code RICE18").waitFor();

    await page.locator(id("offer-end")).first().click();
    await page.click(id("confirm-offer-end"));
    await counts(page, id("offer"), before + 2);
    await page.waitForFunction((at) => document.querySelectorAll(`${at}[data-state="ended"]`).length === 2, id("offer"));
    return page;
  });
}
