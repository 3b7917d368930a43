/** Keys of the live view. Pure: what a key press means, given where the focus is. */

export type Action = "pin" | "undo" | "name" | "replay" | "record" | "clip" | "scene" | "take" | "mute" | "mixer" | "figures" | "claims" | "answer" | "let-go" | "offers" | "destinations" | "up" | "down" | "help" | "go-live" | "end";

export interface Press {
  key: string;
  ctrl: boolean;
  alt: boolean;
  /** In a field, where letters are text. */
  typing: boolean;
  /** On a control reached by keyboard, which Space and the arrows belong to. */
  onControl: boolean;
  /** A dialog is open: only it gets keys. */
  inDialog: boolean;
}

export const SHORTCUTS: readonly { action: Action; keys: readonly string[] }[] = [
  { action: "pin", keys: ["Space"] },
  { action: "undo", keys: ["Z"] },
  { action: "name", keys: ["I"] },
  { action: "replay", keys: ["R"] },
  { action: "record", keys: ["C"] },
  { action: "clip", keys: ["K"] },
  { action: "scene", keys: ["1", "…", "9"] },
  { action: "take", keys: ["T", "Enter"] },
  { action: "mute", keys: ["M"] },
  { action: "mixer", keys: ["X"] },
  { action: "figures", keys: ["S"] },
  { action: "destinations", keys: ["D"] },
  { action: "claims", keys: ["Q"] },
  { action: "answer", keys: ["Y"] },
  { action: "let-go", keys: ["N"] },
  { action: "offers", keys: ["O"] },
  { action: "up", keys: ["↑"] },
  { action: "down", keys: ["↓"] },
  { action: "go-live", keys: ["Ctrl", "Enter"] },
  { action: "end", keys: ["Ctrl", "E"] },
  { action: "help", keys: ["F1", "?"] },
];

/** Small or large. */
const LETTERS: Readonly<Partial<Record<string, Action>>> = {
  z: "undo",
  i: "name",
  r: "replay",
  c: "record",
  k: "clip",
  t: "take",
  m: "mute",
  x: "mixer",
  s: "figures",
  d: "destinations",
  q: "claims",
  y: "answer",
  n: "let-go",
  o: "offers",
};

export function meaning(press: Press): Action | null {
  if (press.inDialog || press.alt) return null;
  if (press.key === "F1") return "help";
  if (press.ctrl) return press.key === "Enter" ? "go-live" : press.key.toLowerCase() === "e" ? "end" : null;
  if (press.typing) return null;
  if (/^[1-9]$/.test(press.key)) return "scene";
  switch (press.key) {
    case "Enter":
      return press.onControl ? null : "take";
    case "?":
      return "help";
    case " ":
      return press.onControl ? null : "pin";
    case "ArrowUp":
      return press.onControl ? null : "up";
    case "ArrowDown":
      return press.onControl ? null : "down";
    default:
      return LETTERS[press.key.toLowerCase()] ?? null;
  }
}

/** Reads the focus off a key event. A button clicked with the mouse keeps no claim on Space: the host's next key is a pin. */
export function pressOf(event: KeyboardEvent): Press {
  const target = event.target instanceof Element ? event.target : null;
  const typing = target?.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable=true]") ?? false;
  const control = target?.closest("button, a[href], input, select, textarea, [role=option], [role=menuitem]") ?? null;
  return {
    key: event.key,
    ctrl: event.ctrlKey || event.metaKey,
    alt: event.altKey,
    typing,
    onControl: control?.matches(":focus-visible") ?? false,
    inDialog: document.querySelector("[role=dialog], [role=alertdialog]") !== null,
  };
}
