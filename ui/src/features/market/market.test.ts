import { describe, expect, it } from "vitest";
import { held, pieces } from "./market";

describe("pieces", () => {
  it.each([
    ["1", 1],
    [" 12 ", 12],
    ["１２", 12],
    ["9999", 9_999],
    ["0", null],
    ["", null],
    ["-3", null],
    ["1.5", null],
    ["12345", null],
    ["ten", null],
  ])("reads %j as %j", (typed, want) => {
    expect(pieces(typed)).toBe(want);
  });
});

describe("held", () => {
  it("sums all products of a device", () => {
    const device = { device_id: "d", name: "stall", is_this: false, is_awaited: false, lines: [{ sku: "A", pieces: 2 }, { sku: "B", pieces: 3 }] };
    expect(held(device)).toBe(5);
    expect(held({ ...device, lines: [] })).toBe(0);
  });
});
