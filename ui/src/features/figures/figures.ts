/** What the numbers of a show mean: which of them a host has to see. Pure. */
import type { DropCause, Frames, OutputView } from "../../ipc";
import { NEARLY_FULL } from "../../shared/load";

export type Tone = "" | "warn" | "bad";

/** A queue this long means that the way does not take what is sent; at 2,000 ms pictures are left out. */
const QUEUE_LONG_MS = 300;
const QUEUE_FULL_MS = 1200;
/** Lips and voice part for an attentive eye from here on. */
const OUT_OF_STEP_MS = 45;

export const loadTone = (share: number): Tone => (share >= 1 ? "bad" : share >= NEARLY_FULL ? "warn" : "");
export const queueTone = (ms: number): Tone => (ms >= QUEUE_FULL_MS ? "bad" : ms >= QUEUE_LONG_MS ? "warn" : "");
export const offsetTone = (ms: number | null): Tone => (ms !== null && Math.abs(ms) >= OUT_OF_STEP_MS ? "warn" : "");

/** Causes that occurred, the one that cost most first. */
export function causes(frames: Frames): { cause: DropCause; count: number }[] {
  const all = Object.entries(frames.dropped) as [DropCause, number | undefined][];
  const some = all.flatMap(([cause, count]) => (count ? [{ cause, count }] : []));
  return some.sort((a, b) => b.count - a.count);
}

/** Of the pictures that were to leave for a destination, those that did not since the way was too slow; 0 to 1. */
export function lostShare({ line }: OutputView): number {
  const all = line.sent_pictures + line.dropped;
  return all > 0 ? line.dropped / all : 0;
}

/** At one lost picture in a hundred viewers notice. */
export const lostTone = (output: OutputView): Tone => (lostShare(output) >= 0.01 ? "warn" : "");
