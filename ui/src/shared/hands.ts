/** Whose the next key is. What was pressed by mouse lets go of the keys: Space, Enter and the arrows are the show's then. */

export interface Touch {
  event: "click" | "change";
  /** The last thing that happened before was the mouse, not a key. */
  byMouse: boolean;
  /** What has the focus: pressed and done, chosen from, moved, or written into. */
  control: "press" | "choice" | "range" | "field";
  /** Its keys are wanted after a click: in a dialog, and on a layer that the arrows move. */
  kept: boolean;
}

/** Whether a control gives the focus up. A list does so only when something was chosen in it. Pure. */
export function letsGo({ event, byMouse, control, kept }: Touch): boolean {
  if (!byMouse || kept) return false;
  // A slider changes nothing where it is clicked in its place, and may be let loose beside itself, where no click is.
  return control === "range" || (control === "press" ? event === "click" : control === "choice" && event === "change");
}

const KEPT = "[role=dialog], [role=alertdialog], [data-keeps-keys]";

function controlOf(element: Element): Touch["control"] {
  if (element.matches("select")) return "choice";
  if (element.matches("input[type=range]")) return "range";
  return element.matches("button, a[href], input[type=checkbox], input[type=radio]") ? "press" : "field";
}

/**
 * Watches the page until the returned call. `:focus-visible` alone can't tell: WebKit sets it on a button clicked by mouse as
 * soon as any key is pressed.
 */
export function followHands(page: Document): () => void {
  let byMouse = false;
  const mouse = () => (byMouse = true);
  const key = () => (byMouse = false);
  const touched = ({ type }: Event) => {
    const at = page.activeElement;
    if (!(at instanceof HTMLElement)) return;
    if (letsGo({ event: type === "change" ? "change" : "click", byMouse, control: controlOf(at), kept: at.closest(KEPT) !== null })) at.blur();
  };
  const watched: [string, (event: Event) => void, boolean][] = [["pointerdown", mouse, true], ["keydown", key, true], ["click", touched, false], ["change", touched, false]];
  watched.forEach(([name, act, capture]) => page.addEventListener(name, act, capture));
  return () => watched.forEach(([name, act, capture]) => page.removeEventListener(name, act, capture));
}
