// Opens every view of the cockpit on the simulated show, in both languages and themes and two window sizes; axe must find
// nothing, nothing may scroll sideways, and the live view must fit. Pictures go to the folder given, or to a temporary one.
//   node tests/screens.mjs [--out FOLDER] [--only NAME] [--small | --quick]     (needs `npm run build` first)
// --small: the smaller window only, where room is scarcest; what CI runs.
// --quick: the smaller window only, Chinese dark and English light.
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { id, launch, serve } from "./browser.mjs";

const { values: args } = parseArgs({ options: { out: { type: "string" }, only: { type: "string" }, small: { type: "boolean" }, quick: { type: "boolean" } } });
const out = args.out ?? (await mkdtemp(join(tmpdir(), "hawker-screens-")));
await mkdir(out, { recursive: true });
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is shown: a simulated situation, the view, and what a hand does before the picture. */
const SCREENS = [
  { name: "live-idle", scene: "idle", view: "live" },
  { name: "live-on-air", scene: "live", view: "live", ready: id("pinned-card"), after: (page) => page.waitForTimeout(1500) },
  { name: "live-degraded", scene: "degraded", view: "live", after: (page) => page.waitForTimeout(1500) },
  { name: "live-camera-lost", scene: "camera-lost", view: "live", after: (page) => page.waitForTimeout(1500) },
  { name: "live-offline", scene: "offline", view: "live", after: (page) => page.waitForTimeout(1000) },
  { name: "live-no-models", scene: "no-models", view: "live", after: (page) => page.waitForTimeout(1000) },
  { name: "live-empty", scene: "empty", view: "live", after: (page) => page.waitForTimeout(800) },
  { name: "live-loading", scene: "loading", view: "live" },
  { name: "live-error", scene: "broken", view: "live", after: async (page) => (await page.click(id("go-live")), await page.waitForSelector(id("notice"))) },
  { name: "live-confirm", scene: "live", view: "live", ready: id("end-show"), after: async (page) => (await page.click(id("end-show")), await page.waitForSelector(id("confirm-end"))) },
  { name: "live-ended", scene: "live", view: "live", ready: id("end-show"), after: async (page) => (await page.waitForTimeout(1500), await page.click(id("end-show")), await page.click(id("confirm-end")), await page.waitForSelector(id("summary"))) },
  { name: "live-shortcuts", scene: "idle", view: "live", after: async (page) => (await page.keyboard.press("F1"), await page.waitForSelector("[role=dialog]")) },
  { name: "live-close", scene: "live", view: "live", ready: id("end-show"), after: async (page) => (await page.evaluate(() => dispatchEvent(new Event("mock-close"))), await page.waitForSelector(id("confirm-end"))) },
  { name: "live-no-destinations", scene: "no-destinations", view: "live", ready: id("outputs-retry"), after: async (page) => (await page.click(id("go-live")), await page.waitForSelector(id("notice"))) },
  { name: "live-edit-order", scene: "idle", view: "live", after: async (page) => (await page.click("section.order header .btn"), await page.waitForSelector("[role=dialog] li"), await page.waitForTimeout(400)) },
  { name: "catalogue", scene: "offline", view: "catalogue", ready: id("product-OAT-1L") },
  { name: "catalogue-large", scene: "large", view: "catalogue", ready: id("catalogue-rows") + " [role=row]", after: scrollFar },
  { name: "catalogue-empty", scene: "empty", view: "catalogue" },
  { name: "catalogue-error", scene: "broken", view: "catalogue", ready: "[role=alert]" },
  { name: "catalogue-loading", scene: "loading", view: "catalogue" },
  { name: "catalogue-editor", scene: "idle", view: "catalogue", ready: id("product-OAT-1L"), after: async (page) => (await page.click(`${id("product-OAT-1L")} button`), await page.waitForSelector("[role=dialog]")) },
  { name: "catalogue-import", scene: "idle", view: "catalogue", ready: id("import-button"), after: async (page) => (await page.click(id("import-button")), await page.click(id("import-choose")), await page.waitForSelector("[role=dialog] .outcome")) },
  { name: "catalogue-importing", scene: "idle", view: "catalogue", ready: id("import-button"), after: async (page) => (await page.click(id("import-button")), await page.click(id("import-choose")), await page.click(id("import-run")), await page.waitForSelector(id("import-stop"))) },
  { name: "orders", scene: "live", view: "orders", ready: id("order-row") },
  { name: "orders-empty", scene: "empty", view: "orders" },
  { name: "orders-error", scene: "broken", view: "orders", ready: "[role=alert]" },
  { name: "orders-sale", scene: "idle", view: "orders", ready: id("venue-sale"), after: async (page) => (await page.click(id("venue-sale")), await page.click(id("sale-add-OAT-1L")), await page.click(id("sale-add-TEA-JAS")), await page.waitForTimeout(300)) },
  { name: "settings", scene: "idle", view: "settings", ready: id("doctor-run"), after: async (page) => (await page.click(id("doctor-run")), await page.locator(id("check-key")).scrollIntoViewIfNeeded(), await page.waitForTimeout(100)) },
  { name: "settings-wrong", scene: "idle", view: "settings", ready: id("bitrate"), after: async (page) => (await page.fill(id("destination-url"), "http://x/y"), await page.fill(id("bitrate"), "99"), await page.press(id("bitrate"), "Tab"), await page.locator(id("bitrate")).scrollIntoViewIfNeeded()) },
  { name: "settings-empty", scene: "empty", view: "settings", ready: id("doctor-run") },
];

async function scrollFar(page) {
  await page.evaluate((at) => document.querySelector(at)?.scrollTo(0, 56 * 54_321), id("catalogue-rows"));
  await page.waitForFunction(() => document.querySelectorAll('[data-testid^="product-"][aria-rowindex="54325"]').length === 1);
}

const failures = [];
let checked = 0;

async function shoot(context, screen, language, theme, size) {
  const page = await context.newPage();
  const label = `${screen.name} ${language} ${theme} ${size.width}`;
  page.on("pageerror", (error) => failures.push(`${label}: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && failures.push(`${label}: console: ${message.text()}`));
  try {
    await page.goto(`${site.base}?scene=${screen.scene}&lang=${language}&theme=${theme}#/${screen.view}`);
    await page.waitForSelector(id("view-" + screen.view), { timeout: 30_000 });
    if (screen.ready) await page.waitForSelector(screen.ready, { timeout: 30_000 });
    await page.waitForTimeout(400);
    await screen.after?.(page);
    await page.waitForTimeout(350);
    await page.screenshot({ path: join(out, `${screen.name}.${language}.${theme}.${size.width}.png`) });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight);
    if (wide) failures.push(`${label}: the window scrolls`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const one of violations) failures.push(`${label}: axe ${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`).slice(0, 3).join(" | ")}`);
    checked += 1;
  } catch (error) {
    failures.push(`${label}: ${error.message.split("\n")[0]}`);
  } finally {
    await page.close();
  }
}

const site = await serve();
const browser = await launch();
const SIZES = [{ width: 1280, height: 720 }, { width: 1440, height: 900 }];
/** Most of a visit is waiting for the simulated show: a few at once keep two cores busy. */
const AT_ONCE = 4;
const visits = SIZES.flatMap((size) =>
  ["zh-CN", "en"].flatMap((language) =>
    ["dark", "light"].flatMap((theme) => SCREENS.map((screen) => ({ screen, language, theme, size }))),
  ),
)
  .filter(({ screen }) => !args.only || screen.name.startsWith(args.only))
  .filter(({ size }) => !args.small || size.width === 1280)
  .filter(({ language, theme, size }) => !args.quick || (size.width === 1280 && (language === "en") === (theme === "light")));

async function worker() {
  for (let visit = visits.shift(); visit; visit = visits.shift()) {
    const { screen, language, theme, size } = visit;
    const context = await browser.newContext({ viewport: size, locale: language, reducedMotion: "reduce" });
    await shoot(context, screen, language, theme, size);
    await context.close();
  }
}

try {
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
} finally {
  await browser.close();
  site.close();
}
for (const line of failures) console.error(`failed: ${line}`);
console.log(`pictures: ${out}`);
console.log(`${checked} passed, ${failures.length} failed`);
process.exit(failures.length > 0 ? 1 : 0);
