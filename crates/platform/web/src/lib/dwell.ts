/** Counts how long a product was looked at; a look below this is none. */
export const DWELL_MS = 3_000;

/** Tells `report` once for each product that stayed before the viewer's eyes for {@link DWELL_MS}. */
export class Dwell {
  #sku: string | null = null;
  #since = 0;
  #told = false;

  constructor(private readonly report: (sku: string) => void) {}

  /** `sku` is looked at now (null: none, or the page is hidden). */
  look(sku: string | null, now: number): void {
    if (sku !== this.#sku) {
      this.#sku = sku;
      this.#since = now;
      this.#told = false;
    } else if (sku !== null && !this.#told && now - this.#since >= DWELL_MS) {
      this.#told = true;
      this.report(sku);
    }
  }
}
