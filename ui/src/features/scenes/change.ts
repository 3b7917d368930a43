/** How one scene becomes the next, as the host chose it last. Pure but for where the choice is kept. */
import { BOUNDS, SIDES, type Side, type Transition } from "../../ipc";

export type Change = "cut" | "fade" | `slide_${Side}`;
export const CHANGES: readonly Change[] = ["cut", "fade", ...SIDES.map((side) => `slide_${side}` as const)];

export interface Choice {
  change: Change;
  ms: number;
}

export const [LEAST_MS, MOST_MS] = BOUNDS.transition_ms;
/** Long enough to be seen, short enough not to be waited for. */
const USUAL_MS = 400;
const KEPT = "hawker.scene-change";
const KEPT_MS = "hawker.scene-change-ms";

export function transition({ change, ms }: Choice): Transition {
  if (change === "cut") return { kind: "cut" };
  if (change === "fade") return { kind: "fade", ms };
  const from = SIDES.find((side) => change === `slide_${side}`) ?? "right";
  return { kind: "slide", ms, from };
}

export const isDuration = (ms: number): boolean => Number.isInteger(ms) && ms >= LEAST_MS && ms <= MOST_MS;

/** What was chosen before; a cut where nothing was, or something that is no change any more. */
export function kept(store: Pick<Storage, "getItem">): Choice {
  const text = store.getItem(KEPT);
  const ms = Number(store.getItem(KEPT_MS) ?? USUAL_MS);
  // What was once the only slide.
  const change = text === "slide" ? "slide_right" : CHANGES.find((one) => one === text);
  return { change: change ?? "cut", ms: isDuration(ms) ? ms : USUAL_MS };
}

export function keep(store: Pick<Storage, "setItem">, { change, ms }: Choice): void {
  store.setItem(KEPT, change);
  store.setItem(KEPT_MS, String(ms));
}
