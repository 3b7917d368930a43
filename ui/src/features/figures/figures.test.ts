import { expect, it } from "vitest";
import type { OutputView } from "../../ipc";
import { lossName } from "../../shared/loss";
import { causes, loadTone, lostShare, lostTone, offsetTone, queueTone } from "./figures";

const output = (sent_pictures: number, dropped: number): OutputView => ({
  id: "d",
  name: "快手",
  url: "rtmp://x",
  state: "live",
  why: null,
  why_code: null,
  deadline_ms: null,
  bitrate_bps: 1,
  reconnects: 0,
  line: { queue_ms: 0, rtt_ms: null, sent_pictures, dropped, missed: 0, down_ms: 0, steered_bps: null },
  rendition: null,
  delay_ms: 0,
});

it("warns of an encoder from three quarters of its time on", () => {
  expect([0.74, 0.75, 0.99, 1].map(loadTone)).toEqual(["", "warn", "warn", "bad"]);
});

it("warns of a queue before it is full and of sound that is out of step either way", () => {
  expect([0, 299, 300, 1200].map(queueTone)).toEqual(["", "", "warn", "bad"]);
  expect([null, 44, -45, 60].map(offsetTone)).toEqual(["", "", "warn", "warn"]);
});

it("counts what is lost against what was to leave", () => {
  expect(lostShare(output(0, 0))).toBe(0);
  expect([output(990, 9), output(990, 10)].map(lostTone)).toEqual(["", "warn"]);
  expect(causes({ captured: 0, composed: 0, encoded: 0, by_canvas: {}, dropped: { source_late: 2, overload: 9, queue_full: 0 } })).toEqual([
    { cause: "overload", count: 9 },
    { cause: "source_late", count: 2 },
  ]);
});

it("names the destination a loss is about", () => {
  expect(lossName({ why: "destination", share: 0.02, destination: "d" }, [output(1, 1)])).toBe("快手");
  expect(lossName({ why: "network", share: 0.02, destination: null }, [output(1, 1)])).toBe("");
});
