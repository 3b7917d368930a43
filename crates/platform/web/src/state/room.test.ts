import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Listener } from "../lib/updates";
import { Room } from "./room.svelte";

vi.mock("../lib/player", () => ({
  Player: class {
    pictureMs = null;
    start = () => Promise.resolve();
    close = () => undefined;
  },
}));

/** What the platform tells comes from the test. */
let told: Listener;
vi.mock("../lib/updates", () => ({ listen: (_: string, listener: Listener) => ((told = listener), { close: () => undefined }) }));

/** A platform that does not answer, and counts how often it is asked. */
let asked = 0;
let answer: () => Promise<Response> = () => Promise.reject(new TypeError("no network"));

beforeEach(() => {
  asked = 0;
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("fetch", () => ((asked += 1), answer()));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const room = () => new Room({ show: "s", sku: null, atMs: null });

test("trying again by hand tries at once and starts no second chain", async () => {
  const one = room();
  void one.enter();
  await vi.advanceTimersByTimeAsync(0);
  expect([asked, one.state]).toEqual([1, "offline"]);
  void one.enter();
  void one.enter();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked, "at once, and once").toBe(2);
  await vi.advanceTimersByTimeAsync(2_999);
  expect(asked).toBe(2);
  await vi.advanceTimersByTimeAsync(6_001);
  expect(asked, "one every three seconds").toBe(5);
});

test("a show that isn't there is not asked for again", async () => {
  answer = () => Promise.resolve(new Response(JSON.stringify({ code: "not_found" }), { status: 404 }));
  const one = room();
  void one.enter();
  await vi.advanceTimersByTimeAsync(30_000);
  expect([asked, one.state]).toEqual([1, "not_found"]);
});

test("a page asks which variant while it reads those that are sold, and waits for none that is not", async () => {
  const product = (sku: string) => ({ sku, title: sku, description: "", price: { minor: 100, currency: "CNY" }, available: 1, note: "plenty", photo_url: null });
  let shelf = [product("TEA"), product("RED")];
  answer = () => Promise.resolve(new Response(JSON.stringify({ show_id: "s", title: "", shop_name: "", live: true, flv_url: "/live/s.flv", shelf, pin: null })));
  const one = room();
  await one.enter();
  const stop = one.watch({} as HTMLVideoElement);
  const seen = () => [one.asks, one.choices.map((choice) => choice.sku), one.complete];

  let arrive = () => {};
  const [before, held] = [answer, new Promise<void>((resolve) => (arrive = resolve))];
  answer = () => held.then(before);
  told.shelf(["TEA", "RED", "BLUE"]);
  told.pin({ sku: "RED", variants: ["RED", "BLUE"], at: 0 });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(seen(), "none is sold as the one that is shown").toEqual([true, ["RED"], false]);
  shelf = [...shelf, product("BLUE")];
  arrive();
  await vi.advanceTimersByTimeAsync(0);
  expect(seen()).toEqual([true, ["RED", "BLUE"], true]);

  told.shelf(["TEA", "RED"]);
  expect(seen(), "it is no longer sold").toEqual([true, ["RED"], true]);
  answer = () => new Promise(() => undefined);
  told.shelf(["TEA", "RED", "MUG"]);
  expect(seen(), "what is asked for is none of them").toEqual([true, ["RED"], true]);
  answer = () => Promise.reject(new TypeError("no network"));
  told.shelf(["TEA", "RED", "BLUE"]);
  expect(seen()).toEqual([true, ["RED"], false]);
  await vi.advanceTimersByTimeAsync(0);
  expect(seen(), "it is not asked for any more").toEqual([true, ["RED"], true]);
  stop();
});

test("what is sold is read anew without the pin that was told since", async () => {
  const pin = (sku: string, at: number) => ({ sku, at });
  let pinned = pin("RED", 10);
  answer = () => Promise.resolve(new Response(JSON.stringify({ show_id: "s", title: "", shop_name: "", live: true, flv_url: "/live/s.flv", shelf: [], pin: pinned })));
  const one = room();
  await one.sync();
  const stop = one.watch({} as HTMLVideoElement);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(one.pinnedSku).toBe("RED");
  pinned = pin("BLUE", 20);
  await one.sync(false);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(one.pinnedSku, "it comes by itself").toBe("RED");
  await one.sync();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(one.pinnedSku).toBe("BLUE");
  stop();
});

test("offers are what the platform told last, and are counted down by its clock", async () => {
  vi.setSystemTime(1_000_000);
  const product = { sku: "TEA", title: "TEA", description: "", price: { minor: 1_580, currency: "CNY" }, available: 9, note: "plenty", photo_url: null };
  const offer = { offer_id: "o1", price: { minor: 990, currency: "CNY" }, left: 3, until_us: 9_000_000 };
  const show = { show_id: "s", title: "", shop_name: "", live: true, flv_url: "/live/s.flv", shelf: [{ ...product, offer }], pin: null, now_us: 4_000_000 };
  answer = () => Promise.resolve(new Response(JSON.stringify(show)));
  const one = room();
  await one.enter();
  expect([one.shelf[0]?.offer?.left, one.now]).toEqual([3, 4_000]);
  await vi.advanceTimersByTimeAsync(2_000);
  one.tick();
  expect(one.now, "whatever this machine's clock says").toBe(6_000);
  told.offers(new Map([["TEA", { ...offer, left: 1 }]]), 7_000_000);
  expect([one.shelf[0]?.offer?.left, one.now]).toEqual([1, 7_000]);
  told.offers(new Map(), 8_000_000);
  expect(one.shelf[0]?.offer).toBeUndefined();
});
