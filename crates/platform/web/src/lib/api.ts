import type { Money } from "@hawker/kit";
import type { ClaimToPay, OwnClaims } from "./claims";

// The shapes of crates/wire/src/viewer.rs.

/** What is said of the pieces left: nothing where there is plenty. */
export type StockNote = "sold_out" | "few" | "plenty";

/** A lower price for some pieces, open to everybody. */
export interface Offer {
  offer_id: string;
  price: Money;
  left: number;
  per_buyer?: number;
  /** By the platform's clock, UTC, microseconds since 1970; none: until it is spent or ended. */
  until_us?: number;
}

export interface Product {
  sku: string;
  title: string;
  description: string;
  price: Money;
  available: number;
  note: StockNote;
  photo_url: string | null;
  /** What comments call it by, where they may buy it by a number. */
  number?: number;
  offer?: Offer | undefined;
}

export interface Show {
  show_id: string;
  title: string;
  shop_name: string;
  live: boolean;
  flv_url: string;
  shelf: Product[];
  pin: { sku: string | null; variants?: string[]; at: number } | null;
  /** The platform's clock, UTC, microseconds since 1970. */
  now_us?: number;
}

/** What is wanted beside the goods themselves. */
export interface Wish {
  /** Where in the show the buyer was. */
  at: number | null;
  /** A code as it was typed; empty: none. */
  coupon: string;
  /** The page's own name for who buys. */
  viewer: string;
}

export interface Reservation {
  reservation_id: string;
  secret: string;
  total: Money;
  expires_in_ms: number;
}

export interface Receipt {
  order_id: string;
  total: Money;
}

/** How a payment stands. A refused card is a `Failure` of the request that pays, and a state when it is asked about later. */
export type Payment =
  | ({ state: "paid" } & Receipt)
  | { state: "pending" | "checking" | "refunding" | "refunded" }
  | { state: "declined"; why: string };

export interface Buyer {
  name: string;
  phone: string;
  address: string;
  card: string;
}

export type Action = "view" | "dwell" | "click" | "like" | "comment" | "cart" | "buy";

/** The platform's word for what went wrong, or `unreachable` if it could not be asked. */
export class Failure extends Error {
  constructor(
    readonly code: string,
    readonly retryable: boolean,
  ) {
    super(code);
  }
}

/** Longest a request may take before the viewer is told. */
const PATIENCE_MS = 12_000;

export class Api {
  readonly #base: string;

  /** `viewer`: what this page proves itself by. */
  constructor(
    readonly showId: string,
    private readonly viewer: string | null = null,
  ) {
    this.#base = `/api/v1/public/shows/${showId}`;
  }

  get updatesUrl(): string {
    return `${this.#base}/events`;
  }

  show(): Promise<Show> {
    return ask("GET", this.#base);
  }

  reserve(key: string, lines: { sku: string; qty: number }[], { at, coupon, viewer }: Wish): Promise<Reservation> {
    const body = { lines, at, ...(coupon === "" ? {} : { coupon }), viewer };
    return ask("POST", `${this.#base}/reservations`, body, key, this.viewer);
  }

  pay(key: string, reservation: Reservation, buyer: Buyer): Promise<Payment> {
    return pay(key, reservation, buyer);
  }

  /** What became of the payment. */
  payment(reservation: Reservation): Promise<Payment> {
    return payment(reservation);
  }

  /** `id`: the message's own; one that is sent again was said once. */
  say(id: string, from: string, text: string, at: number | null): Promise<void> {
    return ask("POST", `${this.#base}/chat`, { id, from, text, at }, undefined, this.viewer);
  }

  /** How this page's claims stand; waits while that is as it was seen. */
  claims(seen: string, waitMs: number): Promise<OwnClaims> {
    return ask("POST", `${this.#base}/claims`, { seen, wait_ms: waitMs }, undefined, this.viewer);
  }

  /** What the viewer did. Never worth a message if it fails. */
  did(action: Action, sku: string | null, at: number | null): void {
    const body = JSON.stringify({ action, sku, at });
    const headers = { "content-type": "application/json" };
    void fetch(`${this.#base}/events`, { method: "POST", headers, body, keepalive: true }).catch(() => undefined);
  }
}

/** What a pay link is for. */
export function look(link: string): Promise<ClaimToPay> {
  return ask("POST", "/api/v1/public/claims/look", { link });
}

/** The reservation that a pay link pays; asked again it is the same one. */
export function hold(link: string): Promise<Reservation> {
  return ask("POST", "/api/v1/public/claims/hold", { link });
}

export function pay(key: string, reservation: Reservation, buyer: Buyer): Promise<Payment> {
  const body = { secret: reservation.secret, ...buyer };
  return ask("POST", `/api/v1/public/reservations/${reservation.reservation_id}/pay`, body, key);
}

export function payment(reservation: Reservation): Promise<Payment> {
  return ask("POST", `/api/v1/public/reservations/${reservation.reservation_id}/payment`, { secret: reservation.secret });
}

async function ask<T>(method: string, url: string, body?: unknown, key?: string, viewer: string | null = null): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key !== undefined) headers["idempotency-key"] = key;
  if (viewer !== null) headers["hawker-viewer"] = viewer;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
      cache: "no-store",
    });
    text = await response.text();
  } catch {
    throw new Failure("unreachable", true);
  }
  const answer: unknown = parsed(text);
  if (response.ok) return answer as T;
  const failure = (answer ?? {}) as { code?: unknown; retryable?: unknown };
  const code = typeof failure.code === "string" ? failure.code : response.status === 404 ? "not_found" : "internal";
  throw new Failure(code, failure.retryable === true || response.status >= 500);
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
