// Opens every view of the cockpit on the simulated show, in both languages and themes and two window sizes; axe must find
// nothing, every word must be there, nothing may scroll sideways, and the live view must fit.
//   node tests/screens.mjs [--out FOLDER] [--only NAME] [--small | --quick]     (needs `npm run build` first)
// --out: a picture of every view; without it only of the ones that fail, in a temporary folder.
// --small: the smaller window only, where room is scarcest; what CI runs.
// --quick: the smaller window only, Chinese dark and English light.
import { mkdir, mkdtemp, readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { id, launch, serve } from "./browser.mjs";
import { arrive, install, settle, wear } from "./still.mjs";
import { VIEWS } from "./views.mjs";

const { values: args } = parseArgs({ options: { out: { type: "string" }, only: { type: "string" }, small: { type: "boolean" }, quick: { type: "boolean" } } });
if (args.out) await mkdir(args.out, { recursive: true });
// In a scope of its own, with timers that still run when the page's are held.
const axe = `((setTimeout) => {${await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")}\n})(window.still.setTimeout)`;

/** What the page says when it has no word for something. */
const folderOfWords = new URL("../src/shared/i18n/", import.meta.url);
const words = await Promise.all((await readdir(folderOfWords)).filter((name) => name.endsWith("en.json")).map((name) => readFile(new URL(name, folderOfWords), "utf8")));
const keys = words.flatMap((text) => Object.keys(JSON.parse(text))).map((key) => key.replace(/_(one|other)$/, "")).filter((key) => key.includes("."));

const EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** The rules that can answer differently for the same page in another theme: tests/rules.test.ts holds themes to colours. */
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };
const SIZES = [{ width: 1280, height: 720 }, { width: 1440, height: 900 }];
/** Each language begins with another theme, so that both are seen by every rule. */
const THEMES = { "zh-CN": ["dark", "light"], en: ["light", "dark"] };
/** Some of a visit is waiting for the simulated show: more than cores, to keep them busy. */
const AT_ONCE = 3;

const failures = [];
let checked = 0;
let folder = args.out;

/** One view in one language and size: brought to a stand once, then looked at in each theme. */
async function visit(page, { screen, language, size, themes, number }) {
  const fail = (what) => failures.push(`${page.label}: ${what}`);
  page.label = `${screen.name} ${language} ${size.width}`;
  try {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: themes[0], reducedMotion: "reduce" });
    await page.mouse.move(0, 0);
    // The number keeps the browser from taking it for a walk inside the page before.
    await page.goto(`${site.base}?visit=${number}&speed=${screen.speed ?? 1}&scene=${screen.scene}&lang=${language}&theme=system#/${screen.view}`);
    await page.waitForSelector(id("view-" + screen.view), { timeout: 30_000 });
    if (screen.ready) await page.waitForSelector(screen.ready, { timeout: 30_000 });
    await screen.hand?.(page);
    await arrive(page, screen.shown, screen.at === "once");
    if (screen.reach) await page.locator(screen.reach).scrollIntoViewIfNeeded();
    await settle(page, screen.name);
    await page.evaluate(axe);
    let seen = null;
    for (const theme of themes) {
      page.label = `${screen.name} ${language} ${theme} ${size.width}`;
      await wear(page, theme);
      const before = failures.length;
      const now = await page.evaluate(() => document.body.outerHTML);
      await look(page, now === seen ? COLOURS : EVERYTHING, fail);
      seen = now;
      checked += 1;
      if (args.out || failures.length > before) await picture(page);
    }
  } catch (error) {
    fail(error.message.split("\n")[0]);
    await picture(page).catch(() => {});
  }
}

async function look(page, runOnly, fail) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight);
  if (wide) fail("the window scrolls");
  const wordless = await page.evaluate((keys) => {
    const said = document.evaluate("//body//text() | //body//@aria-label | //body//@title | //body//@placeholder", document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
    const texts = Array.from({ length: said.snapshotLength }, (_, i) => said.snapshotItem(i).nodeValue.trim());
    return keys.filter((key) => texts.includes(key));
  }, keys);
  if (wordless.length > 0) fail(`no words for ${wordless.join(", ")}`);
  const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly, preload: false, resultTypes: ["violations"] }), runOnly);
  for (const one of violations) fail(`axe ${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`).slice(0, 3).join(" | ")}`);
}

async function picture(page) {
  folder ??= await mkdtemp(join(tmpdir(), "hawker-screens-"));
  await page.screenshot({ path: join(folder, `${page.label.replaceAll(" ", ".")}.png`) });
}

const visits = SIZES.filter((size) => size.width === 1280 || !(args.small || args.quick)).flatMap((size) =>
  Object.entries(THEMES).flatMap(([language, themes]) =>
    VIEWS.filter((screen) => !args.only || screen.name.startsWith(args.only)).map((screen) => ({ screen, language, size, themes: args.quick ? themes.slice(0, 1) : themes })),
  ),
).map((one, number) => ({ ...one, number }));
const wanted = visits.reduce((sum, { themes }) => sum + themes.length, 0);
const site = await serve();
const browser = await launch();
/** A window of its own: pages behind another in one window are drawn once a second. */
async function open(language) {
  const context = await browser.newContext({ locale: language });
  await context.addInitScript(install);
  const page = await context.newPage();
  page.on("pageerror", (error) => failures.push(`${page.label}: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && failures.push(`${page.label}: console: ${message.text()}`));
  return page;
}

async function worker() {
  let [page, language] = [null, null];
  for (let next = visits.shift(); next; next = visits.shift()) {
    if (next.language !== language) {
      await page?.context().close();
      [page, language] = [await open(next.language), next.language];
    }
    await visit(page, next);
  }
}

try {
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
} finally {
  await browser.close();
  site.close();
}
if (checked < wanted) failures.push(`${checked} of ${wanted} views were looked at`);
for (const line of failures) console.error(`failed: ${line}`);
if (folder) console.log(`pictures: ${folder}`);
console.log(`${checked} passed, ${failures.length} failed`);
process.exit(failures.length > 0 || wanted === 0 ? 1 : 0);
