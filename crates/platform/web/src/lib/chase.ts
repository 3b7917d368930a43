/** How a player that fell behind comes back to the live edge. */
export interface Chase {
  rate: number;
  /** Seconds before the live edge to jump to; null: no jump. */
  jumpTo: number | null;
}

/** More than this behind is too late to buy along; the picture then runs a little faster until it is close again. */
export const BEHIND_S = 1.5;
/** As close as a stream with a picture every 40 ms stays without stalling. */
export const CLOSE_S = 0.6;
/** Further behind, running faster would take longer than a viewer's patience: jump. */
const FAR_S = 5;

/** What to do with `behind` seconds between picture and live edge, running at `rate` now. */
export function chase(behind: number, rate: number): Chase {
  if (behind > FAR_S) return { rate: 1, jumpTo: CLOSE_S };
  if (behind > BEHIND_S) return { rate: behind > 3 ? 1.5 : 1.2, jumpTo: null };
  if (rate > 1 && behind > CLOSE_S) return { rate: 1.1, jumpTo: null };
  return { rate: 1, jumpTo: null };
}
