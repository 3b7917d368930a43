import { expect, it } from "vitest";
import type { EncodeView } from "../ipc";
import { fullest, load, ofRecording } from "./load";

const encode = (name: string, picture_ms: number, fps = 30): EncodeView => ({ name, encoder: "x264enc", width: 1280, height: 720, fps, bitrate_bps: 1, picture_ms });

it("finds the encode that has least time left", () => {
  const [wide, upright] = [encode("16:9", 10), encode("9:16", 26)];
  expect(fullest([wide, upright])).toBe(upright);
  expect(fullest([])).toBeNull();
  expect(load(upright)).toBeCloseTo(0.78);
});

it("tells the encode of a recording from those that viewers see", () => {
  expect(["16:9", "16:9 360p", "16:9 recording", "9:16 recording"].map((name) => ofRecording(encode(name, 1)))).toEqual([false, false, true, true]);
});
