/** How a meter moves: where on its bar a loudness lies, and how long a peak stays to be read. Pure. */

/** Quieter than this is the left end of a bar, dBFS. */
export const FLOOR_DB = -60;
/** A peak stands this long before it falls. */
const HOLD_MS = 1500;
/** And falls this much a second then. */
const FALL_DB_PER_S = 24;

/** Place on the bar, 0 to 1. */
export function share(db: number | null): number {
  return db === null ? 0 : Math.min(1, Math.max(0, (db - FLOOR_DB) / -FLOOR_DB));
}

export interface Held {
  db: number;
  /** When it was reached, milliseconds. */
  since: number;
}

/** The held peak at `now`, after the meter read `db`. */
export function hold(before: Held | null, db: number | null, now: number): Held | null {
  const fallen = before && before.db - (Math.max(0, now - before.since - HOLD_MS) / 1000) * FALL_DB_PER_S;
  if (db !== null && (fallen === null || db >= fallen)) return { db, since: now };
  return before && fallen !== null && fallen > FLOOR_DB ? before : null;
}

/** What is drawn of a held peak. */
export function shown(held: Held | null, now: number): number | null {
  return held && held.db - (Math.max(0, now - held.since - HOLD_MS) / 1000) * FALL_DB_PER_S;
}

/** A gain or level as it stands beside its slider: "+3.5", "−12.0", "0.0". */
export function decibels(db: number): string {
  const text = Math.abs(db).toFixed(1);
  return db === 0 || text === "0.0" ? "0.0" : `${db > 0 ? "+" : "−"}${text}`;
}
