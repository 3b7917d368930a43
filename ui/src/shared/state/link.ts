/** Is what we draw still true? Decided from when the last snapshot came; pure. */

/** Ten a second are pushed during a show: this many missing ones can't be chance. */
export const STALE_AFTER_MS = 3_000;

export type Link = "connecting" | "fresh" | "stale" | "lost";

export interface LinkFacts {
  /** Clock of the window when the last snapshot came, ms; none before the first. */
  receivedAt: number | null;
  /** The last call to the studio failed. */
  failed: boolean;
  /** Something is on air, so snapshots must keep coming. */
  running: boolean;
}

export function link(facts: LinkFacts, now: number): Link {
  if (facts.failed) return "lost";
  if (facts.receivedAt === null) return "connecting";
  return facts.running && now - facts.receivedAt > STALE_AFTER_MS ? "stale" : "fresh";
}

/** Show time now: the snapshot's, carried on by the window's clock, but not through silence. */
export function showMs(at: number, receivedAt: number | null, now: number, running: boolean): number {
  if (!running || receivedAt === null) return at;
  return at + Math.min(STALE_AFTER_MS, Math.max(0, now - receivedAt));
}

/** What is left of a deadline named in a snapshot. */
export function remainingMs(deadlineMs: number | null, receivedAt: number | null, now: number): number | null {
  if (deadlineMs === null) return null;
  return Math.max(0, deadlineMs - Math.max(0, now - (receivedAt ?? now)));
}
