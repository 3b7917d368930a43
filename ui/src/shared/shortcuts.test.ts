import { expect, it } from "vitest";
import { type Press, SHORTCUTS, meaning } from "./shortcuts";

const press = (key: string, change: Partial<Press> = {}): Press => ({
  key,
  ctrl: false,
  alt: false,
  typing: false,
  onControl: false,
  inDialog: false,
  ...change,
});

it("gives each key its meaning", () => {
  const table: [Press, ReturnType<typeof meaning>][] = [
    [press(" "), "pin"],
    [press("z"), "undo"],
    [press("Z"), "undo"],
    [press("i"), "name"],
    [press("I"), "name"],
    [press("i", { ctrl: true }), null],
    [press("r"), "replay"],
    [press("R"), "replay"],
    [press("c"), "record"],
    [press("C"), "record"],
    [press("k"), "clip"],
    [press("K"), "clip"],
    [press("1"), "scene"],
    [press("9"), "scene"],
    [press("0"), null],
    [press("1", { ctrl: true }), null],
    [press("1", { typing: true }), null],
    [press("t"), "take"],
    [press("T"), "take"],
    [press("Enter"), "take"],
    [press("Enter", { onControl: true }), null],
    [press("ArrowUp"), "up"],
    [press("ArrowDown"), "down"],
    [press("?"), "help"],
    [press("F1"), "help"],
    [press("Enter", { ctrl: true }), "go-live"],
    [press("e", { ctrl: true }), "end"],
    [press("E", { ctrl: true }), "end"],
    [press("e"), null],
    [press("m"), "mute"],
    [press("X"), "mixer"],
    [press("s"), "figures"],
    [press("d"), "destinations"],
    [press("D"), "destinations"],
    [press("q"), "claims"],
    [press("Y"), "answer"],
    [press("n"), "let-go"],
    [press("o"), "offers"],
    [press("O", { ctrl: true }), null],
    [press("b"), null],
    [press("Tab"), null],
    [press("r", { ctrl: true }), null],
    [press("z", { ctrl: true }), null],
  ];
  for (const [one, want] of table) expect(meaning(one), one.key).toBe(want);
});

it("leaves letters to a field and Space to a control reached by keyboard", () => {
  expect(meaning(press("z", { typing: true }))).toBeNull();
  expect(meaning(press(" ", { typing: true }))).toBeNull();
  expect(meaning(press("?", { typing: true }))).toBeNull();
  expect(meaning(press("F1", { typing: true }))).toBe("help");
  expect(meaning(press(" ", { onControl: true }))).toBeNull();
  expect(meaning(press("z", { onControl: true }))).toBe("undo");
});

it("does nothing behind an open dialog", () => {
  for (const key of [" ", "z", "F1", "Enter", "e"]) expect(meaning(press(key, { inDialog: true, ctrl: ["Enter", "e"].includes(key) }))).toBeNull();
});

it("lists every action it knows", () => {
  expect(SHORTCUTS.map((one) => one.action).sort()).toEqual(["answer", "claims", "clip", "destinations", "down", "end", "figures", "go-live", "help", "let-go", "mixer", "mute", "name", "offers", "pin", "record", "replay", "scene", "take", "undo", "up"]);
});
