import { expect, test } from "vitest";
import type { HeldState, HeldView } from "../../ipc";
import { PAGE, nextWaiting, onPage, pageNear, replaced, signed, waiting } from "./held";

const held = (id: string, state: HeldState = "waits") => ({ id, state }) as HeldView;

test("changes stand on pages, and a page that is gone is the last one", () => {
  const all = Array.from({ length: PAGE * 2 + 1 }, (_, i) => i);
  expect(onPage(all, 0)).toEqual({ shown: all.slice(0, PAGE), from: 1, to: PAGE });
  expect(onPage(all, 2)).toEqual({ shown: [PAGE * 2], from: PAGE * 2 + 1, to: PAGE * 2 + 1 });
  expect(onPage(all, 9).shown).toEqual([PAGE * 2]);
  expect(onPage([], 0)).toEqual({ shown: [], from: 0, to: 0 });
  expect([pageNear(-1, 5), pageNear(3, 0), pageNear(1, PAGE + 1)]).toEqual([0, 0, 1]);
});

test("a decision stays in its place, and the next that waits is looked at", () => {
  const all = [held("a"), held("b"), held("c", "applied"), held("d")];
  const after = replaced(all, held("b", "discarded"));
  expect(after.map((one) => one.state)).toEqual(["waits", "discarded", "applied", "waits"]);
  expect(waiting(after)).toBe(2);
  expect(nextWaiting(after, "b")).toBe("d");
  expect(nextWaiting(replaced(after, held("d", "applied")), "d"), "from the beginning again").toBe("a");
  expect(nextWaiting([held("a", "applied")], "a")).toBeNull();
});

test("pieces of a move have their sign, those of a sale do not", () => {
  const plain = (value: number) => String(value);
  expect([signed(3, true, plain), signed(-3, true, plain), signed(3, false, plain)]).toEqual(["+3", "−3", "×3"]);
});
