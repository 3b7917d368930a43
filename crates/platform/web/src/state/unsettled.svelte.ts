import { Failure, type Api, type Payment } from "../lib/api";
import { outcome, same, type Kept, type Outcome, type Unsettled } from "../lib/unsettled";

/** Between two questions about a payment that is not decided. */
const ASK_MS = 2_000;

/** Goes on asking about purchases whose sheet is closed, or whose page was left and came back, and says what became of them. */
export class Pending {
  /** Those that are asked about. */
  open = $state<Unsettled[]>([]);
  /** What became of those that are decided, until the viewer has seen it. */
  outcomes = $state<Outcome[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly kept: Kept,
  ) {}

  /** What a page that was left knew goes on. */
  resume(): void {
    for (const one of this.kept.all()) this.watch(one);
  }

  /** It is being paid for in a sheet: should the page be left now, it is known when it comes back. */
  note(one: Unsettled): void {
    this.kept.add(one);
  }

  /** The sheet has told what became of it. */
  settle(one: Unsettled): void {
    this.kept.drop(one);
  }

  /** Nobody shows it any more. */
  watch(one: Unsettled): void {
    if (this.open.some((other) => same(other, one))) return;
    this.kept.add(one);
    this.open = [...this.open, one];
    if (this.open.length === 1) this.#later();
  }

  /** The viewer has seen it. */
  seen(of: Outcome): void {
    this.outcomes = this.outcomes.filter((other) => !same(other.of, of.of));
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), ASK_MS);
  }

  async #ask(): Promise<void> {
    for (const one of this.open) {
      const decided = outcome(one, await this.#payment(one), Date.now());
      if (!decided) continue;
      this.open = this.open.filter((other) => !same(other, one));
      this.outcomes = [...this.outcomes, decided];
      this.kept.drop(one);
      if (decided.kind === "paid") this.api.did("buy", one.sku, null);
    }
    if (this.open.length > 0) this.#later();
  }

  async #payment(one: Unsettled): Promise<Payment | "not_found"> {
    try {
      return await this.api.payment($state.snapshot(one.reservation));
    } catch (error) {
      if (error instanceof Failure && error.code === "not_found") return "not_found";
      // Whatever else goes wrong with the question, the answer is still to come.
      return { state: "checking" };
    }
  }
}
