/** What can be chosen as encoder, and what is said of it. Pure. */
import type { EncoderView } from "../../ipc";

export interface Choice {
  value: string;
  /** Of a device, or none for software. */
  hardware: string | null;
  works: boolean;
}

/** What works, in the order of a show; what is set stays in the list, whatever became of it. */
export function choices(found: EncoderView[], set: string | null): Choice[] {
  const offered = found.filter((one) => one.works || one.name === set).map((one) => ({ value: one.name, hardware: one.hardware, works: one.works }));
  if (set === null || offered.some((one) => one.value === set)) return offered;
  // Not known yet, or of another system: nobody tried it.
  return [...offered, { value: set, hardware: null, works: found.length === 0 }];
}

/** The one that a show takes by itself. */
export const first = (found: EncoderView[]): EncoderView | null => found.find((one) => one.first) ?? null;

/** The one that stands in for what is set; null where what is set works, or it is not known whether it does. */
export function standsIn(found: EncoderView[], set: string | null): EncoderView | null {
  const broken = choices(found, set).some((one) => one.value === set && !one.works);
  return broken ? first(found) : null;
}
