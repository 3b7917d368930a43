// What a host does when the data did not open.
import { id } from "./browser.mjs";

/** The code of the simulated store: ui/src/ipc/mock/recovery.ts. */
const CODE = "7F3KQ-0M9XV-2C4TH-W8B1Z-5RD6E-JN0PA-YG7S3-K2VQ9-4ZT8C-E1HMX-9B5WD-R6AJF-P0N3G";

export function opening({ step, open, stateIs }) {
  const shut = (page, why) => page.waitForSelector(`${id("opening")}[data-why="${why}"]`);
  const isOpen = async (page) => {
    await page.waitForSelector(id("opening"), { state: "detached" });
    await stateIs(page, "idle");
  };

  step("a keychain that was unlocked meanwhile opens the data when it is tried again", async () => {
    const page = await open("locked", "live", "zh-CN");
    await shut(page, "keychain_locked");
    await page.locator(id("opening")).filter({ hasText: "解锁" }).waitFor();
    await page.click(id("opening-retry"));
    await isOpen(page);
    return page;
  });

  step("a passphrase that was mistyped is typed again", async () => {
    const page = await open("passphrase");
    await shut(page, "passphrase_needed");
    await page.fill(id("opening-passphrase"), "open barley");
    await page.keyboard.press("Enter");
    await page.waitForSelector(id("opening-refused"));
    await page.fill(id("opening-passphrase"), "open sesame");
    await page.click(id("opening-submit"));
    await isOpen(page);
    return page;
  });

  step("a lost key comes back by the code on paper, under a new passphrase where there is no keychain", async () => {
    const page = await open("no-key");
    await shut(page, "key_not_in_keychain");
    await page.fill(id("opening-code"), CODE.slice(0, -1));
    await page.click(id("opening-submit"));
    await page.locator(id("opening-refused")).filter({ hasText: "64" }).waitFor();
    await page.fill(id("opening-code"), CODE.toLowerCase());
    await page.click(id("opening-submit"));
    await page.fill(id("opening-passphrase"), "a new passphrase");
    await page.fill(id("opening-again"), "a new passphrase");
    await page.click(id("opening-submit"));
    await isOpen(page);
    return page;
  });
}
