const REMEMBERED = "hawker.viewer";

/** What this browser proves itself by where a comment of its own is answered: random, and told to the platform alone. Kept, so that a
 * page that is loaded again finds its claims. */
export function viewerToken(): string {
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const kept = localStorage.getItem(REMEMBERED);
    if (kept !== null && /^[0-9a-f]{64}$/.test(kept)) return kept;
    const token = fresh();
    localStorage.setItem(REMEMBERED, token);
    return token;
  } catch {
    // Private windows may refuse; then it lasts as long as the page.
    return fresh();
  }
}
