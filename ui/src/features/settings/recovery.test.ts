import { expect, it } from "vitest";
import { isGroup, places } from "./recovery";

it("asks for three groups, each once and in their order", () => {
  for (const first of [0, 0.3, 0.5, 0.999]) {
    let next = first;
    const asked = places(13, () => (next = (next * 7 + 0.31) % 1));
    expect(asked).toHaveLength(3);
    expect(new Set(asked).size).toBe(3);
    expect([...asked].sort((one, other) => one - other)).toEqual(asked);
    expect(asked.every((place) => place >= 0 && place < 13)).toBe(true);
  }
  expect(places(13, () => 0)).toEqual([0, 1, 2]);
});

it("takes a group as hands write it, and no other", () => {
  for (const typed of ["0M9XV", "0m9xv", " om9xv ", "0M-9XV"]) expect(isGroup("0M9XV", typed), typed).toBe(true);
  for (const typed of ["", "0M9X", "0M9XW", "0M9XVV"]) expect(isGroup("0M9XV", typed), typed).toBe(false);
  expect(isGroup("W8B1Z", "w8blz")).toBe(true);
});
