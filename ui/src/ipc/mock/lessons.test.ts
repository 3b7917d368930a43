import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LiveLine } from "../bindings";
import { MockDestinations } from "./destinations";
import { GOODS } from "./goods";
import { LOOK_MS, MockLessons, lessonCalls } from "./lessons";
import { MockShow } from "./show";
import { troubleOf } from "./trouble";

/** Late enough into the first product's turn that it is pinned. */
const PINNED_S = 6;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function rig(at: number | null = PINNED_S, stocked = GOODS) {
  const learned: string[] = [];
  const emit = (line: LiveLine) => void (line.event === "learned" && learned.push(`${line.sku} ${line.is_it ? "is it" : "is not it"}`));
  const goods = new Map(stocked.map((good) => [good.sku, good]));
  const show = new MockShow(goods, new MockDestinations(), "en", troubleOf("live"), emit, () => 9, () => 1);
  if (at !== null) show.start(at);
  const lessons = new MockLessons(stocked, (sku) => goods.get(sku)?.en, emit);
  const calls = lessonCalls(show, lessons);
  const newest = async () => (await calls.catalogueLessons())[0];
  return { show, calls, learned, newest, look: () => vi.advanceTimersByTime(LOOK_MS) };
}

it("learns from an undo that what is shown is not the product, and says so once it has looked", async () => {
  const { show, calls, learned, newest, look } = rig();
  await calls.liveUndo();
  expect(learned).toEqual([]);
  look();
  expect(learned).toEqual(["OAT-1L is not it"]);
  expect(await newest()).toMatchObject({ sku: "OAT-1L", title: "Oat drink original 1 L", is_it: false, has_crop: true });
  expect([show.pinned(), show.boxes(show.t)[0]?.tag]).toEqual([null, null]);
});

it("learns from a confirmed suggestion, and from a name what it was wrongly taken for", async () => {
  const { calls, learned, look } = rig();
  await calls.liveConfirm();
  await calls.liveName(null, "TEA-JAS");
  await calls.liveName(null, "APL-1L");
  look();
  expect(learned).toEqual(["OAT-1L is it", "OAT-1L is not it", "TEA-JAS is it", "APL-1L is it"]);
});

it("learns nothing from an undo of a pin out of the list", async () => {
  const { show, calls, learned, look } = rig();
  show.pin("TEA-JAS");
  await calls.liveUndo();
  look();
  expect(learned).toEqual([]);
});

it("learns nothing from an undo while nothing is held up", async () => {
  const { calls, learned, look } = rig(15);
  await calls.liveUndo();
  look();
  expect(learned).toEqual([]);
});

it("pins what the host names by hand, and learns it, with and without its track", async () => {
  for (const track of [null, 0]) {
    const { show, calls, learned, newest, look } = rig();
    await calls.liveUndo();
    await calls.liveName(track, "TEA-JAS");
    look();
    expect(learned).toEqual(["OAT-1L is not it", "TEA-JAS is it"]);
    expect(await newest()).toMatchObject({ sku: "TEA-JAS", is_it: true });
    expect(show.pinned()).toMatchObject({ sku: "TEA-JAS", by_hand: true });
    expect(show.boxes(show.t)[0]?.tag).toMatchObject({ sku: "TEA-JAS", state: "pinned", why: ["hand"] });
  }
});

it("refuses to learn off air, of a product it does not know, and of a thing that is gone", async () => {
  await expect(rig(null).calls.liveName(null, "TEA-JAS")).rejects.toMatchObject({ code: "not_live" });
  const { calls } = rig();
  await expect(calls.liveName(null, "NONE")).rejects.toMatchObject({ code: "not_found" });
  await expect(calls.liveName(7, "TEA-JAS")).rejects.toMatchObject({ code: "not_found" });
  await expect(rig(15).calls.liveName(null, "TEA-JAS")).rejects.toMatchObject({ code: "not_found", hint: expect.stringContaining("hold") });
});

it("forgets one lesson or all of them, and has no picture where none was kept", async () => {
  const { calls } = rig();
  const before = await calls.catalogueLessons();
  const [first, ...others] = before.map((one) => one.lesson_id);
  await calls.catalogueForgetLesson(first ?? "");
  expect((await calls.catalogueLessons()).map((one) => one.lesson_id)).toEqual(others);
  await expect(calls.catalogueForgetLesson(first ?? "")).rejects.toMatchObject({ code: "not_found" });
  const faceless = before.find((one) => !one.has_crop);
  await expect(calls.catalogueLessonCrop(faceless?.lesson_id ?? "")).rejects.toMatchObject({ code: "not_found" });
  expect(await calls.catalogueForgetLessons()).toBe(others.length);
  expect(await calls.catalogueLessons()).toEqual([]);
});

it("has learned nothing of products that are not there", async () => {
  expect(await rig(null, []).calls.catalogueLessons()).toEqual([]);
});
