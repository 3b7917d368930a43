import { expect, test } from "vitest";
import { Dwell, DWELL_MS } from "./dwell";

test("a long look is told once, a glance never", () => {
  const told: string[] = [];
  const dwell = new Dwell((sku) => told.push(sku));
  dwell.look("milk", 0);
  dwell.look("juice", DWELL_MS - 1);
  dwell.look("juice", 2 * DWELL_MS);
  dwell.look("juice", 9 * DWELL_MS);
  dwell.look(null, 10 * DWELL_MS);
  expect(told).toEqual(["juice"]);
});
