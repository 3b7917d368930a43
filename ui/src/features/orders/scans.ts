/** Listens for a scanner while something is sold. A code that went into a field is taken out of it again. */
import { Scanner, withoutScan } from "../../shared/scanner";

/** Calls `onscan` with every code; what it returns ends the listening. */
export function listenForScans(onscan: (code: string) => void): () => void {
  const scanner = new Scanner();
  function onkeydown(event: KeyboardEvent) {
    const { code } = scanner.press({ key: event.key, at: event.timeStamp, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey, repeat: event.repeat });
    if (code === null) return;
    // The Enter of a scan must press no button and send no form.
    event.preventDefault();
    event.stopPropagation();
    const field = event.target;
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
      const text = withoutScan(field.value, code, caretOf(field));
      if (text !== field.value) {
        field.value = text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    onscan(code);
  }
  addEventListener("keydown", onkeydown, { capture: true });
  return () => removeEventListener("keydown", onkeydown, { capture: true });
}

/** A field for numbers tells no caret: it was typed at the end. */
function caretOf(field: HTMLInputElement | HTMLTextAreaElement): number {
  return field.selectionStart ?? field.value.length;
}
