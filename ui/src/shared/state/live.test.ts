import { expect, it, vi } from "vitest";
import type { Backend, LiveLine, ProductView, Snapshot } from "../../ipc";
import { Live } from "./live.svelte";
import { Notices } from "./notices.svelte";
import { box, row, sample } from "./sample";

const CATALOGUE = [{ sku: "TEA-JAS-2", title: "Two teas" }, { sku: "TEA-JAS", title: "Jasmine tea" }] as ProductView[];

/** A window on a studio that writes down what it is asked to do. */
async function rig(change: Partial<Snapshot> = {}) {
  const done: string[] = [];
  const note = (what: string) => () => Promise.resolve(void done.push(what));
  const hear: { live?: (line: LiveLine) => void; close?: () => void } = {};
  const backend = {
    snapshot: () => Promise.resolve(sample({ show: { state: "live" }, show_id: "s", ...change })),
    onSnapshot: () => Promise.resolve(() => {}),
    onLive: (listener: (line: LiveLine) => void) => Promise.resolve(((hear.live = listener), () => {})),
    onClose: (listener: () => void) => Promise.resolve(((hear.close = listener), () => {})),
    liveEnd: note("end"),
    liveRecord: () => Promise.resolve((done.push("record"), "b.mkv")),
    liveRecordStop: note("stop recording"),
    liveUndo: note("undo"),
    liveName: (track, sku) => note(`name ${track} ${sku}`)(),
    catalogueList: (query) => Promise.resolve({ products: CATALOGUE.filter((one) => one.sku.includes(query)), total: 0, or_more: false }),
    catalogueForgetLesson: (id) => note(`forget ${id}`)(),
    catalogueForgetLessons: () => Promise.resolve((done.push("forget all"), 2)),
    windowAsks: note("asks"),
    windowStay: note("stay"),
    windowClose: note("close"),
  } as Partial<Backend> as Backend;
  const live = new Live(backend, new Notices());
  await live.open();
  live.close();
  return { live, done, hear };
}

it("asks before a show ends, and only while one can be ended", async () => {
  const { live, done } = await rig();
  live.askToEnd();
  expect([live.asking, done]).toEqual(["end", []]);
  await live.answer(false);
  expect([live.asking, done]).toEqual([null, []]);
  live.askToEnd();
  await live.answer(true);
  await live.answer(true);
  expect(done, "one answer counts once").toEqual(["end"]);
  for (const state of ["idle", "ending", "ended"] as const) {
    const off = await rig({ show: { state } });
    off.live.askToEnd();
    expect(off.live.asking, state).toBeNull();
  }
});

it("asks before a recording is ended, begins one at once, and cuts from what was just ended", async () => {
  const recording = { canvas: "16:9", first: "a.mkv", path: "a.mkv", duration_ms: 9000, size_bytes: 1, stopped: null, stopped_code: null, parts: 1, minutes_left: null, lost_pictures: 0, missing_s: 0, upright: null };
  const { live, done } = await rig({ recording });
  const seen = (now: Snapshot["recording"]) => live.take(sample({ show: { state: "live" }, show_id: "s", recording: now }));
  await live.record();
  expect([live.asking, done]).toEqual(["record", []]);
  await live.answer(false);
  expect([live.asking, done]).toEqual([null, []]);
  await live.record();
  await live.answer(true);
  expect(done).toEqual(["stop recording"]);
  seen(null);
  expect(live.cuttable).toEqual([{ file: "a.mkv", durationMs: 9000 }]);
  await live.record();
  expect([live.asking, done]).toEqual([null, ["stop recording", "record"]]);
  seen({ ...recording, first: "b.mkv" });
  expect(live.cuttable.map((one) => one.file)).toEqual(["b.mkv", "a.mkv"]);
  await live.record();
  // It stopped by itself meanwhile: there is nothing to end.
  seen({ ...recording, first: "b.mkv", stopped: "full" });
  expect(live.asking).toBeNull();
  live.askToEnd();
  expect(live.asking).toBe("end");
});

it("tells the window that it asks, and what the host answered", async () => {
  const { live, done, hear } = await rig();
  hear.close?.();
  hear.close?.();
  expect([live.asking, done]).toEqual(["close", ["asks", "asks"]]);
  await live.answer(false);
  expect(done.slice(2)).toEqual(["stay"]);
  live.askToEnd();
  hear.close?.();
  expect(live.asking, "closing is the larger question").toBe("close");
  live.askToEnd();
  expect(live.asking).toBe("close");
  await live.answer(true);
  expect(done.slice(3)).toEqual(["asks", "close"]);
});

it("shows a notice under what it is about", async () => {
  const { live, hear } = await rig();
  const message = "the microphone is back";
  hear.live?.({ t_ms: 1, event: "notice", code: "source_unavailable", why_code: "mic_back", message });
  hear.live?.({ t_ms: 2, event: "notice", code: "conflict", message: "refused" });
  hear.live?.({ t_ms: 3, event: "notice", code: "bad_input", why_code: "listings_refused", about: "Tea (A)", message: "too dear" });
  expect(live.notices.all.map((one) => [one.code, one.about])).toEqual([["mic_back", undefined], ["conflict", undefined], ["listings_refused", "Tea (A)"]]);
});

it("forgets what was said of a microphone when another one is heard", async () => {
  const { live, hear } = await rig();
  for (const why_code of ["mic_lost", "mic_narrow", "slept"] as const) hear.live?.({ t_ms: 1, event: "notice", code: "internal", why_code, message: why_code });
  hear.live?.({ t_ms: 2, event: "notice", code: "source_unavailable", why_code: "mic_chosen", about: "NT-USB", message: "NT-USB is heard now" });
  expect(live.notices.all.map((one) => [one.code, one.tone])).toEqual([["slept", "warn"], ["mic_chosen", "info"]]);
});

const learned = (sku: string, is_it: boolean): LiveLine => ({ t_ms: 1, event: "learned", lesson_id: `l-${sku}`, sku, is_it });

it("says what was learned by its title, and takes it back", async () => {
  const { live, done, hear } = await rig({ running_order: [{ ...row("A"), title: "Oat drink" }] });
  const said = () => live.notices.all.map((one) => [one.code, one.about]);
  for (const line of [learned("A", true), learned("TEA-JAS", false), learned("GONE", true)]) hear.live?.(line);
  await vi.waitFor(() => expect(said()).toEqual([["learned", "Oat drink"], ["learned_not", "Jasmine tea"], ["learned", "GONE"]]));
  const before = live.lessons;
  live.notices.all[1]?.action?.run();
  await vi.waitFor(() => expect(said().at(-1)?.[0]).toBe("lesson_forgotten"));
  expect([done, live.lessons]).toEqual([["forget l-TEA-JAS"], before + 1]);
  await live.forgetAll();
  expect([done.at(-1), live.lessons]).toEqual(["forget all", before + 2]);
});

it("says of an undo that it was taken back, until what was learned from it says more", async () => {
  const { live, hear } = await rig();
  const codes = () => live.notices.all.map((one) => one.code);
  await live.undo();
  expect(codes()).toEqual(["taught"]);
  hear.live?.(learned("A", false));
  await vi.waitFor(() => expect(codes()).toEqual(["learned_not"]));
  // The studio may have learned before it answers.
  const undoing = live.undo();
  hear.live?.(learned("B", false));
  await undoing;
  await vi.waitFor(() => expect(codes()).toEqual(["learned_not", "learned_not"]));
});

it("asks which product a thing is while a show runs, and tells the studio once", async () => {
  const { live, done } = await rig({ boxes: [{ ...box("A", "suggested"), track_id: 4 }] });
  live.askWhat();
  expect(live.naming).toEqual({ trackId: 4 });
  await live.name(null);
  expect([live.naming, done]).toEqual([null, []]);
  live.askWhat(9);
  await live.name("B");
  await live.name("B");
  expect(done).toEqual(["name 9 B"]);
  live.take(sample({ show: { state: "live" }, show_id: "s" }));
  live.askWhat();
  expect(live.naming, "what is held up").toEqual({ trackId: null });
  live.take(sample({ show: { state: "ended" } }));
  expect(live.naming, "the show is over").toBeNull();
  live.askWhat();
  expect(live.naming).toBeNull();
});

it("tells where the show goes while there is one, and no longer", async () => {
  const { live } = await rig();
  live.askWhere();
  expect(live.publishing).toBe(true);
  live.take(sample({ show: { state: "ended" } }));
  expect(live.publishing).toBe(false);
  live.askWhere();
  expect(live.publishing, "nothing is on air").toBe(false);
});
