import type { Payment, Receipt, Reservation } from "./api";

// Purchases whose payment is not decided: what is kept of them while no sheet shows them, and what becomes of it. No IO but
// the storage that is handed in.

/** What the page keeps: enough to ask and to tell, and nothing of who pays with what. */
export interface Unsettled {
  reservation: Reservation;
  sku: string;
  title: string;
  qty: number;
  /** When it was paid for, ms since 1970. */
  since: number;
}

/** What became of one. */
export type Outcome = { of: Unsettled } & ({ kind: "paid"; receipt: Receipt } | { kind: "declined" | "not_charged" | "given_back" });

/** How long a platform that knows of no payment may still have the request on its way: longer than a page waits for one. */
const ON_ITS_WAY_MS = 30_000;

type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/** What is known of a payment by now; null while it is not decided. `payment`: "not_found" where the platform has none. */
export function outcome(of: Unsettled, payment: Payment | "not_found", now: number): Outcome | null {
  if (payment === "not_found") return now - of.since >= ON_ITS_WAY_MS ? { of, kind: "not_charged" } : null;
  switch (payment.state) {
    case "paid":
      return { of, kind: "paid", receipt: { order_id: payment.order_id, total: payment.total } };
    case "declined":
      return { of, kind: payment.why === "not_charged" ? "not_charged" : "declined" };
    case "refunding":
    case "refunded":
      return { of, kind: "given_back" };
    // Pending and checking, and whatever a newer platform calls it: not decided.
    default:
      return null;
  }
}

/** The purchases of one show that this tab has not seen the end of; they outlive a reload, and end with the tab. */
export class Kept {
  readonly #key: string;

  constructor(
    show: string,
    private readonly storage: () => Storage,
  ) {
    this.#key = `hawker.unsettled.${show}`;
  }

  all(): Unsettled[] {
    try {
      const kept: unknown = JSON.parse(this.storage().getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept.filter(whole) : [];
    } catch {
      // A page that may not store, or what somebody else has written there.
      return [];
    }
  }

  add(one: Unsettled): void {
    this.#write([...this.all().filter((other) => !same(other, one)), one]);
  }

  drop(one: Unsettled): void {
    this.#write(this.all().filter((other) => !same(other, one)));
  }

  #write(all: Unsettled[]): void {
    try {
      if (all.length === 0) this.storage().removeItem(this.#key);
      else this.storage().setItem(this.#key, JSON.stringify(all));
    } catch {
      // Without a storage it is known until the page is left.
    }
  }
}

export function same(one: Unsettled, other: Unsettled): boolean {
  return one.reservation.reservation_id === other.reservation.reservation_id;
}

function whole(value: unknown): value is Unsettled {
  const one = value as Partial<Unsettled> | null;
  return (
    typeof one === "object" &&
    typeof one?.reservation?.reservation_id === "string" &&
    typeof one.reservation.secret === "string" &&
    typeof one.title === "string" &&
    typeof one.since === "number"
  );
}
