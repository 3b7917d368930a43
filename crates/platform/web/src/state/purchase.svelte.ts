import type { Money } from "@hawker/kit";
import { Failure, type Api, type Product } from "../lib/api";
import { newKey } from "../lib/key";
import { begin, on, type Checkout, type Effect, type Event, type Form } from "../lib/checkout";

/** Carries a purchase out: the states of `checkout.ts` with their requests. */
export class Purchase {
  state = $state<Checkout>(begin());
  now = $state(Date.now());

  constructor(
    readonly product: Product,
    private readonly api: Api,
    private readonly atMs: () => number | null,
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

  #on(event: Event): void {
    const [state, effects] = on($state.snapshot(this.state) as Checkout, event, newKey);
    this.state = state;
    for (const effect of effects) void this.#send(effect);
  }

  async #send(effect: Effect): Promise<void> {
    try {
      if (effect.send === "reserve") {
        const lines = [{ sku: this.product.sku, qty: effect.form.qty }];
        const reservation = await this.api.reserve(effect.key, lines, this.atMs());
        this.now = Date.now();
        this.#on({ kind: "reserved", reservation, now: this.now });
      } else {
        const { name, phone, address, card } = effect.form;
        const receipt = await this.api.pay(effect.key, effect.reservation, { name, phone, address, card });
        this.api.did("buy", this.product.sku, this.atMs());
        this.#on({ kind: "paid", receipt });
      }
    } catch (error) {
      this.#on({ kind: "failed", code: error instanceof Failure ? error.code : "internal" });
    }
  }
}
