/** What a conflict is said to be about, and by whom. Pure. */
import type { Claim, ConflictPage, ConflictView, FieldValue, Money } from "../../ipc";

export type Said = { kind: "present" | "removed" | "blank" } | { kind: "text"; text: string } | { kind: "price"; price: Money };

/** What one side says, as far as it needs no words of the reader's language. */
export function saidOf(claim: Claim): Said {
  if (claim.claim !== "value") return { kind: claim.claim };
  if (claim.field === "price") return { kind: "price", price: claim.value };
  if (claim.field === "cost") return claim.value ? { kind: "price", price: claim.value } : { kind: "blank" };
  const text = textOf(claim);
  return text === "" ? { kind: "blank" } : { kind: "text", text };
}

function textOf(value: Exclude<FieldValue, { field: "price" | "cost" }>): string {
  if (value.field === "aliases") return value.value.join(", ");
  if (value.field === "variant") return value.value ? `${value.value.option} (${value.value.of})` : "";
  return value.value.trim();
}

/** The one that has the focus when another left the list: the next, else the last. */
export function after(conflicts: readonly ConflictView[], id: string): string | null {
  const at = conflicts.findIndex((one) => one.id === id);
  return (conflicts[at + 1] ?? conflicts[at - 1])?.id ?? null;
}

/** Shown at once; as many again on demand. */
export const AT_ONCE = 50;

/** How many there are, given the number of those that are shown. */
export const atLeast = ({ more }: ConflictPage, shown: string): string => (more ? `${shown}+` : shown);
