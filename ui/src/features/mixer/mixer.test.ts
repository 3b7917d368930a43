import { expect, it, vi } from "vitest";
import type { SoundInputView } from "../../ipc";
import { sample } from "../../shared/state/sample";
import { decibels, hold, share, shown } from "./ballistics";
import { newest } from "./feed";
import { allMicrophones, pressed } from "./mute";

const input = (id: string, kind: SoundInputView["kind"], muted: boolean) => ({ id, kind, muted }) as SoundInputView;

it("lays loudness on a bar of 60 dB", () => {
  expect([null, -90, -60, -30, 0, 3].map(share)).toEqual([0, 0, 0, 0.5, 1, 1]);
});

it("lets a peak stand for a moment and fall then", () => {
  let held = hold(null, -6, 0);
  held = hold(held, -30, 1400);
  expect(shown(held, 1400)).toBe(-6);
  held = hold(held, -30, 2000);
  expect(shown(held, 2000)).toBeCloseTo(-18);
  held = hold(held, -10, 2100);
  expect(shown(held, 2100), "what is louder takes its place").toBe(-10);
  expect(hold(held, null, 9000), "silence leaves nothing").toBeNull();
});

it("writes gains with their sign", () => {
  expect([3.5, -12, 0, -0.04].map(decibels)).toEqual(["+3.5", "−12.0", "0.0", "0.0"]);
});

it("gives a microphone back to itself and opens a clip", () => {
  expect(pressed(input("mic", "microphone", false))).toBe(true);
  expect(pressed(input("mic", "microphone", true))).toBeNull();
  expect(pressed(input("2", "source", true))).toBe(false);
});

it("mutes every open microphone with one key, and opens all when none is", () => {
  const desk = (...inputs: SoundInputView[]) => ({ ...sample().sound, inputs });
  const clip = input("2", "source", false);
  expect(allMicrophones(desk(input("mic", "microphone", false), input("mic-2", "microphone", true), clip))).toEqual([{ input: "mic", to: true }]);
  expect(allMicrophones(desk(input("mic", "microphone", true), input("mic-2", "microphone", true), clip)).map(({ to }) => to)).toEqual([null, null]);
  expect(allMicrophones(desk(clip))).toEqual([]);
});

it("goes on sending after a value that was refused", async () => {
  const sent: number[] = [];
  const send = newest((value: number) => (sent.push(value), value === 1 ? Promise.reject(new Error("refused")) : Promise.resolve()));
  send(1);
  await vi.waitFor(() => (send(2), expect(sent).toContain(2)));
});

it("sends the newest value when the one before has arrived", async () => {
  const sent: number[] = [];
  const arrived: (() => void)[] = [];
  const send = newest((value: number) => new Promise<void>((done) => (sent.push(value), arrived.push(done))));
  for (const value of [1, 2, 3]) send(value);
  expect(sent).toEqual([1]);
  arrived[0]?.();
  await vi.waitFor(() => expect(sent).toEqual([1, 3]));
  arrived[1]?.();
  await vi.waitFor(() => (send(4), expect(sent).toEqual([1, 3, 4])));
});
