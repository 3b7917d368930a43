/** Keeps the focus where it is when what had it goes away with a change. */

/**
 * Called while a component is made. `on`: what the change comes of. `heir`: what gets the focus then, of the element that
 * `within` is.
 */
export function keepFocus(within: () => HTMLElement | undefined, on: () => unknown, heir: (within: HTMLElement) => HTMLElement | null): void {
  let held = false;
  $effect.pre(() => {
    on();
    held = within()?.contains(document.activeElement) ?? false;
  });
  $effect(() => {
    on();
    const element = within();
    if (held && element && !element.contains(document.activeElement)) heir(element)?.focus();
  });
}
