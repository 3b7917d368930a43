import { expect, it } from "vitest";
import { STALE_AFTER_MS, link, remainingMs, showMs } from "./link";

it("says whether what is drawn is still true", () => {
  const table: [Parameters<typeof link>[0], number, ReturnType<typeof link>][] = [
    [{ receivedAt: null, failed: false, running: false }, 0, "connecting"],
    [{ receivedAt: 100, failed: false, running: true }, 100 + STALE_AFTER_MS, "fresh"],
    [{ receivedAt: 100, failed: false, running: true }, 101 + STALE_AFTER_MS, "stale"],
    // Off air nothing has to change, so silence means nothing.
    [{ receivedAt: 100, failed: false, running: false }, 1e9, "fresh"],
    [{ receivedAt: 100, failed: true, running: true }, 100, "lost"],
    [{ receivedAt: null, failed: true, running: false }, 0, "lost"],
  ];
  for (const [facts, now, want] of table) expect(link(facts, now), JSON.stringify(facts)).toBe(want);
});

it("carries the show time on between snapshots, but not through silence", () => {
  expect(showMs(60_000, 1_000, 1_400, true)).toBe(60_400);
  expect(showMs(60_000, 1_000, 999_000, true)).toBe(60_000 + STALE_AFTER_MS);
  expect(showMs(60_000, 1_000, 999_000, false)).toBe(60_000);
  expect(showMs(60_000, 1_000, 900, true), "a clock set back takes no time away").toBe(60_000);
});

it("counts a deadline down and stops at zero", () => {
  expect(remainingMs(48_000, 1_000, 3_500)).toBe(45_500);
  expect(remainingMs(1_000, 1_000, 9_000)).toBe(0);
  expect(remainingMs(null, 1_000, 9_000)).toBeNull();
});
