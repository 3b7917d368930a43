/** A product's card is to be shown from show time `at` on (null: no card). */
export interface Pin {
  sku: string | null;
  /** All variants of the product, where the host's machine does not know which is shown; `sku` is one of them. */
  variants?: string[];
  at: number;
}

/** A card waits for its picture this long at most: a viewer whose player stands still must still be able to buy. */
export const LONGEST_WAIT_MS = 3_000;

/**
 * Decides which product's card belongs to the picture a viewer sees now. Pins arrive as soon as the host makes them,
 * the picture some hundred milliseconds later; the card waits for the picture.
 */
export class PinBoard {
  #waiting: { pin: Pin; since: number }[] = [];
  #newest = -1;
  #shown: string | null = null;
  #open: readonly string[] = [];

  get shown(): string | null {
    return this.#shown;
  }

  /** The variants the viewer is asked about; empty where it is known which is shown. The same list until the card changes. */
  get open(): readonly string[] {
    return this.#open;
  }

  /**
   * A pin arrived. What is told comes in the order the host made it, and counts whatever its time: a card chosen by hand may be
   * followed by one for a picture of a moment before. `read`: it stood in an answer, which may have been on its way while a newer
   * one was told, so it counts only if it is later than that. `now` is any steady clock in ms.
   */
  add(pin: Pin, now: number, read = false): void {
    if (read && pin.at <= this.#newest) return;
    this.#newest = pin.at;
    this.#waiting.push({ pin, since: now });
  }

  /** The card for the picture at show time `pictureMs` (null: no picture yet). */
  update(pictureMs: number | null, now: number): string | null {
    for (;;) {
      const next = this.#waiting[0];
      if (!next) return this.#shown;
      const seen = pictureMs !== null && pictureMs >= next.pin.at;
      if (!seen && now - next.since < LONGEST_WAIT_MS) return this.#shown;
      this.#shown = next.pin.sku;
      this.#open = next.pin.variants ?? [];
      this.#waiting.shift();
    }
  }
}
