import { expect, it } from "vitest";
import type { Scene } from "../../ipc";
import { canShift, freeName, GRIPS, hex, itemsOf, moved, newLayer, ownOf, problems, resized, rgb, shifted, stops } from "./model";

const scene = (name: string): Scene => ({ name, landscape: [newLayer({ kind: "source", id: "1" })], portrait: [] });
const PLACE = { x: 0.2, y: 0.2, width: 0.4, height: 0.2 };

it("puts the host's scenes over the ready-made ones of their name, and behind the others", () => {
  const items = itemsOf([scene("1"), scene("2")], [scene("Pause"), { ...scene("2"), landscape: [] }]);
  expect(items.map((item) => [item.scene.name, item.own, item.scene.landscape.length])).toEqual([["1", false, 1], ["2", true, 0], ["Pause", true, 1]]);
  expect(ownOf(items).map((one) => one.name)).toEqual(["2", "Pause"]);
  expect(freeName(items, "Pause")).toBe("Pause 2");
  expect(freeName(items, "New")).toBe("New");
  expect([canShift(items, 0, 1), canShift(items, 1, 1), canShift(items, 1, -1), canShift(items, 2, 1)]).toEqual([false, true, false, false]);
  expect(shifted(["a", "b", "c"], 1, 1)).toEqual(["a", "c", "b"]);
  expect(shifted(["a"], 0, 1)).toEqual(["a"]);
});

it("moves a place, onto a guide where one is near, and never out of reach", () => {
  expect(moved(PLACE, 0.05, 0, false)).toMatchObject({ x: 0.25, y: 0.2 });
  expect(moved(PLACE, 0.095, 0, true).x, "its middle onto the canvas's").toBe(0.3);
  expect(moved(PLACE, -0.195, 0, true).x).toBe(0);
  expect(moved(PLACE, 0.395, 0, true).x, "its right edge onto the canvas's").toBe(0.6);
  expect(moved(PLACE, 0.05, 0, true).x, "nothing is near").toBe(0.25);
  const far = moved(PLACE, 9, -9, false);
  expect([far.x, far.y]).toEqual([0.98, -0.18]);
});

it("changes a size by the side that is gripped and leaves the other where it is", () => {
  const right = (p: typeof PLACE) => p.x + p.width;
  const bottom = (p: typeof PLACE) => p.y + p.height;
  for (const grip of GRIPS) {
    const after = resized(PLACE, grip, 0.1, 0.1, false);
    if (grip.includes("w")) expect(right(after), grip).toBeCloseTo(right(PLACE));
    else expect(after.x, grip).toBe(PLACE.x);
    if (grip.includes("n")) expect(bottom(after), grip).toBeCloseTo(bottom(PLACE));
    else expect(after.y, grip).toBe(PLACE.y);
  }
  expect(resized(PLACE, "se", 0.4, 0, true)).toMatchObject({ width: 0.8, height: 0.4 });
  expect(resized(PLACE, "e", -9, 0, false).width, "something is left to grip").toBe(0.02);
});

it("names what keeps scenes from being saved", () => {
  const text = (words: string) => newLayer({ kind: "text", text: words, size: 0.05, colour: "#ffffff", weight: "bold", align: "left", edge: "none", ground: null });
  const table: [Scene, string[]][] = [
    [scene("fine"), []],
    [scene("  "), ["name"]],
    [scene("长".repeat(41)), ["longName"]],
    [scene("1"), ["sameName"]],
    [{ ...scene("x"), portrait: Array(17).fill(newLayer({ kind: "source", id: "1" })) }, ["manyLayers"]],
    [{ ...scene("x"), portrait: [text(" "), text("长".repeat(501))] }, ["emptyText", "longText"]],
    [{ ...scene("x"), landscape: [newLayer({ kind: "source", id: "7" })] }, ["unknownSource"]],
  ];
  for (const [one, want] of table) {
    const found = problems([{ scene: scene("1"), own: false }, { scene: one, own: true }], ["1"]);
    expect(found.map((problem) => problem.code), one.name).toEqual(want);
  }
  expect(stops({ code: "unknownSource", scene: "x", shape: "16:9" })).toBe(false);
});

it("reads and writes colours", () => {
  expect(hex(0, 190, 60)).toBe("#00be3c");
  expect(rgb("#00be3c")).toEqual({ red: 0, green: 190, blue: 60 });
});
