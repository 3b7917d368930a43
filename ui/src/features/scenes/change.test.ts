import { expect, it } from "vitest";
import { CHANGES, isDuration, keep, kept, transition } from "./change";

function drawer(content: Record<string, string> = {}) {
  const kept = new Map(Object.entries(content));
  return { kept, getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
}

it("remembers how scenes change and how long it takes, and falls back to a cut", () => {
  const store = drawer();
  expect(kept(store)).toEqual({ change: "cut", ms: 400 });
  for (const change of CHANGES) {
    keep(store, { change, ms: 1_250 });
    expect(kept(store)).toEqual({ change, ms: 1_250 });
  }
  for (const key of store.kept.keys()) store.setItem(key, "wipe");
  expect(kept(store), "what no version knows is the usual").toEqual({ change: "cut", ms: 400 });
});

it("reads what an older version kept", () => {
  expect(kept(drawer({ "hawker.scene-change": "slide" }))).toEqual({ change: "slide_right", ms: 400 });
});

it("gives every change a kind, a side and a duration that the studio knows", () => {
  expect(CHANGES.map((change) => transition({ change, ms: 900 }))).toEqual([
    { kind: "cut" },
    { kind: "fade", ms: 900 },
    ...["left", "right", "top", "bottom"].map((from) => ({ kind: "slide", ms: 900, from })),
  ]);
});

it("takes whole milliseconds up to five seconds", () => {
  expect([0, 400, 5_000].filter((ms) => !isDuration(ms))).toEqual([]);
  expect([-1, 5_001, 1.5, Number.NaN].filter(isDuration)).toEqual([]);
});
