/** Which view is open: the part of the address behind `#/`. */
export const VIEWS = ["live", "scenes", "catalogue", "orders", "settings"] as const;
export type View = (typeof VIEWS)[number];

export function viewOf(hash: string): View {
  const name = hash.replace(/^#\/?/, "");
  return VIEWS.find((one) => one === name) ?? "live";
}

export class Route {
  view = $state<View>(viewOf(location.hash));

  /** Follows the address; returns how to stop. */
  follow(): () => void {
    const read = () => (this.view = viewOf(location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }
}
