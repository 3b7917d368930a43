// Brings a page to a stand: what the simulated studio does goes on until the view is there, then nothing moves any more.
// So a view is the same however busy the machine is, and is looked at in both themes as the very same page.

/** Runs before the page's own scripts. `?speed=` makes the show run faster than real. */
export function install() {
  const speed = Number(new URLSearchParams(location.search).get("speed") ?? 1);
  const native = { setTimeout: window.setTimeout.bind(window), setInterval: window.setInterval.bind(window) };
  const held = { show: false, all: false };
  window.setInterval = (act, ms, ...rest) => native.setInterval(() => held.show || act(...rest), ms / speed);
  window.setTimeout = (act, ms, ...rest) => native.setTimeout(() => held.all || act(...rest), ms);
  window.still = { held, setTimeout: native.setTimeout };
}

/** Waits until all of `shown` is there at once, and holds the show in that moment. */
export async function arrive(page, shown, everything) {
  const held = ([all, everything]) => {
    if (!all.every((one) => document.querySelector(one))) return false;
    window.still.held.show = true;
    window.still.held.all ||= everything;
    return true;
  };
  await page.waitForFunction(held, [shown, everything], { timeout: 30_000 }).catch(async () => {
    const missing = await page.evaluate((all) => all.filter((one) => !document.querySelector(one)), shown);
    throw new Error(`not there after 30 s: ${missing.join(", ") || "not all at once"}`);
  });
}

/** Waits until pictures are in, animations are over and nothing came or went for a while; then holds all. */
export async function settle(page, label) {
  const quiet = await page.evaluate(async () => {
    const QUIET_MS = 200;
    const LONG_MS = 15_000;
    const pause = (ms) => new Promise((done) => window.still.setTimeout(done, ms));
    const began = performance.now();
    let changed = began;
    const watch = new MutationObserver(() => (changed = performance.now()));
    watch.observe(document.body, { childList: true, subtree: true });
    await document.fonts.ready;
    const busy = () =>
      performance.now() - changed < QUIET_MS ||
      [...document.images].some((image) => !image.complete) ||
      document.getAnimations().some((one) => one.effect?.getComputedTiming().endTime !== Infinity && one.playState === "running");
    // In short steps: on a busy machine time passes in which the page could not do anything.
    while (busy() && performance.now() - began < LONG_MS) await pause(40);
    watch.disconnect();
    window.still.held.all = true;
    return performance.now() - began < LONG_MS;
  });
  if (!quiet) throw new Error(`${label} never comes to rest`);
}

/** Shows the page, which follows the system, in a theme. */
export async function wear(page, theme) {
  await page.emulateMedia({ colorScheme: theme });
  const worn = await page.evaluate(async (theme) => {
    const moving = () => document.getAnimations().some((one) => one.effect?.getComputedTiming().endTime !== Infinity && one.playState === "running");
    const began = performance.now();
    while ((document.documentElement.dataset.theme !== theme || moving()) && performance.now() - began < 15_000) await new Promise((done) => window.still.setTimeout(done, 10));
    return document.documentElement.dataset.theme;
  }, theme);
  if (worn !== theme) throw new Error(`the page stays ${worn} when the system turns ${theme}`);
}
