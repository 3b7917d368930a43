// What a host does with destinations, before the show, on air and in the settings.
import assert from "node:assert/strict";
import { id } from "./browser.mjs";

export function destinations({ step, open, stateIs, text }) {
  step("without its destinations a show does not start, and says so", async () => {
    const page = await open("no-destinations");
    await page.waitForSelector(id("outputs-retry"));
    await page.waitForSelector(`${id("go-live")}:not(:disabled)`);
    await page.click(id("go-live"));
    await page.waitForSelector(`${id("notice")}[data-code="damaged"]`);
    await stateIs(page, "idle");
    await page.click(id("outputs-retry"));
    await page.getByLabel("Kuaishou").waitFor();
    await page.click(id("go-live"));
    await stateIs(page, "live");
    return page;
  });

  step("a destination that drops says why and how long is left", async () => {
    const page = await open("degraded");
    await page.waitForSelector(`${id("output-Kuaishou")}[data-state="reconnecting"]`);
    assert.match(await text(page, "output-Kuaishou"), /room closes in 0:\d\d/);
    await page.waitForSelector(`${id("output-Kuaishou")}[data-state="live"]`, { timeout: 20_000 });
    return page;
  });

  step("an address the studio can't publish to is refused at once", async () => {
    const page = await open("idle", "settings");
    await page.fill(id("destination-name"), "Web");
    await page.fill(id("destination-url"), "ftp://push.example.cn/live/key");
    await page.locator(id("destination-url")).press("Tab");
    await page.getByText("The address begins with rtmp://").waitFor();
    assert.ok(await page.locator(id("destination-add")).isDisabled());
    await page.fill(id("destination-url"), "rtmps://push.example.cn/live/key");
    assert.ok(await page.locator(id("destination-add")).isEnabled());
    assert.equal(await page.getByText("The address begins with rtmp://").count(), 0);
    assert.equal(await page.locator(id("destination-token")).count(), 0);
    await page.fill(id("destination-url"), "https://live.example/whip/room");
    await page.fill(id("destination-token"), "t0ken");
    assert.ok(await page.locator(id("destination-add")).isEnabled());
    return page;
  });

  step("how a stored destination is reached is changed without its key, by keys, and the focus comes back", async () => {
    const page = await open("idle", "settings");
    await page.focus(id("destination-change-Kuaishou"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("destination-url")}:focus`);
    assert.equal(await page.inputValue(id("destination-url")), "", "the key never comes back");
    assert.deepEqual([await page.inputValue(id("destination-canvas")), await page.inputValue(id("destination-delay")), await page.inputValue(id("destination-deadline"))], ["9:16", "5", "62"]);
    await page.keyboard.type("ftp://push.example.cn/live/key");
    await page.keyboard.press("Tab");
    await page.getByText("The address begins with rtmp://").waitFor();
    assert.ok(await page.isDisabled(id("destination-save")));
    await page.fill(id("destination-url"), "");
    await page.focus(id("destination-delay"));
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("8");
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("notice")}[data-code="saved"]`);
    await page.waitForSelector(`${id("destination-change-Kuaishou")}:focus`);
    await page.getByText("8 s later").waitFor();
    await page.getByText("rtmp://push.example.cn/live/••••").waitFor();
    await page.waitForSelector(id("destination-add"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("destination-url")}:focus`);
    assert.equal(await page.inputValue(id("destination-delay")), "8");
    await page.focus(id("destination-cancel"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("destination-change-Kuaishou")}:focus`);
    return page;
  });
}
