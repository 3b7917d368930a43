import { expect, it } from "vitest";
import { CHANGES, keep, kept, transition } from "./change";

it("remembers how scenes change and falls back to a cut", () => {
  const drawer = new Map<string, string>();
  const store = { getItem: (key: string) => drawer.get(key) ?? null, setItem: (key: string, value: string) => void drawer.set(key, value) };
  expect(kept(store)).toBe("cut");
  for (const change of CHANGES) {
    keep(store, change);
    expect(kept(store)).toBe(change);
  }
  for (const key of drawer.keys()) drawer.set(key, "wipe");
  expect(kept(store), "what no version knows is a cut").toBe("cut");
});

it("gives every change a kind the studio knows", () => {
  expect(CHANGES.map((change) => transition(change).kind)).toEqual([...CHANGES]);
});
