// Every view of the cockpit that is looked at, by the situation the simulated studio is in.
import { id } from "./browser.mjs";
import { openStatement } from "./flow-statement.mjs";

const row = "[role=log] .row";
const order = `[role=log] ${id("order-row")}`;
const picture = (state) => `${id("preview")}[data-picture="${state}"]`;
/** The second destination, whatever its name. */
const output = (state) => `[data-testid^="output-"][data-state="${state}"]:nth-child(2)`;
const health = (sentence) => `${id("health")}[data-sentence="${sentence}"]`;
const canStop = id("end-show");
/** The host may go live: the studio has answered. */
const canStart = `${id("go-live")}:not(:disabled)`;
const dialog = "[role=dialog]";
const notice = (code) => `${id("notice")}[data-code="${code}"]`;
const oat = id("product-OAT-1L");
const on = (screen) => ({ view: "live", speed: 5, ...screen });

async function click(page, ...names) {
  for (const name of names) await page.click(name.startsWith("[") || name.includes(" ") ? name : id(name));
}

/**
 * `scene`, `view`: what the window is opened on. `ready`: what must be there before `hand` does its part. `shown`: what is
 * there, all at the same time, when the view is looked at; what the show brings must come again, for a busy machine can
 * miss it once. `speed`: how much faster than real the simulated show runs.
 * `at: "once"`: the view passes, and is held the moment it is shown.
 */
export const VIEWS = [
  { name: "live-idle", scene: "idle", view: "live", shown: [picture("playing"), canStart, `${id("running-row-OAT-1L")} img`] },
  on({ name: "live-on-air", scene: "live", shown: [picture("playing"), id("pinned-card"), row, order, output("live")] }),
  on({ name: "live-degraded", scene: "degraded", shown: [picture("playing"), row, output("reconnecting")] }),
  on({ name: "live-camera-lost", scene: "camera-lost", shown: [picture("dark"), health("source_lost"), row, order] }),
  on({ name: "live-offline", scene: "offline", shown: [picture("playing"), `${id("confirm")}:not(:disabled)`, row, order] }),
  on({ name: "live-no-models", scene: "no-models", shown: [picture("playing"), row, order] }),
  { name: "live-empty", scene: "empty", view: "live", shown: [picture("dark"), health("noSource"), ".side .message"] },
  { name: "live-loading", scene: "loading", view: "live", shown: [picture("waiting"), ".skeleton"] },
  { name: "opening-locked", scene: "locked", view: "live", shown: [id("opening-retry")] },
  { name: "opening-passphrase", scene: "passphrase", view: "live", shown: [id("opening-passphrase")] },
  { name: "opening-code", scene: "no-key", view: "live", shown: [id("opening-code")] },
  { name: "live-error", scene: "broken", view: "live", ready: canStart, hand: (page) => click(page, "go-live"), shown: [picture("playing"), id("notice")] },
  { name: "live-confirm", scene: "live", view: "live", ready: id("end-show"), hand: (page) => click(page, "end-show"), shown: [picture("playing"), id("confirm-end")] },
  on({ name: "live-ended", scene: "live", ready: order, hand: (page) => click(page, "end-show", "confirm-end"), shown: [picture("playing"), id("summary")] }),
  on({ name: "live-clip", scene: "live", ready: id("clip-open"), hand: (page) => page.keyboard.press("k"), shown: [picture("playing"), `${id("clip-save")}:not(:disabled)`, row] }),
  on({ name: "live-clip-ended", scene: "live", ready: order, hand: cutWrong, shown: [`${id("clip-save")}:disabled`, `${id("clip-wrong")}:not(:empty)`] }),
  { name: "live-record-stop", scene: "live", view: "live", ready: id("clip-open"), hand: (page) => page.keyboard.press("c"), shown: [picture("playing"), id("confirm-record")] },
  { name: "live-shortcuts", scene: "idle", view: "live", ready: canStart, hand: (page) => page.keyboard.press("F1"), shown: [picture("playing"), dialog] },
  { name: "live-close", scene: "live", view: "live", ready: id("end-show"), hand: (page) => page.evaluate(() => dispatchEvent(new Event("mock-close"))), shown: [picture("playing"), id("confirm-end")] },
  { name: "live-no-destinations", scene: "no-destinations", view: "live", ready: id("outputs-retry"), hand: (page) => click(page, "go-live"), shown: [picture("playing"), id("notice"), id("outputs-retry")] },
  on({ name: "live-room-closed", scene: "room-closed", shown: [picture("playing"), row, `${output("failed")} .btn`] }),
  on({ name: "live-publishing", scene: "room-closed", ready: output("failed"), hand: (page) => page.keyboard.press("d"), shown: [picture("playing"), `${id("publishing")} [data-state="out"]`, `${id("publishing")} [data-state="failed"]`] }),
  on({ name: "live-publishing-address", scene: "room-closed", ready: output("failed"), hand: typeWrongAddress, shown: [`${id("new-address")} .wrong`] }),
  on({ name: "live-publishing-token", scene: "room-closed", ready: output("failed"), hand: typeToken, shown: [id("new-address-token"), `${id("new-address-save")}:not(:disabled)`] }),
  on({ name: "live-publishing-end", scene: "room-closed", ready: output("failed"), hand: askToUnpublish, shown: [id("confirm-unpublish")] }),
  on({ name: "live-publishing-empty", scene: "empty", ready: canStart, hand: (page) => click(page, "go-live", "publishing-open"), shown: [`${id("publishing")} .none`, `${id("publishing")} [data-state="live"]`] }),
  on({ name: "live-studio-mode", scene: "live", ready: id("studio-mode"), hand: (page) => click(page, "studio-mode"), shown: [picture("playing"), `${id("staged")}[data-picture="playing"]`, row] }),
  on({ name: "live-scene-change", scene: "live", ready: id("scene-change"), hand: slideTooLong, shown: [picture("playing"), `${id("scene-ms")}[aria-invalid="true"]`, row] }),
  on({ name: "live-other-size", scene: "live", ready: canStop, hand: tellOtherSize, shown: [picture("playing"), `${id("notice")}[data-code="other_size"]`, `${id("notice")}[data-code="other_encoder"]`] }),
  on({ name: "live-naming", scene: "live", ready: canStop, hand: (page) => page.keyboard.press("i"), shown: [picture("playing"), `${id("naming-search")}:focus`, `${id("naming-COF-12")} img`, `${id("naming")} [data-selected] img`] }),
  on({ name: "live-naming-nothing", scene: "live", ready: canStop, hand: searchInVain, shown: [picture("playing"), `${id("naming")} .message`] }),
  on({ name: "live-learned", scene: "live", ready: canStop, hand: tellLessons, shown: [picture("playing"), `${notice("learned")} ${id("notice-act")}`, notice("learned_not"), row] }),
  on({ name: "live-mixer", scene: "live", ready: canStop, hand: (page) => page.keyboard.press("x"), shown: [picture("playing"), id("strip-mic"), id("strip-mix"), row] }),
  on({ name: "live-claims", scene: "live", ready: id("claims-open"), hand: (page) => page.keyboard.press("q"), shown: [picture("playing"), `${id("claim-question")} kbd`, id("claim-waiting"), row] }),
  on({ name: "live-claims-offline", scene: "offline", ready: id("claims-open"), hand: answerOffline, shown: [`${id("claim-row")}[data-state="asked"]`, row] }),
  on({ name: "live-claims-off", scene: "no-models", ready: id("claims-open"), hand: (page) => click(page, "claims-open"), shown: [`${id("claims")} .message`, row] }),
  on({ name: "live-claims-rules", scene: "live", ready: id("claims-open"), hand: (page) => click(page, "claims-open", "claim-rules"), shown: [id("claim-words"), picture("playing")] }),
  on({ name: "live-claims-drop", scene: "live", ready: id("claims-open"), hand: askToLetGo, shown: [id("confirm-claim-drop")] }),
  on({ name: "live-offers", scene: "live", ready: id("offers-open"), hand: (page) => page.keyboard.press("o"), shown: [`${id("offer")}[data-state="open"]`, `${id("offer-pick-OAT-1L")} img`] }),
  on({ name: "live-offers-price", scene: "live", ready: id("offers-open"), hand: (page) => typeOffer(page), shown: [id("offer-coupon"), `${id("offer-wrong")}:not(:empty)`] }),
  on({ name: "live-offers-sure", scene: "live", ready: id("offers-open"), hand: (page) => typeOffer(page, "1"), shown: [id("offer-sure")] }),
  { name: "orders-offers-error", scene: "broken", view: "orders", hand: (page) => click(page, "orders-offers"), shown: [`${dialog} [role=alert]`] },
  { name: "orders-offers-empty", scene: "empty", view: "orders", hand: (page) => click(page, "orders-offers"), shown: [`${dialog} .message`] },
  on({ name: "live-figures", scene: "degraded", ready: canStop, hand: (page) => page.keyboard.press("s"), shown: [picture("playing"), `${id("figures")} tbody tr`, row] }),
  { name: "live-figures-idle", scene: "idle", view: "live", ready: id("figures-open"), hand: (page) => click(page, "figures-open"), shown: [`${id("figures")} .none`] },
  { name: "live-mixer-effects", scene: "idle", view: "live", ready: canStart, hand: openEffects, shown: [id("effects-of-mic"), `${id("strip-mic-2")}[data-muted="true"]`, `${id("hear-mix")}[aria-pressed="true"]`] },
  { name: "live-mixer-offset", scene: "idle", view: "live", ready: canStart, hand: setLatest, shown: [`${id("offset-mic")}[aria-valuetext*="000"]`], reach: id("offset-mic") },
  { name: "live-mixer-empty", scene: "empty", view: "live", ready: id("mixer-open"), hand: (page) => click(page, "mixer-open"), shown: [`${id("mixer")} .none`] },
  { name: "live-edit-order", scene: "idle", view: "live", ready: canStart, hand: (page) => click(page, "section.order header .btn"), shown: [picture("playing"), `${dialog} li`, `${dialog} img`] },
  { name: "scenes", scene: "live", view: "scenes", ready: id("scene-2"), hand: editScene, shown: [id("layer-form"), id("grip-se")] },
  { name: "scenes-wrong", scene: "idle", view: "scenes", ready: id("add-scene"), hand: (page) => click(page, "add-scene").then(() => page.fill(id("scene-name"), "")), shown: [`${id("save-scenes")}:disabled`, ".notes .bad"] },
  { name: "catalogue", scene: "offline", view: "catalogue", shown: [`${oat} img`] },
  { name: "catalogue-large", scene: "large", view: "catalogue", ready: `${id("catalogue-rows")} [role=row]`, hand: scrollFar, shown: ['[data-testid^="product-"][aria-rowindex="54325"] img'] },
  { name: "catalogue-empty", scene: "empty", view: "catalogue", shown: [".message"] },
  { name: "catalogue-error", scene: "broken", view: "catalogue", shown: ["[role=alert]"] },
  { name: "catalogue-loading", scene: "loading", view: "catalogue", shown: [".skeleton"] },
  { name: "catalogue-editor", scene: "idle", view: "catalogue", ready: oat, hand: (page) => click(page, `${oat} button`), shown: [`${dialog} ${id("save-product")}`, `${dialog} img`] },
  { name: "catalogue-lessons", scene: "idle", view: "catalogue", ready: oat, hand: (page) => click(page, `${oat} button`, "lessons-all"), shown: [`${id("lesson")}:nth-child(4)`, `${id("lesson")}:nth-child(1) img`, `${id("lesson")}:nth-child(4) img`], reach: `${id("lesson")}:nth-child(4)` },
  { name: "catalogue-lessons-none", scene: "idle", view: "catalogue", ready: oat, hand: (page) => click(page, `${id("product-APL-1L")} button`), shown: [`${id("lessons")} .hint:nth-child(3)`, `${dialog} img`] },
  { name: "catalogue-conflicts", scene: "degraded", view: "catalogue", ready: id("conflicts-button"), hand: (page) => click(page, "conflicts-button"), shown: [`${id("conflict")}:nth-child(2)`, `${dialog} ${id("conflict-mine")}`] },
  { name: "catalogue-import", scene: "idle", view: "catalogue", hand: (page) => click(page, "import-button", "import-choose"), shown: [`${dialog} .outcome`] },
  { name: "catalogue-importing", scene: "idle", view: "catalogue", hand: (page) => click(page, "import-button", "import-choose", "import-run"), shown: [id("import-stop"), id("import-progress")], at: "once" },
  { name: "catalogue-rehearsal", scene: "idle", view: "catalogue", ready: oat, hand: (page) => rehearse(page), shown: [`${id("readiness-HAND-75")} [data-advice="no_photo"]`, `${id("readiness-RICE-2K")} img`] },
  { name: "catalogue-rehearsal-alike", scene: "idle", view: "catalogue", ready: oat, hand: (page) => rehearse(page, "alike"), shown: [`${id("rehearsal")} img`] },
  { name: "catalogue-rehearsal-ready", scene: "idle", view: "catalogue", ready: oat, hand: (page) => rehearse(page, "ready"), shown: [`${id("readiness-OAT-1L")} img`] },
  { name: "catalogue-rehearsal-full", scene: "full", view: "catalogue", ready: oat, hand: rehearseFar, shown: [`${id("rehearsal")} [aria-posinset="150"] img`] },
  { name: "catalogue-price-sure", scene: "idle", view: "catalogue", ready: oat, hand: typeSlip, shown: [id("price-sure")] },
  { name: "catalogue-rehearsal-editor", scene: "idle", view: "catalogue", ready: oat, hand: rehearseAndEdit, shown: [`${dialog} ${id("save-product")}`, id("lessons")] },
  { name: "catalogue-rehearsal-working", scene: "idle", view: "catalogue", ready: oat, hand: (page) => click(page, "rehearse-button"), shown: [`${id("rehearsal")} progress`], at: "once" },
  { name: "catalogue-rehearsal-empty", scene: "empty", view: "catalogue", ready: id("rehearse-button"), hand: (page) => click(page, "rehearse-button"), shown: [`${id("rehearsal")} .message`] },
  { name: "catalogue-run-through", scene: "idle", view: "catalogue", ready: oat, hand: runThrough, shown: [`${id("run-through")}[data-stage="running"]`, `${id("asked-OAT-1L")} img`, id("run-next")], at: "once" },
  { name: "catalogue-run-through-wrong", scene: "idle", view: "catalogue", ready: oat, hand: (page) => runThroughTo(page, "RICE-2K", "taken_for"), shown: [`${id("asked-RICE-2K")} [data-verdict="taken_for"]`, `${id("asked-RICE-2K")} img`], at: "once" },
  { name: "catalogue-run-through-report", scene: "idle", view: "catalogue", ready: oat, hand: runThroughToTheEnd, shown: [`${id("run-report")} img`, id("reported-RICE-2K"), id("run-again")] },
  { name: "catalogue-rehearsal-many", scene: "large", view: "catalogue", ready: `${id("catalogue-rows")} img`, hand: (page) => click(page, "rehearse-button"), shown: [`${id("rehearsal")} [role=alert]`] },
  { name: "catalogue-rehearsal-error", scene: "no-models", view: "catalogue", ready: oat, hand: (page) => click(page, "rehearse-button"), shown: [`${id("rehearsal")} [role=alert] .btn`] },
  { name: "orders", scene: "live", view: "orders", shown: [id("order-row")] },
  { name: "orders-empty", scene: "empty", view: "orders", shown: [".message"] },
  { name: "orders-error", scene: "broken", view: "orders", shown: ["[role=alert]"] },
  { name: "orders-order", scene: "idle", view: "orders", hand: (page) => click(page, "order-open", "order-show-address", "order-next"), shown: [id("order-address"), id("order-parcel"), `${id("order-next")}:not(:disabled)`] },
  { name: "orders-refused", scene: "degraded", view: "orders", hand: (page) => click(page, "changes-refused"), shown: [id("change-seen")] },
  { name: "orders-refund", scene: "idle", view: "orders", hand: (page) => click(page, "order-open", "order-refund"), shown: [id("order-refund-sure")] },
  { name: "orders-market", scene: "degraded", view: "orders", hand: (page) => click(page, "market", "market-devices"), shown: [id("market-missing"), id("market-take-all")] },
  { name: "orders-sale", scene: "idle", view: "orders", hand: (page) => click(page, "venue-sale", "sale-add-OAT-1L", "sale-add-TEA-JAS"), shown: [`${id("sale-save")}:not(:disabled)`, `${dialog} img`] },
  { name: "orders-statement", scene: "idle", view: "orders", hand: openStatement, shown: [id("statement-apply"), id("statement-unclear"), id("statement-missing")] },
  { name: "settings", scene: "idle", view: "settings", hand: (page) => click(page, "doctor-run"), shown: [id("check-key"), id("providers-why")], reach: id("check-key") },
  { name: "settings-recording", scene: "idle", view: "settings", ready: id("record-quality"), hand: (page) => page.selectOption(id("record-quality"), "8M"), shown: [id("record-quality")], reach: id("record-quality") },
  { name: "settings-primary", scene: "idle", view: "settings", ready: id("destination-primary"), hand: (page) => page.locator('[data-testid^="destination-lead-"]').nth(1).click(), shown: ['li:nth-child(2) [data-testid^="destination-lead-"][aria-pressed="true"]'], reach: id("destination-primary") },
  { name: "settings-destination", scene: "live", view: "settings", ready: id("destination-form"), hand: (page) => page.locator('[data-testid^="destination-change-"]').nth(1).click(), shown: [`${id("destination-url")}:focus`, id("destination-save")], reach: id("destination-save") },
  { name: "settings-wrong", scene: "idle", view: "settings", ready: id("bitrate"), hand: writeWrong, shown: [`${id("bitrate")}[aria-invalid="true"]`], reach: id("bitrate") },
  { name: "settings-encoder", scene: "idle", view: "settings", ready: id("encoders-unusable"), hand: chooseEncoder, shown: [`${id("encoders-unusable")}[open]`], reach: id("encoder") },
  { name: "settings-learned", scene: "idle", view: "settings", shown: [`${id("forget-all")}:not(:disabled)`], reach: id("forget-all") },
  { name: "settings-learned-none", scene: "empty", view: "settings", shown: [`${id("forget-all")}:disabled`, id("lessons-count")], reach: id("forget-all") },
  { name: "settings-forget", scene: "idle", view: "settings", ready: `${id("forget-all")}:not(:disabled)`, hand: (page) => click(page, "forget-all"), shown: [id("confirm-forget-all")] },
  { name: "settings-formats", scene: "idle", view: "settings", ready: id("add-source"), hand: (page) => page.selectOption(id("add-source"), "@pw:42"), shown: [id("camera-format"), id("camera-format-3")], reach: id("camera-format-3") },
  { name: "settings-devices", scene: "idle", view: "settings", hand: (page) => click(page, "devices-open"), shown: [`${id("device")}:nth-child(4)`] },
  { name: "settings-devices-revoke", scene: "idle", view: "settings", hand: (page) => click(page, "devices-open", `${id("device")}:first-child ${id("device-revoke")}`), shown: [id("confirm-revoke")] },
  { name: "settings-devices-offline", scene: "offline", view: "settings", hand: (page) => click(page, "devices-open"), shown: [`${dialog} [role=alert]`] },
  { name: "settings-held", scene: "degraded", view: "settings", hand: (page) => click(page, "held-open"), shown: [`${id("held")}:nth-child(10)`, id("held-page")] },
  { name: "settings-held-decided", scene: "degraded", view: "settings", hand: (page) => click(page, "held-open", "held-older", "held-older"), shown: [`${id("held")}[data-state="applied"]`, `${id("held")}[data-state="discarded"]`] },
  { name: "settings-held-take", scene: "degraded", view: "settings", hand: (page) => click(page, "held-open", `${id("held")}:nth-child(3) ${id("held-take")}`), shown: [id("confirm-held")] },
  { name: "settings-held-none", scene: "idle", view: "settings", hand: (page) => click(page, "held-open"), shown: [`${dialog} .message`] },
  { name: "settings-empty", scene: "empty", view: "settings", shown: [id("doctor-run")] },
];

async function answerOffline(page) {
  await page.keyboard.press("q");
  await page.waitForSelector(`${id("claim-question")} kbd`);
  await page.keyboard.press("y");
}

async function askToLetGo(page) {
  await click(page, "claims-open");
  await page.waitForSelector(`${id("claim-question")} kbd`);
  await page.keyboard.press("n");
}

/** With a price that is none, or one that is asked about. */
async function typeOffer(page, price) {
  await page.keyboard.press("o");
  await click(page, "offer-pick-OAT-1L", "offer-more");
  await page.fill(id("offer-price"), price ?? "15.80");
  if (price) await click(page, "offer-make");
}

async function typeSlip(page) {
  await click(page, `${oat} button`);
  await page.locator('[role="dialog"] input[inputmode="decimal"]').first().fill("1.58");
  await click(page, "save-product");
}

async function openEffects(page) {
  await click(page, "mixer-open", "effects-mic", "gate-mic", "compressor-mic", "duck-mic-mic-2", "mute-mic-2", "hear-mix");
}

/** Opens the dialog and presses one of a row, by its place. */
async function pressOfRow(page, deed, place) {
  await page.keyboard.press("d");
  await page.locator(`${id("publishing")} li:nth-child(${place}) [data-testid^="${deed}-"]`).click();
}

async function typeWrongAddress(page) {
  await pressOfRow(page, "address", 2);
  await page.fill(id("new-address-url"), "ftp://push.example.cn/live/key");
  await page.press(id("new-address-url"), "Tab");
}

async function typeToken(page) {
  await pressOfRow(page, "address", 3);
  await page.fill(id("new-address-url"), "https://live.example/whip/room");
  await page.fill(id("new-address-token"), "t0ken");
}

async function askToUnpublish(page) {
  await pressOfRow(page, "end", 1);
}

/** Of a show that has two recordings, with an end that lies before the beginning. */
async function cutWrong(page) {
  await page.keyboard.press("c");
  await click(page, "confirm-record");
  await page.waitForSelector(`${id("record")}[data-deed="start"]`);
  await page.keyboard.press("c");
  await page.waitForSelector(`${id("record")}[data-deed="stop"]`);
  await click(page, "end-show", "confirm-end", "clip-open");
  await page.selectOption(id("clip-recording"), "1");
  await page.fill(id("clip-from"), "2:00");
  await page.fill(id("clip-to"), "1:00");
}

async function searchInVain(page) {
  await page.keyboard.press("i");
  await page.waitForSelector(`${id("naming-search")}:focus`);
  await page.keyboard.type("zzz");
}

async function tellLessons(page) {
  await page.evaluate(() => {
    const tell = (sku, is_it) => dispatchEvent(new CustomEvent("mock-event", { detail: { event: "learned", lesson_id: sku, sku, is_it } }));
    tell("OAT-1L", false);
    tell("TEA-JAS", true);
  });
}

async function editScene(page) {
  await click(page, "scene-2");
  await page.selectOption(id("add-layer"), "text");
}

async function scrollFar(page) {
  await page.evaluate((at) => document.querySelector(at)?.scrollTo(0, 56 * 54_321), id("catalogue-rows"));
  await page.waitForFunction(() => document.querySelectorAll('[data-testid^="product-"][aria-rowindex="54325"]').length === 1);
}

async function rehearse(page, kind = "todo") {
  await click(page, "rehearse-button", `rehearsal-${kind}`);
}

async function runThrough(page) {
  await click(page, "rehearse-button", "run-through-open");
  await page.waitForSelector(id("run-next"));
}

/** Goes on to a product, whatever comes of those before it, and waits for what comes of that one. */
async function runThroughTo(page, sku, verdict) {
  await runThrough(page);
  while ((await page.locator(id(`asked-${sku}`)).count()) === 0) {
    const before = await page.locator('[data-testid^="asked-"]').getAttribute("data-testid");
    await page.keyboard.press("s");
    await page.waitForSelector(id(before), { state: "detached" });
  }
  await page.waitForSelector(`${id(`asked-${sku}`)} [data-verdict="${verdict}"]`);
}

async function runThroughToTheEnd(page) {
  await runThroughTo(page, "RICE-2K", "taken_for");
  await page.keyboard.press("t");
  await page.keyboard.press("Escape");
  await page.waitForSelector(id("run-report"));
}

async function rehearseAndEdit(page) {
  await rehearse(page);
  await page.click(`${id("readiness-HAND-75")} .btn`);
}

/** In the middle of many, the heights of which are not known before they are seen. */
async function rehearseFar(page) {
  await rehearse(page);
  const there = `${id("rehearsal")} [aria-posinset="150"]`;
  for (let i = 0; i < 200 && (await page.locator(there).count()) === 0; i++) await page.locator(`${id("rehearsal")} .long`).evaluate((list) => list.scrollBy(0, 400));
}

async function chooseEncoder(page) {
  await page.selectOption(id("encoder"), "x264enc");
  await page.selectOption(id("preset"), "veryfast");
  await page.click(`${id("encoders-unusable")} summary`);
}

/** As the studio words it: see `other_size` in studio/show/media.rs and `instead_of` in media/encode/report.rs. */
async function tellOtherSize(page) {
  await page.evaluate(() => {
    const chinese = document.documentElement.lang.startsWith("zh");
    const say = (why_code, about) => dispatchEvent(new CustomEvent("mock-event", { detail: { event: "notice", code: "internal", why_code, about, message: about } }));
    say("other_size", chinese ? "Logitech C920 的画面现在是 640x480（之前是 1280x720），继续播出" : "Logitech C920 delivers 640x480 now, after 1280x720; the show goes on with it");
    say("other_encoder", chinese ? "vah264enc：插件已安装，但没有找到 VA-API 设备；直播改用 x264enc" : "vah264enc: the plugin is here, no VA-API device answers; the show uses x264enc instead");
  });
}

/** A sound as late as it can be. */
async function setLatest(page) {
  await click(page, "mixer-open", "effects-mic");
  await page.press(id("offset-mic"), "End");
}

async function slideTooLong(page) {
  await page.selectOption(id("scene-change"), "slide_bottom");
  await page.fill(id("scene-ms"), "9000");
  await page.press(id("scene-ms"), "Tab");
}

async function writeWrong(page) {
  await page.fill(id("fps"), "61");
  await page.fill(id("destination-url"), "http://x/y");
  await page.fill(id("bitrate"), "99");
  await page.press(id("bitrate"), "Tab");
}
