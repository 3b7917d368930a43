import type { Money } from "@hawker/kit";
import { Failure, type Api, type Payment, type Product } from "../lib/api";
import { newKey } from "../lib/key";
import { viewer } from "../lib/viewer";
import { begin, on, type Checkout, type Effect, type Event, type Form } from "../lib/checkout";
import type { Unsettled } from "../lib/unsettled";
import type { Pending } from "./unsettled.svelte";

/** Between two questions about a payment that is not decided. */
const ASK_MS = 2_000;

/** Where goods are reserved and paid: the show's own till, or the one behind a pay link. */
export type Till = Pick<Api, "reserve" | "pay" | "payment" | "did">;

/** Carries a purchase out: the states of `checkout.ts` with their requests. */
export class Purchase {
  state = $state<Checkout>(begin());
  now = $state(Date.now());
  #closed = false;
  #ask: ReturnType<typeof setTimeout> | undefined;
  #unsettled: Unsettled | null = null;

  constructor(
    readonly product: Pick<Product, "sku" | "title">,
    private readonly api: Till,
    private readonly atMs: () => number | null,
    /** Who goes on asking when the sheet is closed; null behind a pay link, which tells by itself how its claim stands. */
    private readonly pending: Pending | null,
  ) {}

  /** `agreed` is the total that stands on the button. */
  submit(form: Form, agreed: Money): void {
    this.#on({ kind: "submit", form, agreed });
  }

  /** To be called every second while the sheet is open. */
  tick(): void {
    this.now = Date.now();
    this.#on({ kind: "tick", now: this.now });
  }

  /** The sheet is closed. What is not decided comes about all the same, and the page says it when it is known. */
  close(): void {
    clearTimeout(this.#ask);
    this.#closed = true;
    if (this.#unsettled) this.pending?.watch(this.#unsettled);
  }

  #on(event: Event): void {
    if (this.#closed) return;
    const [state, effects] = on($state.snapshot(this.state) as Checkout, event, newKey);
    this.state = state;
    this.#keep(state);
    for (const effect of effects) void this.#send(effect);
  }

  /** While money may be on its way, leaving the page must not lose sight of it. */
  #keep(state: Checkout): void {
    const before = this.#unsettled;
    if (state.step === "paying" || state.step === "checking") {
      const { sku, title } = this.product;
      if (!before) this.#unsettled = { reservation: state.reservation, sku, title, qty: state.form.qty, since: Date.now() };
      if (this.#unsettled && !before) this.pending?.note(this.#unsettled);
    } else if (before) {
      this.#unsettled = null;
      this.pending?.settle(before);
    }
  }

  async #send(effect: Effect): Promise<void> {
    try {
      if (effect.send === "reserve") {
        const lines = [{ sku: this.product.sku, qty: effect.form.qty }];
        const reservation = await this.api.reserve(effect.key, lines, { at: this.atMs(), coupon: effect.form.coupon, viewer: viewer() });
        this.now = Date.now();
        this.#on({ kind: "reserved", reservation, now: this.now });
      } else if (effect.send === "pay") {
        const { name, phone, address, card } = effect.form;
        this.#told(await this.api.pay(effect.key, effect.reservation, { name, phone, address, card }));
      } else {
        await new Promise((resolve) => (this.#ask = setTimeout(resolve, ASK_MS)));
        this.#told(await this.api.payment(effect.reservation));
      }
    } catch (error) {
      this.#on({ kind: "failed", code: error instanceof Failure ? error.code : "internal" });
    }
  }

  #told(payment: Payment): void {
    if (payment.state === "paid") this.api.did("buy", this.product.sku, this.atMs());
    this.now = Date.now();
    this.#on({ kind: "told", payment, now: this.now });
  }
}
