import { expect, it } from "vitest";
import type { RecordingSummary, RecordingView, Summary } from "../ipc";
import { cuttableAfter, cuttableNow, endedBy, missingSeconds, recordDeeds, stoppedOf } from "./recording";

const view = (change: Partial<RecordingView> = {}): RecordingView => ({
  canvas: "16:9",
  first: "a/show.mkv",
  path: "a/show-part2.mkv",
  duration_ms: 9000,
  size_bytes: 1,
  stopped: null,
  stopped_code: null,
  parts: 2,
  minutes_left: null,
  lost_pictures: 0,
  missing_s: 0,
  upright: null,
  ...change,
});
const full = { stopped: "no room", stopped_code: "disk_full" as const };
const upright = (change: Partial<RecordingView> = {}) => view({ canvas: "9:16", first: "a/show-9x16.mkv", ...change });

it("begins, begins again what stopped by itself, and can end what runs beside it", () => {
  expect(recordDeeds(null)).toEqual(["start"]);
  expect(recordDeeds(view())).toEqual(["stop"]);
  expect(recordDeeds(view(full))).toEqual(["again"]);
  expect(recordDeeds(view({ upright: upright() }))).toEqual(["stop"]);
  expect(recordDeeds(view({ upright: upright(full) }))).toEqual(["again", "stop"]);
  expect(recordDeeds(view({ ...full, upright: upright() }))).toEqual(["again", "stop"]);
  expect(recordDeeds(view({ ...full, upright: upright(full) }))).toEqual(["again"]);
});

it("keeps what was ended on air, so that there is something to cut", () => {
  const [main, tall] = [{ file: "a/show.mkv", durationMs: 9000 }, { file: "a/show-9x16.mkv", durationMs: 9000 }];
  const both = view({ upright: upright() });
  expect(endedBy([], null, both)).toEqual([]);
  expect(endedBy([], both, view({ duration_ms: 9200, upright: upright() }))).toEqual([]);
  expect(endedBy([], both, null)).toEqual([main, tall]);
  expect(endedBy([], view({ duration_ms: 0 }), null)).toEqual([]);
  // The upright one was begun anew, in another file.
  expect(endedBy([main], both, view({ upright: upright({ first: "a/show-2-9x16.mkv" }) }))).toEqual([tall, main]);
});

it("names the canvas whose recording stopped where there are two", () => {
  expect(stoppedOf(null)).toBeNull();
  expect(stoppedOf(view({ upright: upright() }))).toBeNull();
  expect(stoppedOf(view(full))?.canvas).toBeNull();
  expect(stoppedOf(view({ upright: upright(full) }))).toEqual({ canvas: "9:16", why: { key: "why.recording.disk_full", text: "no room" } });
  expect(stoppedOf(view({ ...full, upright: upright() }))?.canvas).toBe("16:9");
});

it("says how many seconds the disk did not take", () => {
  expect(missingSeconds(view())).toBe(0);
  expect(missingSeconds(view({ missing_s: 11, upright: upright({ missing_s: 1 }) }))).toBe(11);
  expect(missingSeconds(view({ upright: upright({ missing_s: 4 }) }))).toBe(4);
});

it("cuts through the parts of a recording from its first file on", () => {
  expect(cuttableNow(view({ upright: upright({ duration_ms: 0 }) }))).toEqual([{ file: "a/show.mkv", durationMs: 9000 }]);
  const part = (path: string, duration_ms: number) => ({ path, began: 0, duration_ms });
  const summary = (paths: [string, number][]): RecordingSummary => ({ path: "", duration_ms: 0, lost_pictures: 0, parts: paths.map(([path, ms]) => part(path, ms)) });
  const recording = { ...summary([["a.mp4", 60], ["a-part2.mp4", 30], ["a-2.mp4", 5]]), upright: summary([["a-9x16.mp4", 90]]) };
  expect(cuttableAfter({ recording } as Summary)).toEqual([
    { file: "a.mp4", durationMs: 90 },
    { file: "a-2.mp4", durationMs: 5 },
    { file: "a-9x16.mp4", durationMs: 90 },
  ]);
  expect(cuttableAfter({ recording: null } as Summary)).toEqual([]);
});
