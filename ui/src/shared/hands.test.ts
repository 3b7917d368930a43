import { expect, it } from "vitest";
import { type Touch, letsGo } from "./hands";

it("lets go of the keys after a click by mouse, of a list after a choice in it, and of a slider either way", () => {
  const rows: [Touch["event"], boolean, Touch["control"], boolean, boolean][] = [
    ["click", true, "press", false, true],
    ["click", false, "press", false, false],
    ["click", true, "press", true, false],
    ["click", true, "choice", false, false],
    ["change", true, "choice", false, true],
    ["change", false, "choice", false, false],
    ["click", true, "range", false, true],
    ["change", true, "range", false, true],
    ["change", false, "range", false, false],
    ["change", true, "range", true, false],
    ["click", true, "field", false, false],
    ["change", true, "field", false, false],
  ];
  for (const [event, byMouse, control, kept, want] of rows) expect(letsGo({ event, byMouse, control, kept }), `${event} ${byMouse} ${control} ${kept}`).toBe(want);
});
