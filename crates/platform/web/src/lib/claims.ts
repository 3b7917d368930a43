import type { Money } from "@hawker/kit";

// The shapes of crates/wire/src/claim.rs, and what a page says of them. No IO in here.

/** How a claim stands. A newer platform may say something else. */
export type Stand =
  | { state: "asked" }
  | { state: "reserved"; expires_in_ms: number }
  | { state: "invited"; expires_in_ms: number }
  | { state: "waiting"; place: number }
  | { state: "refused"; why: "limit" | "sold_out" | "unknown" }
  | { state: "paid" }
  | { state: "expired" }
  | { state: "dropped" };

export type OwnClaim = Stand & {
  claim_id: string;
  /** The comment. */
  text: string;
  lines: { sku: string; title: string; qty: number }[];
  pay_url?: string;
};

export interface OwnClaims {
  version: string;
  claims: OwnClaim[];
}

export type ClaimToPay = Stand & {
  show_id: string;
  title: string;
  shop_name: string;
  /** Comments can still claim. */
  is_running: boolean;
  lines: { sku: string; title: string; qty: number; unit_price: Money }[];
  goods: Money;
  shipping: Money;
  total: Money;
};

/** Something may still become of it. */
export function isOpen(claim: Stand): boolean {
  return claim.state === "asked" || claim.state === "waiting" || mayPay(claim);
}

export function mayPay(claim: Stand): claim is Extract<Stand, { expires_in_ms: number }> {
  return claim.state === "reserved" || claim.state === "invited";
}

/** Most claims on the page at once; it has little room. */
const SHOWN = 3;

/** What the viewer sees of the claims, the newest first: those that are open, and of the others the newest, until they are put away. */
export function shown(claims: readonly OwnClaim[], away: ReadonlySet<string>): OwnClaim[] {
  const known = claims.filter((claim) => KNOWN.includes(claim.state) && !away.has(claim.claim_id));
  return known.filter((claim) => isOpen(claim) || claim === known[0]).slice(0, SHOWN);
}

const KNOWN: readonly string[] = [
  "asked",
  "reserved",
  "invited",
  "waiting",
  "refused",
  "paid",
  "expired",
  "dropped",
] satisfies Stand["state"][];
