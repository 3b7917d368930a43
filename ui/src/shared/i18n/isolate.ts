/** Keeps what is put into a sentence from turning the sentence around it. Pure. */

/** Right-to-left letters, and the marks that change direction. Source: Unicode 16, Bidi_Class R, AL and the explicit formats. */
const TURNS = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Both languages run left to right, so only a value that turns needs U+2068 and U+2069 around it. */
export function isolate(value: unknown): string {
  const text = String(value);
  return TURNS.test(text) ? `\u2068${text}\u2069` : text;
}
