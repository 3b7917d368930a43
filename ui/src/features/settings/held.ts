/** Changes that wait for a person, page by page. Pure. */
import type { HeldView } from "../../ipc";

/** As many as a sheet shows without much scrolling. */
export const PAGE = 10;
/** The platform lists no more: decided ones leave room for others. */
export const LISTED = 500;

export const waiting = (all: readonly HeldView[]): number => all.filter((one) => one.state === "waits").length;

/** The page that is nearest to the one asked for, from 0. */
export const pageNear = (page: number, count: number): number => Math.max(0, Math.min(page, Math.ceil(count / PAGE) - 1));

/** What stands on a page, and the places of its first and last from 1. */
export function onPage<T>(all: readonly T[], page: number): { shown: T[]; from: number; to: number } {
  const begin = pageNear(page, all.length) * PAGE;
  const shown = all.slice(begin, begin + PAGE);
  return { shown, from: shown.length === 0 ? 0 : begin + 1, to: begin + shown.length };
}

/** One of them as it is by now, in its place. */
export const replaced = (all: readonly HeldView[], after: HeldView): HeldView[] => all.map((one) => (one.id === after.id ? after : one));

/** The one to look at next: the first after `id` that waits, else the first of all. */
export function nextWaiting(all: readonly HeldView[], id: string): string | null {
  const at = all.findIndex((one) => one.id === id);
  const waits = (one: HeldView) => one.state === "waits" && one.id !== id;
  return (all.slice(at + 1).find(waits) ?? all.find(waits))?.id ?? null;
}

/** Pieces as they are written: what goes out of the stock, and what comes in, with its sign. */
export function signed(pieces: number, isMove: boolean, format: (value: number) => string): string {
  if (!isMove) return `×${format(pieces)}`;
  return `${pieces < 0 ? "−" : "+"}${format(Math.abs(pieces))}`;
}
