/** Loudness as the length of a bar. Pure. */

/** Below this a microphone is silent for a listener. */
export const FLOOR_DB = -60;
/** Speech sits around -20 dBFS RMS; from here up it is about to clip. */
export const LOUD_DB = -9;

export function level(db: number | null): { share: number; zone: "none" | "quiet" | "good" | "loud" } {
  if (db === null) return { share: 0, zone: "none" };
  const share = Math.min(1, Math.max(0, (db - FLOOR_DB) / -FLOOR_DB));
  return { share, zone: db > LOUD_DB ? "loud" : db < -45 ? "quiet" : "good" };
}
