import type { Money } from "@hawker/kit";
import type { Buyer, Payment, Receipt, Reservation } from "./api";

// Buying as a table of states: what happened, in which state, and which request is to be sent. No IO in here.

export interface Form extends Buyer {
  qty: number;
  /** A code for an offer, as it was typed; empty: none. */
  coupon: string;
}

/** Why the last attempt failed, as the viewer is told. */
export type Trouble =
  /** The goods are held, at another total than the buyer agreed to. */
  | "price_changed"
  | "out_of_stock"
  /** The code gives nothing here. */
  | "bad_coupon"
  /** The seller's devices are being asked what they have; for a minute or two nobody can buy. */
  | "stock_checked"
  /** This phone number has had what one buyer may have at that price. */
  | "over_limit"
  | "reservation_expired"
  | "payment_refused"
  /** It did not come about, and no money was taken. */
  | "not_charged"
  /** The money came for goods that were gone. */
  | "given_back"
  | "rate_limited"
  | "not_live"
  | "bad_input"
  | "unreachable"
  | "internal";

export type Checkout =
  | { step: "form"; keys: Keys; trouble: Trouble | null }
  | { step: "reserving"; keys: Keys; form: Form; agreed: Money }
  | { step: "held"; keys: Keys; form: Form; reservation: Reservation; until: number; trouble: Trouble | null }
  | { step: "paying"; keys: Keys; form: Form; reservation: Reservation; until: number }
  /** The platform does not know yet whether the money came; it is asked until it does. */
  | { step: "checking"; keys: Keys; form: Form; reservation: Reservation; until: number }
  | { step: "done"; receipt: Receipt; form: Form };

/** The idempotency keys of the two requests. One key goes with one request body, however often it is sent. */
export interface Keys {
  reserve: { key: string; body: string };
  pay: { key: string; body: string };
}

export type Event =
  /** `agreed` is the total the buyer saw when they pressed the button. */
  | { kind: "submit"; form: Form; agreed: Money }
  | { kind: "reserved"; reservation: Reservation; now: number }
  /** What the platform says of the payment, on paying and on being asked. */
  | { kind: "told"; payment: Payment; now: number }
  | { kind: "failed"; code: string }
  | { kind: "tick"; now: number }
  | { kind: "back" };

export type Effect =
  | { send: "reserve"; key: string; form: Form }
  | { send: "pay"; key: string; form: Form; reservation: Reservation }
  /** To be sent after a moment. */
  | { send: "ask"; reservation: Reservation };

const KNOWN: readonly string[] = [
  "out_of_stock",
  "reservation_expired",
  "payment_refused",
  "rate_limited",
  "not_live",
  "bad_input",
  "unreachable",
] satisfies Trouble[];

export function begin(): Checkout {
  return { step: "form", keys: { reserve: { key: "", body: "" }, pay: { key: "", body: "" } }, trouble: null };
}

/** `newKey` gives a fresh idempotency key. An event that means nothing in this state changes nothing. */
export function on(state: Checkout, event: Event, newKey: () => string): [Checkout, Effect[]] {
  switch (state.step) {
    case "form":
      return event.kind === "submit" ? reserve(state.keys, event.form, event.agreed, newKey) : [state, []];
    case "reserving":
      if (event.kind === "reserved") {
        const until = event.now + event.reservation.expires_in_ms;
        const held = { keys: state.keys, form: state.form, reservation: event.reservation, until };
        // Nobody pays a total they have not seen.
        if (!same(event.reservation.total, state.agreed)) return [{ step: "held", ...held, trouble: "price_changed" }, []];
        return pay(held, newKey);
      }
      if (event.kind === "failed") {
        // Nothing else in it can be wrong: the form holds the quantity to what may be reserved.
        const why = event.code === "bad_input" && state.form.coupon !== "" ? "bad_coupon" : event.code === "conflict" ? "stock_checked" : trouble(event.code);
        return [{ step: "form", keys: kept(state.keys, event.code), trouble: why }, []];
      }
      return [state, []];
    case "paying":
      if (event.kind === "told") return told(state, event.payment, event.now);
      if (event.kind === "failed") {
        // The answer is lost, and the money may be gone: the platform is asked before anything else can be pressed.
        if (event.code === "unreachable" || event.code === "internal") {
          const { keys, form, reservation, until } = state;
          return [{ step: "checking", keys, form, reservation, until }, [{ send: "ask", reservation }]];
        }
        const keys = kept(state.keys, event.code);
        const why = event.code === "conflict" ? "over_limit" : trouble(event.code);
        // Another reservation is priced by what this buyer may still have: with fewer pieces the offer's price, else the regular one.
        if (why === "over_limit" || why === "reservation_expired" || why === "out_of_stock") return [{ step: "form", keys: fresh(keys), trouble: why }, []];
        return [{ ...state, step: "held", keys, trouble: why }, []];
      }
      return [state, []];
    case "checking":
      if (event.kind === "told") return told(state, event.payment, event.now);
      // No payment was ever begun there: the request did not arrive.
      if (event.kind === "failed" && event.code === "not_found") return [{ ...state, step: "held", trouble: "not_charged" }, []];
      // Whatever else goes wrong with the question, the answer is still to come.
      if (event.kind === "failed") return [state, [{ send: "ask", reservation: state.reservation }]];
      return [state, []];
    case "held":
      if (event.kind === "tick" && event.now >= state.until) {
        return [{ step: "form", keys: fresh(state.keys), trouble: "reservation_expired" }, []];
      }
      if (event.kind === "back") return [{ step: "form", keys: fresh(state.keys), trouble: null }, []];
      if (event.kind === "submit") {
        // Another quantity or code is another reservation; the old one gives way to it.
        if (wanted(event.form) !== wanted(state.form)) return reserve(fresh(state.keys), event.form, event.agreed, newKey);
        if (!same(state.reservation.total, event.agreed)) return [{ ...state, trouble: "price_changed" }, []];
        return pay({ ...state, form: event.form }, newKey);
      }
      return [state, []];
    case "done":
      return [state, []];
  }
}

type Paying = { keys: Keys; form: Form; reservation: Reservation; until: number };

function told({ keys, form, reservation, until }: Paying, payment: Payment, now: number): [Checkout, Effect[]] {
  switch (payment.state) {
    case "paid":
      return [{ step: "done", receipt: { order_id: payment.order_id, total: payment.total }, form }, []];
    case "declined": {
      const why = payment.why === "not_charged" ? "not_charged" : "payment_refused";
      if (now >= until) return [{ step: "form", keys: fresh(keys), trouble: "reservation_expired" }, []];
      return [{ step: "held", keys: { ...keys, pay: { ...keys.pay, key: "" } }, form, reservation, until, trouble: why }, []];
    }
    case "refunding":
    case "refunded":
      return [{ step: "form", keys: fresh(keys), trouble: "given_back" }, []];
    // Pending and checking, and whatever a newer platform calls it: not decided.
    default:
      return [{ step: "checking", keys, form, reservation, until }, [{ send: "ask", reservation }]];
  }
}

/** What of the form is reserved. */
const wanted = (form: Form): string => JSON.stringify([form.qty, form.coupon]);

function same(one: Money, other: Money): boolean {
  return one.minor === other.minor && one.currency === other.currency;
}

function reserve(keys: Keys, form: Form, agreed: Money, newKey: () => string): [Checkout, Effect[]] {
  const entry = keyed(keys.reserve, wanted(form), newKey);
  const next = { ...keys, reserve: entry };
  return [{ step: "reserving", keys: next, form, agreed }, [{ send: "reserve", key: entry.key, form }]];
}

function pay(held: Paying, newKey: () => string): [Checkout, Effect[]] {
  const { keys, form, reservation, until } = held;
  const body = JSON.stringify([reservation.reservation_id, form.name, form.phone, form.address, form.card]);
  const entry = keyed(keys.pay, body, newKey);
  const state: Checkout = { step: "paying", keys: { ...keys, pay: entry }, form, reservation, until };
  return [state, [{ send: "pay", key: entry.key, form, reservation }]];
}

/** The same body keeps its key, so that a request whose answer was lost is not carried out twice. */
function keyed(entry: { key: string; body: string }, body: string, newKey: () => string) {
  return entry.key !== "" && entry.body === body ? entry : { key: newKey(), body };
}

/** Only while the answer is unknown must a retry carry the same key; after a refusal the next try is a new one. */
function kept(keys: Keys, code: string): Keys {
  const unknown = code === "unreachable" || code === "internal" || code === "rate_limited";
  return unknown ? keys : fresh(keys);
}

function fresh(keys: Keys): Keys {
  return { reserve: { ...keys.reserve, key: "" }, pay: { ...keys.pay, key: "" } };
}

function trouble(code: string): Trouble {
  return KNOWN.includes(code) ? (code as Trouble) : "internal";
}
