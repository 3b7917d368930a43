/** The till in the cockpit: what a form of it comes to. Pure but for the clock's offset. */
import type { CashUp, DrawerSum, Money, OrderLine, ReturnedLine, SaleReturn } from "../../ipc";
import { amountOf } from "../../shared/amount";

/** How far this computer's clock is ahead of UTC now. */
export const utcOffsetS = (): number => -new Date().getTimezoneOffset() * 60;

/** What is typed into a count; null where one of them is no amount. An empty field is not counted. */
export function counted(drawer: readonly DrawerSum[], typed: Readonly<Record<string, string>>): Money[] | null {
  const counts: Money[] = [];
  for (const { expected } of drawer) {
    const text = typed[expected.currency]?.trim() ?? "";
    const count = text === "" ? null : amountOf(text, expected.currency);
    if (text !== "" && !count) return null;
    if (count) counts.push(count);
  }
  return counts;
}

/** Counted less expected, where it is not nothing. */
export function differences(drawer: readonly DrawerSum[], counts: readonly Money[]): Money[] {
  return drawer.flatMap(({ expected }) => {
    const count = counts.find((one) => one.currency === expected.currency);
    return count && count.minor !== expected.minor ? [{ ...count, minor: count.minor - expected.minor }] : [];
  });
}

/** Whether the till can be closed: every currency that something is expected of is counted, and a difference has its note. */
export function canClose(book: CashUp, counts: readonly Money[] | null, note: string): boolean {
  if (!counts) return false;
  const all = book.drawer.every(({ expected }) => expected.minor === 0 || counts.some((count) => count.currency === expected.currency));
  return all && (differences(book.drawer, counts).length === 0 || note.trim() !== "");
}

/** Pieces of each line that are left with the buyer. */
export function left(lines: readonly OrderLine[], returns: readonly SaleReturn[]): number[] {
  const back = returns.flatMap((one) => one.lines);
  return lines.map((line, at) => line.qty - back.reduce((sum, one) => sum + (one.line === at ? one.qty : 0), 0));
}

/** What comes back, of as many pieces as are left; lines of none are left out. */
export function returnedLines(pieces: readonly number[], most: readonly number[]): ReturnedLine[] {
  return pieces.flatMap((qty, line) => {
    const taken = Math.min(Math.max(0, Math.trunc(qty)), most[line] ?? 0);
    return taken > 0 ? [{ line, qty: taken }] : [];
  });
}

/** What these pieces cost. */
export function cost(lines: readonly OrderLine[], back: readonly ReturnedLine[]): Money | null {
  const currency = lines[0]?.unit_price.currency;
  if (currency === undefined) return null;
  return { minor: back.reduce((sum, { line, qty }) => sum + (lines[line]?.unit_price.minor ?? 0) * qty, 0), currency };
}
