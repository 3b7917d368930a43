/** A fresh idempotency key. `randomUUID` exists on secure pages only; a page over plain http may still ask for bytes. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A fresh id of something that is kept, as the platform reads it. */
export function newId(): string {
  const hex = newKey().replaceAll("-", "");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
