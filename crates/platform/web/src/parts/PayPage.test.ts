import { render } from "svelte/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ClaimToPay, Stand } from "../lib/claims";

// The page's language is chosen as soon as it is asked for.
vi.stubGlobal("document", { documentElement: {} });
vi.stubGlobal("navigator", { languages: ["en"] });
const { default: PayPage } = await import("./PayPage.svelte");
const { PayLink } = await import("../state/pay.svelte");
const { language } = await import("../state/language.svelte");

const yuan = (minor: number) => ({ minor, currency: "CNY" });
const claim = (stand: Stand, more: Partial<ClaimToPay> = {}): ClaimToPay =>
  ({
    show_id: "7",
    title: "Evening",
    shop_name: "Ada's",
    is_running: true,
    lines: [{ sku: "A/1", title: "Tea", qty: 2, unit_price: yuan(1_000) }],
    goods: yuan(2_000),
    shipping: yuan(800),
    total: yuan(2_800),
    ...stand,
    ...more,
  }) as ClaimToPay;

/** What the platform answers to each request, by the last word of its address. */
let answers: Record<string, unknown> = {};
let asked: { what: string; body: Record<string, unknown> }[] = [];
beforeEach(() => {
  asked = [];
  vi.useFakeTimers();
  vi.stubGlobal("fetch", (url: string, { body }: { body: string }) => {
    const what = url.slice(url.lastIndexOf("/") + 1);
    asked.push({ what, body: JSON.parse(body) as Record<string, unknown> });
    const answer = answers[what];
    const status = answer !== null && typeof answer === "object" && "code" in answer ? 410 : 200;
    return Promise.resolve(new Response(JSON.stringify(answer), { status }));
  });
});
afterEach(() => void vi.useRealTimers());

async function open(found: unknown): Promise<InstanceType<typeof PayLink>> {
  answers = { look: found };
  const link = new PayLink("token");
  await link.load();
  return link;
}
const body = (link: InstanceType<typeof PayLink>): string => render(PayPage, { props: { link } }).body;

test("a link shows what is paid, the shipping fee, and the time that is left", async () => {
  const page = body(await open(claim({ state: "reserved", expires_in_ms: 600_000 })));
  for (const said of ["Pay at Ada&#39;s", "Tea ×2", "¥20.00", "¥8.00", "¥28.00", "pay within 10:00"]) {
    expect(page.replaceAll("'", "&#39;")).toContain(said);
  }
  const free = body(await open(claim({ state: "invited", expires_in_ms: 60_000 }, { shipping: yuan(0), total: yuan(2_000) })));
  expect(free).toContain("Free");
  expect(free, "nobody is told that goods are held that are not").toContain("nothing is held yet");
});

test("each end says what happened and what can be done", async () => {
  const table: [Stand, Partial<ClaimToPay>, string, boolean][] = [
    [{ state: "paid" }, {}, "never charged twice", true],
    [{ state: "expired" }, {}, "The time to pay is over", true],
    [{ state: "expired" }, { is_running: false }, "The show has ended too", false],
    [{ state: "dropped" }, {}, "nothing was charged", true],
    [{ state: "waiting", place: 3 }, {}, "number 3 in line", true],
  ];
  for (const [stand, more, said, leads] of table) {
    const page = body(await open(claim(stand, more)));
    expect(page, stand.state).toContain(said);
    expect(page.includes("claim-again"), stand.state).toBe(leads);
    expect(page, "there is nothing to pay").not.toContain('data-testid="pay"');
  }
  expect(body(await open(claim({ state: "expired" })))).toContain('href="/s/7/A%2F1"');
  const forged = await open({ code: "forbidden" });
  expect([forged.state, body(forged)]).toEqual(["not_found", expect.stringContaining("isn")]);
});

test("paying holds the goods of the link, charges its total, and a total nobody saw is shown first", async () => {
  const link = await open(claim({ state: "reserved", expires_in_ms: 600_000 }));
  const form = { qty: 1, coupon: "", name: "Ada", phone: "13800138000", address: "1 Road", card: "4242424242424242" };
  answers["hold"] = { reservation_id: "r1", secret: "s", total: yuan(3_000), expires_in_ms: 500_000 };
  answers["pay"] = { state: "paid", order_id: "o1", total: yuan(3_000) };
  link.purchase.submit(form, yuan(2_800));
  await vi.advanceTimersByTimeAsync(0);
  expect(link.purchase.state).toMatchObject({ step: "held", trouble: "price_changed" });
  link.purchase.submit(form, yuan(3_000));
  await vi.advanceTimersByTimeAsync(0);
  expect(link.purchase.state).toMatchObject({ step: "done", receipt: { order_id: "o1" } });
  expect(asked.filter(({ what }) => what === "hold")).toEqual([{ what: "hold", body: { link: "token" } }]);
  expect(body(link)).toContain("o1");
});

test("who came too late, or took it back, is not told that a time is over or that goods went back", async () => {
  for (const [stand, said] of [
    [{ state: "refused", why: "sold_out" }, "Sold out."],
    [{ state: "dropped" }, "Cancelled."],
  ] as const) {
    const page = body(await open(claim(stand)));
    expect(page).toContain(said);
    expect(page).toContain("nothing was charged");
    expect(page).not.toContain("went back");
    expect(page).not.toContain("time to pay");
  }
});

test("the page speaks Chinese as well", async () => {
  language.toggle();
  const page = body(await open(claim({ state: "reserved", expires_in_ms: 600_000 })));
  for (const said of ["运费", "已为你留货", "合计"]) expect(page).toContain(said);
  expect(body(await open(claim({ state: "expired" })))).toContain("付款时间已过");
  language.toggle();
});
