// Products held up one after another before a show, by keys.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

export function runThrough({ step, open }) {
  const begin = async (page) => {
    await page.waitForSelector(id("product-OAT-1L"));
    await page.click(id("rehearse-button"));
    await page.waitForSelector(id("rehearsal-todo"));
    await page.focus(id("run-through-open"));
    await page.keyboard.press("Enter");
  };
  const asked = (page, sku) => page.waitForSelector(id(`asked-${sku}`));

  step("products are held up one after another, a mistake is taught, and the report says what to do, by keys", async () => {
    const page = await open("idle", "catalogue");
    await begin(page);
    await asked(page, "OAT-1L");
    await page.waitForSelector(`${id("run-next")}:focus`);
    await page.waitForSelector('[data-verdict="recognised"]');
    // What was recognised goes on by itself; what is not waits for the host.
    await asked(page, "YOG-500");
    await page.keyboard.press("s");
    await asked(page, "APL-1L");
    await page.waitForSelector('[data-verdict="suggested_as"]');
    assert.match(await page.textContent(id("run-said")), /Not sure: suggested as “/);
    await page.keyboard.press("Backspace");
    await page.waitForSelector('[data-verdict="suggested_as"]', { state: "detached" });
    await page.waitForSelector('[data-verdict="suggested_as"]');
    await page.keyboard.press("t");
    await page.getByText("Learned", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await asked(page, "TEA-JAS");
    await page.keyboard.press("Backspace");
    await asked(page, "APL-1L");
    await page.waitForSelector('[data-verdict="suggested_as"]');
    await page.keyboard.press("Escape");
    await page.waitForSelector(`${id("held-OAT-1L")} [data-verdict="recognised"]`);
    await page.waitForSelector(id("run-report"));
    assert.match(await page.textContent(id("run-report")), /50 %.*1 of 2 held up were recognised.*between 9 and 91 %/s);
    assert.match(await page.textContent(id("reported-YOG-500")), /Left out/);
    await page.click(id("run-again"));
    await asked(page, "OAT-1L");
    await page.keyboard.press("Escape");
    await page.getByText("Nothing was held up.").waitFor();
    // Nobody has to wait for the photos.
    await page.click(id("run-again"));
    await asked(page, "OAT-1L");
    await page.keyboard.press("Escape");
    await page.waitForSelector('[data-stage="adding"]');
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("run-through"), { state: "detached" });
    await page.waitForSelector(`${id("run-through-open")}:focus`);
    return page;
  });

  step("without a product there is nothing to hold up, and it is said so", async () => {
    const page = await open("empty", "catalogue", "zh-CN");
    await page.click(id("rehearse-button"));
    await page.click(id("run-through-open"));
    await page.getByText("没有可以试认的商品").waitFor();
    return page;
  });

  step("nothing is held up for the studio while a show is on air", async () => {
    const page = await open("live", "catalogue", "zh-CN");
    await begin(page);
    await page.getByText("请在开播前或下播后再试。").waitFor();
    assert.equal(await page.locator(id("run-next")).count(), 0);
    return page;
  });
}
