/** Pieces typed into the stock form, as a change of the ledger. Pure. */

/** Null: there is nothing to write. */
export function movement(kind: "received" | "counted", pieces: number | null, onHand: number): number | null {
  if (pieces === null || !Number.isSafeInteger(pieces) || pieces < 0) return null;
  const delta = kind === "received" ? pieces : pieces - onHand;
  return delta === 0 ? null : delta;
}
