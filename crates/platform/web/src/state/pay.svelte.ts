import { Failure, hold, look, pay, payment } from "../lib/api";
import { mayPay, type ClaimToPay } from "../lib/claims";
import { Purchase } from "./purchase.svelte";

export type PayState = "loading" | "offline" | "not_found" | "payable" | "paid" | "waiting" | "over";

const RETRY_MS = 3_000;

/** A pay link: what it is for, and the purchase it opens. */
export class PayLink {
  claim = $state<ClaimToPay | null>(null);
  /** When the claim was told: the time left counts from here. */
  at = $state(0);
  #trouble = $state<"offline" | "not_found" | null>(null);
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly purchase: Purchase;

  state: PayState = $derived.by(() => {
    if (this.#trouble !== null && (this.claim === null || this.#trouble === "not_found")) return this.#trouble;
    if (this.claim === null) return "loading";
    if (mayPay(this.claim)) return "payable";
    if (this.claim.state === "paid" || this.claim.state === "waiting") return this.claim.state;
    return "over";
  });

  constructor(readonly token: string) {
    const till = { reserve: () => hold(token), pay, payment, did: () => undefined };
    this.purchase = new Purchase({ sku: "", title: "" }, till, () => null, null);
  }

  /** Reads what the link is for; tries again by itself while nobody answers. */
  async load(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      [this.claim, this.at, this.#trouble] = [await look(this.token), Date.now(), null];
    } catch (error) {
      const code = error instanceof Failure ? error.code : "internal";
      this.#trouble = code === "forbidden" || code === "not_found" ? "not_found" : "offline";
      if (this.#trouble === "offline") this.#retry = setTimeout(() => void this.load(), RETRY_MS);
    }
  }

  close(): void {
    clearTimeout(this.#retry);
    this.purchase.close();
  }
}
