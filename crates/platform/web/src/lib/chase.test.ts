import { expect, test } from "vitest";
import { BEHIND_S, CLOSE_S, chase } from "./chase";

test("a player close to the edge is left alone", () => {
  expect(chase(0.4, 1)).toEqual({ rate: 1, jumpTo: null });
  expect(chase(BEHIND_S, 1)).toEqual({ rate: 1, jumpTo: null });
});

test("one that fell behind runs faster until it is close, not only until it is on the line", () => {
  expect(chase(1.7, 1).rate).toBeGreaterThan(1);
  expect(chase(1.2, 1.2).rate).toBeGreaterThan(1);
  expect(chase(CLOSE_S, 1.2).rate).toBe(1);
});

test("one that was away for long jumps", () => {
  expect(chase(30, 1)).toEqual({ rate: 1, jumpTo: CLOSE_S });
});

test("from anywhere the edge is reached in a bounded time", () => {
  let behind = 20;
  let rate = 1;
  for (let step = 0; step < 200 && behind > CLOSE_S; step++) {
    const next = chase(behind, rate);
    rate = next.rate;
    behind = next.jumpTo ?? behind - (rate - 1) * 0.25;
  }
  expect(behind).toBeLessThanOrEqual(BEHIND_S);
});
