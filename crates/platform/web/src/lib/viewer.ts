import { newKey } from "./key";

const REMEMBERED = "hawker.viewer";
let name: string | null = null;

/**
 * The page's own name for who buys: a limit for one buyer counts by it. It says nothing of a person, is told to the platform alone, and is
 * another one as soon as the browser forgets it.
 */
export function viewer(): string {
  name ??= kept() ?? remembered(newKey());
  return name;
}

function kept(): string | null {
  try {
    const text = localStorage.getItem(REMEMBERED);
    return text !== null && /^[\x21-\x7e]{16,64}$/.test(text) ? text : null;
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
