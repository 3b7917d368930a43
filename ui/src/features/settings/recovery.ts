/** What the recovery code looks like, and how somebody shows to have it on paper. */

/** So many of its groups are asked for: enough that nobody guesses, few enough that nobody gives up. */
export const ASKED = 3;

export const groupsOf = (code: string): string[] => code.split("-");

/** Places of the groups that are asked for, from 0, each once and in their order. `random`: from 0 up to 1. */
export function places(count: number, random: () => number): number[] {
  const left = Array.from({ length: count }, (_, place) => place);
  const chosen = Array.from({ length: Math.min(ASKED, count) }, () => left.splice(Math.floor(random() * left.length), 1)[0] ?? 0);
  return chosen.sort((one, other) => one - other);
}

/** Small letters, and what hands write for 0 and 1, count as in the code itself. */
export function isGroup(group: string, typed: string): boolean {
  const read = typed.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  return read === group;
}
