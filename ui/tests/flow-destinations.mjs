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

  step("a destination whose room was closed gets a new address, by keys, and the focus stays where the host works", async () => {
    const page = await open("room-closed");
    const at = (state) => page.waitForSelector(`${id("publishing-Kuaishou")}[data-state="${state}"]`);
    const focused = (name) => page.waitForSelector(`${id(name)}:focus`);
    // The same address once more, out of the panel: it is as closed as before.
    await page.focus(id("again-Kuaishou"));
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("output-Kuaishou")}[data-state="connecting"]`);
    await page.waitForSelector(`ul:focus > ${id("output-Kuaishou")}`);
    await page.waitForSelector(`${id("output-Kuaishou")}[data-state="failed"]`);
    await page.focus(id("publishing-open"));
    await page.keyboard.press("Enter");
    await at("failed");
    assert.match(await text(page, "publishing-Kuaishou"), /closed the room.*new address/s);
    await page.focus(id("address-Kuaishou"));
    await page.keyboard.press("Enter");
    await focused("new-address-url");
    await page.keyboard.type("ftp://push.example.cn/live/key");
    await page.keyboard.press("Tab");
    await page.getByText("The address begins with rtmp://").waitFor();
    assert.ok(await page.isDisabled(id("new-address-save")));
    await page.focus(id("new-address-url"));
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("new-address"), { state: "detached" });
    await focused("address-Kuaishou");
    await page.keyboard.press("Enter");
    await focused("new-address-url");
    assert.equal(await page.inputValue(id("new-address-url")), "", "a key that was not sent does not stay");
    await page.keyboard.type("rtmp://push.example.cn/live/the-new-key");
    await page.keyboard.press("Enter");
    await at("connecting");
    await focused("address-Kuaishou");
    await at("live");
    assert.ok(!(await page.content()).includes("the-new-key"));
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("publishing"), { state: "detached" });
    await focused("publishing-open");
    assert.equal(await page.locator(id("again-Kuaishou")).count(), 0);
    return page;
  });

  step("on air a show is sent to one more destination, one is ended and published to again, by keys", async () => {
    const page = await open("room-closed");
    const at = (name, state) => page.waitForSelector(`${id(`publishing-${name}`)}[data-state="${state}"]`);
    const press = async (name) => {
      await page.focus(id(name));
      await page.keyboard.press("Enter");
    };
    await page.waitForSelector(id("output-Taobao"));
    await page.keyboard.press("d");
    await at("Xiaohongshu", "out");
    await press("publish-Xiaohongshu");
    await at("Xiaohongshu", "connecting");
    await page.waitForSelector(`${id("address-Xiaohongshu")}:focus`);
    await at("Xiaohongshu", "live");
    // One that is live is asked about.
    await press("end-Taobao");
    await page.getByRole("alertdialog", { name: "End Taobao?" }).getByText("The other destinations go on").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    await page.waitForSelector(`${id("end-Taobao")}:focus`);
    await at("Taobao", "live");
    await page.keyboard.press("Enter");
    await press("confirm-unpublish");
    await at("Taobao", "ended");
    await page.waitForSelector(`${id("address-Taobao")}:focus`);
    await at("Xiaohongshu", "live");
    // The platform's own has no address to change, and one that failed is ended without a question.
    assert.equal(await page.locator(id("address-hawker")).count(), 0);
    await press("end-Kuaishou");
    await at("Kuaishou", "ended");
    await press("end-hawker");
    await press("confirm-unpublish");
    await at("hawker", "ended");
    await press("end-Xiaohongshu");
    await page.getByRole("alertdialog").getByText("nobody sees the show").waitFor();
    await page.keyboard.press("Escape");
    await press("again-Taobao");
    await at("Taobao", "connecting");
    await at("Taobao", "live");
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("publishing"), { state: "detached" });
    await page.waitForSelector(`${id("output-hawker")}[data-state="ended"]`);
    await stateIs(page, "live");
    return page;
  });

  step("a destination that was left out is published to later, and the dialog goes with the show", async () => {
    const page = await open("idle");
    await page.getByLabel("Kuaishou").uncheck();
    await page.click(id("go-live"));
    await stateIs(page, "live");
    await page.waitForSelector(id("output-Taobao"));
    assert.equal(await page.locator(id("output-Kuaishou")).count(), 0);
    await page.keyboard.press("D");
    await page.click(id("publish-Kuaishou"));
    await page.waitForSelector(`${id("publishing-Kuaishou")}[data-state="live"]`);
    await page.waitForSelector(id("output-Kuaishou"), { state: "attached" });
    await page.keyboard.press("Escape");
    await page.waitForSelector(id("publishing"), { state: "detached" });
    await page.click(id("end-show"));
    await page.click(id("confirm-end"));
    await stateIs(page, "ended");
    await page.keyboard.press("d");
    assert.equal(await page.locator(id("publishing")).count(), 0, "nothing is on air");
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
