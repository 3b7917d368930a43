/** What the desk makes of the claims there are. Pure. */
import type { ClaimState, ClaimView, OrderedLine } from "../../ipc";

/** Most pieces that one answer may give: as many as a comment can order. */
export const MOST_PIECES = 20;

export type Stand = ClaimState["state"];

export const TONES: Readonly<Record<Stand, string>> = {
  heard: "",
  asked: "warn",
  reserved: "ok",
  invited: "info",
  waiting: "warn",
  refused: "bad",
  paid: "ok",
  expired: "",
  dropped: "",
};

/** Something may still become of it. */
export const isOpen = ({ state }: Pick<ClaimView, "state">): boolean => ["heard", "asked", "reserved", "invited", "waiting"].includes(state);

/** Its pay link leads somewhere. */
export const mayBePaid = ({ state }: Pick<ClaimView, "state">): boolean => state === "reserved" || state === "invited";

/** The newest claims and the questions beyond them, each once, the oldest first. */
export function merged(newest: readonly ClaimView[], questions: readonly ClaimView[]): ClaimView[] {
  const all = new Map([...questions, ...newest].map((claim) => [claim.id, claim]));
  return [...all.values()].sort((one, other) => one.heard_at_ms - other.heard_at_ms || (one.id < other.id ? -1 : 1));
}

/** What the desk has to answer, who has waited longest first. */
export const questionsOf = (claims: readonly ClaimView[]): ClaimView[] => claims.filter((claim) => claim.state === "asked" && !claim.is_answered);

/** What is neither a question nor on the waiting list, the newest first. An answered question stays until it is decided. */
export function listed(claims: readonly ClaimView[], openOnly: boolean): ClaimView[] {
  const shown = claims.filter((claim) => claim.state !== "waiting" && (claim.state !== "asked" || claim.is_answered) && (!openOnly || isOpen(claim)));
  return shown.reverse();
}

/** Who waits for one product. */
export interface Queue {
  sku: string;
  claims: ClaimView[];
  /** Of this product, for all who wait. */
  pieces: number;
}

/** The waiting list by product, in each who comes first; who waits for several products stands in each. */
export function queues(claims: readonly ClaimView[]): Queue[] {
  const found = new Map<string, Queue>();
  for (const claim of claims) {
    if (claim.state !== "waiting") continue;
    for (const { sku, qty } of claim.lines) {
      const queue = found.get(sku) ?? { sku, claims: [], pieces: 0 };
      found.set(sku, { sku, claims: [...queue.claims, claim], pieces: queue.pieces + qty });
    }
  }
  return [...found.values()];
}

/** Seconds left to pay, by this computer's clock; null where nothing runs out. */
export function secondsLeft(claim: ClaimView, nowMs: number): number | null {
  return claim.state === "reserved" || claim.state === "invited" ? Math.max(0, Math.ceil((claim.until_us / 1_000 - nowMs) / 1_000)) : null;
}

/** Products that are spoken of. */
export const skusOf = (claims: readonly ClaimView[]): string[] => [...new Set(claims.flatMap((claim) => [claim.lines, ...claim.ways]).flat().map((line: OrderedLine) => line.sku))];
