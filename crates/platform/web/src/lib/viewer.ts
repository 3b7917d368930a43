const REMEMBERED = "hawker.viewer";
let name: string | null = null;

/**
 * The page's own name for who watches and buys: it proves itself by it where a comment of its own is answered, and a limit for one buyer
 * counts by it. It is random, says nothing of a person, is told to the platform alone, and is another one as soon as the browser forgets it.
 */
export function viewer(): string {
  name ??= kept() ?? remembered(fresh());
  return name;
}

function fresh(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function kept(): string | null {
  try {
    const text = localStorage.getItem(REMEMBERED);
    return text !== null && /^[0-9a-f]{64}$/.test(text) ? text : null;
  } catch {
    // Private windows may refuse; then the name lasts as long as the page.
    return null;
  }
}

function remembered(text: string): string {
  try {
    localStorage.setItem(REMEMBERED, text);
  } catch {
    // See above.
  }
  return text;
}
