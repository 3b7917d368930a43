import { expect, it } from "vitest";
import { subject } from "./notices.svelte";

it("keeps of what changes only the newest, and of all else what differs", () => {
  const of = (code: string, message = "") => subject({ code, message });
  expect(of("overload", "recognition lowered")).toBe(of("overload_over", "recognition as before"));
  expect(of("losses", "1 %")).toBe(of("losses", "3 %"));
  expect(of("recording_recovered", "a.mp4")).toBe(of("recording_recovered", "a-9x16.mp4"));
  expect(of("losses")).not.toBe(of("overload"));
  expect(of("bad_input", "a")).not.toBe(of("bad_input", "b"));
  expect(of("replay_saved", "a.mp4")).not.toBe(of("replay_saved", "b.mp4"));
});
