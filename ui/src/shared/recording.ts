/** What a recording is doing, and what there is to cut clips out of. Pure. */
import type { RecordingView, Summary } from "../ipc";
import { type Why, recordingWhy } from "./why";

export type RecordDeed = "start" | "again" | "stop";

/** What can be done, the deed of the record key first: what stopped by itself is begun again before what runs is ended. */
export function recordDeeds(recording: RecordingView | null): RecordDeed[] {
  if (!recording) return ["start"];
  const stopped = allOf(recording).map((one) => one.stopped !== null);
  return [...(stopped.includes(true) ? ["again" as const] : []), ...(stopped.includes(false) ? ["stop" as const] : [])];
}

/** That of the main canvas, then the one beside it. */
export const allOf = (recording: RecordingView): RecordingView[] => (recording.upright ? [recording, recording.upright] : [recording]);

/** The first recording that stopped by itself, why, and of which canvas where there are two. */
export function stoppedOf(recording: RecordingView | null): { why: Why; canvas: string | null } | null {
  for (const one of recording ? allOf(recording) : []) {
    const why = recordingWhy(one);
    if (why) return { why, canvas: recording?.upright ? one.canvas : null };
  }
  return null;
}

/** Seconds that the disk did not take, of the recording that misses most; 0 where nothing is missing. */
export const missingSeconds = (recording: RecordingView): number => Math.max(...allOf(recording).map((one) => one.missing_s));

/** A recording that a clip can be cut out of. */
export interface Cuttable {
  file: string;
  /** How long it is as far as is known. */
  durationMs: number;
}

/** What is written while on air. */
export const cuttableNow = (recording: RecordingView | null): Cuttable[] =>
  recording ? allOf(recording).filter((one) => one.duration_ms > 0).map((one) => ({ file: one.first, durationMs: one.duration_ms })) : [];

/** What of `before` is over `now`, added to the recordings of the show that are over: the newest first. */
export function endedBy(over: readonly Cuttable[], before: RecordingView | null, now: RecordingView | null): readonly Cuttable[] {
  const running = new Set(now ? allOf(now).map((one) => one.first) : []);
  const ended = cuttableNow(before).filter((one) => !running.has(one.file));
  return ended.length > 0 ? [...ended, ...over] : over;
}

/** What a show left: every file that begins a recording; what goes on as its next part is cut with it. */
export function cuttableAfter({ recording }: Summary): Cuttable[] {
  const all = recording ? [recording, ...(recording.upright ? [recording.upright] : [])] : [];
  return all.flatMap(({ parts }) => {
    const found: Cuttable[] = [];
    for (const { path, duration_ms } of parts) {
      const last = found.at(-1);
      if (last && isNextPart(path)) last.durationMs += duration_ms;
      else found.push({ file: path, durationMs: duration_ms });
    }
    return found;
  });
}

const isNextPart = (path: string): boolean => /-part\d+\.\w+$/.test(path);
