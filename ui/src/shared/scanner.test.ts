import { expect, test } from "vitest";
import { Scanner, withoutScan } from "./scanner";

const EAN = "6901234567892";

/** Types the keys with so many milliseconds between them; the codes that were heard. */
function typed(scanner: Scanner, keys: readonly string[], ms: number, from = 1_000): string[] {
  return keys.flatMap((key, i) => scanner.press({ key, at: from + i * ms }).code ?? []);
}

test("thirteen digits within 30 ms a key, ended by Enter or Tab, are a scan", () => {
  for (const end of ["Enter", "Tab"]) {
    for (const ms of [2, 15, 30]) expect(typed(new Scanner(), [...EAN, end], ms), `${end} at ${ms}`).toEqual([EAN]);
  }
});

test("slow typing is no scan, and neither is a burst that nothing ends", () => {
  expect(typed(new Scanner(), [...EAN, "Enter"], 31)).toEqual([]);
  expect(typed(new Scanner(), [...EAN, "Enter"], 120)).toEqual([]);
  const scanner = new Scanner();
  expect(typed(scanner, [...EAN], 5)).toEqual([]);
  expect(scanner.press({ key: "Enter", at: 60_000 }).code, "Enter a minute later is a person's").toBeNull();
});

test("a person's letters before a burst are not part of the code", () => {
  const scanner = new Scanner();
  typed(scanner, [..."tea"], 150, 0);
  expect(typed(scanner, [...EAN, "Enter"], 5, 2_000)).toEqual([EAN]);
  expect(typed(scanner, [...EAN, "Enter"], 5, 2_100), "the next one at once").toEqual([EAN]);
});

test("too few signs, too many, a held key and a shortcut are no scan", () => {
  expect(typed(new Scanner(), ["1", "2", "3", "Enter"], 5)).toEqual([]);
  expect(typed(new Scanner(), [..."9".repeat(65), "Enter"], 5)).toEqual([]);
  const held = new Scanner();
  for (let i = 0; i < 9; i++) held.press({ key: "1", at: i * 25, repeat: i > 0 });
  expect(held.press({ key: "Enter", at: 9 * 25 }).code).toBeNull();
  const shortcut = new Scanner();
  typed(shortcut, [..."690123"], 5, 0);
  shortcut.press({ key: "v", at: 35, ctrl: true });
  expect(shortcut.press({ key: "Enter", at: 40 }).code).toBeNull();
  expect(typed(new Scanner(), ["6", "9", "ArrowLeft", "0", "1", "Enter"], 5), "a scanner has no arrows").toEqual([]);
});

test("capitals of a shop's own code come with Shift and count", () => {
  const keys = ["Shift", "S", "Shift", "K", "Shift", "U", "-", "7", "Enter"];
  expect(typed(new Scanner(), keys, 5)).toEqual(["SKU-7"]);
});

test("a clock that goes back makes no scan", () => {
  const scanner = new Scanner();
  for (const [i, key] of [..."69012345"].entries()) scanner.press({ key, at: 1_000 - i * 5 });
  expect(scanner.press({ key: "Enter", at: 900 }).code).toBeNull();
});

test("from the second key on a burst is known, and a field gets its text back", () => {
  const scanner = new Scanner();
  expect(scanner.press({ key: "6", at: 0 }).inBurst).toBe(false);
  expect(scanner.press({ key: "9", at: 5 }).inBurst).toBe(true);
  expect(withoutScan(`green${EAN}`, EAN)).toBe("green");
  expect(withoutScan(`gr${EAN}een`, EAN, 2 + EAN.length)).toBe("green");
  expect(withoutScan("green", EAN)).toBe("green");
});
