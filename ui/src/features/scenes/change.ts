/** How one scene becomes the next, as the host chose it last. Pure but for where the choice is kept. */
import type { Transition } from "../../ipc";

export const CHANGES = ["cut", "fade", "slide"] as const;
export type Change = (typeof CHANGES)[number];

/** Long enough to be seen, short enough not to be waited for. */
const MS = 400;
const KEPT = "hawker.scene-change";

export function transition(change: Change): Transition {
  switch (change) {
    case "cut":
      return { kind: "cut" };
    case "fade":
      return { kind: "fade", ms: MS };
    case "slide":
      return { kind: "slide", ms: MS, from: "right" };
  }
}

/** What was chosen before; a cut where nothing was, or something that is no change any more. */
export function kept(store: Pick<Storage, "getItem">): Change {
  const text = store.getItem(KEPT);
  return CHANGES.find((one) => one === text) ?? "cut";
}

export function keep(store: Pick<Storage, "setItem">, change: Change): void {
  store.setItem(KEPT, change);
}
