import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Room } from "./room.svelte";

/** A platform that does not answer, and counts how often it is asked. */
let asked = 0;
let answer: () => Promise<Response> = () => Promise.reject(new TypeError("no network"));

beforeEach(() => {
  asked = 0;
  vi.useFakeTimers();
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
