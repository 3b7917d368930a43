/** What was learned about one product, as the editor lists it. Pure. */
import type { LessonView } from "../../ipc";

/** As many are shown at first: a product can have forty, and its fields come below. */
export const FEW = 3;

/** Those of a product, newest first. */
export function lessonsOf(all: readonly LessonView[], sku: string): LessonView[] {
  return all.filter((one) => one.sku === sku).sort((a, b) => b.made_at_us - a.made_at_us);
}
