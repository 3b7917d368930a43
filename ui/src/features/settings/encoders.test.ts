import { expect, it } from "vitest";
import type { EncoderView } from "../../ipc";
import { choices, first, standsIn } from "./encoders";

const one = (name: string, works: boolean, is_first = false): EncoderView => ({ name, hardware: name.startsWith("nv") ? "NVIDIA" : null, works, first: is_first, words: { zh_cn: name, en: name } });
const FOUND = [one("vah264enc", false), one("nvh264enc", true, true), one("x264enc", true), one("openh264enc", false)];

it("offers what works, in the order of a show, and keeps what is set", () => {
  const names = (set: string | null, found = FOUND) => choices(found, set).map((choice) => choice.value);
  expect(names(null)).toEqual(["nvh264enc", "x264enc"]);
  expect(names("x264enc")).toEqual(["nvh264enc", "x264enc"]);
  expect(names("vah264enc"), "in its place").toEqual(["vah264enc", "nvh264enc", "x264enc"]);
  expect(names("mfh264enc"), "one of another system").toEqual(["nvh264enc", "x264enc", "mfh264enc"]);
  expect(names("x264enc", []), "before anything is known").toEqual(["x264enc"]);
});

it("says what stands in for one that does not work", () => {
  expect(first(FOUND)?.name).toBe("nvh264enc");
  expect([null, "nvh264enc", "x264enc"].map((set) => standsIn(FOUND, set))).toEqual([null, null, null]);
  expect(["vah264enc", "mfh264enc"].map((set) => standsIn(FOUND, set)?.name)).toEqual(["nvh264enc", "nvh264enc"]);
  expect(standsIn([], "mfh264enc"), "it may work").toBeNull();
});
