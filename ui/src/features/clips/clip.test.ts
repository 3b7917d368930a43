import { expect, it } from "vitest";
import { isFileName, position, suggested, suggestedName, trouble } from "./clip";

it("reads a position as the command line does", () => {
  expect(["90", "12.5", "1:30", " 1:02:03.5 ", "1：30", "0"].map(position)).toEqual([90_000, 12_500, 90_000, 3_723_500, 90_000, 0]);
  expect(["", "1:", "a", "-3", "1:2:3:4", "1e3"].map(position)).toEqual([null, null, null, null, null, null]);
});

it("suggests the last half minute under the recording's name", () => {
  expect(suggested({ file: "a", durationMs: 95_400 })).toEqual({ from: "1:05", to: "1:35" });
  expect(suggested({ file: "a", durationMs: 400 })).toEqual({ from: "0:00", to: "0:01" });
  expect(suggestedName("/a/晚场.1.mkv", "1:05")).toBe("晚场.1-1-05");
  expect(suggestedName("C:\\a\\show.mp4", "1:02:03.5")).toBe("show-1-02-03-5");
});

it("takes the name of a file and no folder", () => {
  expect(["clip", "晚场.1", "a.mp4"].map(isFileName)).toEqual([true, true, true]);
  expect(["", " ", "..", "a/b", "a\\b", "c:b"].map(isFileName)).toEqual([false, false, false, false, false, false]);
});

it("says what keeps a clip from being cut", () => {
  const recording = { file: "a", durationMs: 60_000 };
  const of = (from: string, to: string, name = "clip", written = false) => trouble({ from, to, name }, recording, written);
  expect(of("0:10", "0:20")).toBeNull();
  expect(of("ten", "0:20")).toBe("clip.badTime");
  expect(of("0:20", "0:20")).toBe("clip.order");
  expect(of("1:00", "1:20")).toBe("clip.beyond");
  expect(of("1:00", "1:20", "clip", true)).toBeNull();
  expect(of("0:10", "0:20", "a/b")).toBe("clip.badName");
});
