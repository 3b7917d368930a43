import { expect, it } from "vitest";
import { subject } from "./notices.svelte";

it("keeps of what changes only the newest, and of all else what differs", () => {
  const of = (code: string, message = "", about?: string) => subject({ code, about, message });
  expect(of("overload", "recognition lowered", "recognition lowered")).toBe(of("overload_over", "recognition as before", "recognition as before"));
  expect(of("losses", "1 %", "1 %")).toBe(of("losses", "3 %", "3 %"));
  expect(of("losses")).not.toBe(of("overload"));
  expect(of("bad_input", "a")).not.toBe(of("bad_input", "b"));
  expect(of("replay_saved", "a.mp4")).not.toBe(of("replay_saved", "b.mp4"));
});

it("knows the states of one thing from those of another of its kind", () => {
  const rows: [string, string, string, string, boolean][] = [
    ["mic_lost", "", "mic_back", "", true],
    ["one_mic_lost", "NT-USB", "one_mic_back", "NT-USB", true],
    ["one_mic_lost", "NT-USB", "one_mic_lost", "Built-in", false],
    ["mic_missing", "NT-USB", "mic_chosen", "NT-USB", true],
    ["one_mic_narrow", "AirPods", "one_mic_wide", "AirPods", true],
    ["one_mic_narrow", "AirPods", "one_mic_lost", "AirPods", false],
    ["one_mic_narrow", "AirPods", "one_mic_wide", "NT-USB", false],
    ["encode_lost", "16:9", "encode_mended", "16:9", true],
    ["encode_lost", "16:9", "encode_mended", "9:16", false],
    // A show of two canvases has two recordings, and one notice for both.
    ["recording_recovered", "show-a.mp4", "recording_recovered", "show-a-9x16.mp4", true],
    ["recording_recovered", "show-a.mp4", "recording_recovered", "show-b.mp4", false],
  ];
  for (const [code, about, later, named, same] of rows) {
    const [one, other] = [subject({ code, about, message: "a" }), subject({ code: later, about: named, message: "b" })];
    expect(one === other, `${code} ${about}, ${later} ${named}`).toBe(same);
  }
});
