/**
 * A barcode scanner types like a keyboard, faster than any hand, and ends with Enter or Tab. Pure: times are passed in, so a burst is
 * told from typing by the time between keys alone.
 */

/** Scanners send a key every 2 to 20 ms; who types fast needs 80 and more, and a key held down repeats every 30 at most. */
const KEY_MS = 30;
/** The shortest code of goods has eight signs; shops' own have fewer, and two keys pressed at once are no scan. */
const SIGNS_MIN = 4;
/** Longer than any code of goods: a page of text that a program types. */
const SIGNS_MAX = 64;

export interface ScanKey {
  key: string;
  /** Milliseconds, of one clock. */
  at: number;
  ctrl?: boolean;
  alt?: boolean;
  /** The key is held down. */
  repeat?: boolean;
}

export interface Heard {
  /** The code that was scanned with this key. */
  code: string | null;
  /** This key belongs to a burst, so that a field it went into has it to take away again. */
  inBurst: boolean;
}

export class Scanner {
  private signs = "";
  private last = Number.NEGATIVE_INFINITY;

  /** Hears one key. */
  press({ key, at, ctrl = false, alt = false, repeat = false }: ScanKey): Heard {
    // Signs in capitals come with the shift key before them.
    if (key === "Shift") return { code: null, inBurst: this.signs.length > 1 };
    const quick = at - this.last <= KEY_MS && at >= this.last;
    this.last = at;
    if (ctrl || alt || repeat) return this.drop();
    if (key === "Enter" || key === "Tab") {
      const code = quick && this.signs.length >= SIGNS_MIN && this.signs.length <= SIGNS_MAX ? this.signs : null;
      this.signs = "";
      return { code, inBurst: code !== null };
    }
    if ([...key].length !== 1) return this.drop();
    this.signs = quick ? this.signs + key : key;
    return { code: null, inBurst: this.signs.length > 1 };
  }

  private drop(): Heard {
    this.signs = "";
    return { code: null, inBurst: false };
  }
}

/** A field's text without the code that a scanner typed into it, at the caret or at the end. */
export function withoutScan(text: string, code: string, caret: number = text.length): string {
  const from = caret - code.length;
  return from >= 0 && text.slice(from, caret) === code ? text.slice(0, from) + text.slice(caret) : text;
}
