import { expect, it } from "vitest";
import { isRunning, moveSelection, pinAction, pinnedTag, suggestion, trackInQuestion } from "./picks";
import { box, pinOf, row, sample } from "./sample";

it("suggests the likeliest of what waits", () => {
  const boxes = [box("A", "suggested", 0.7), box("B", "suggested", 0.9), box("C", "pinned", 0.99)];
  expect(suggestion(sample({ boxes }))?.sku).toBe("B");
  expect(suggestion(sample())).toBeNull();
});

it("knows the tag behind the pin", () => {
  const boxes = [box("A", "suggested"), box("B", "pinned")];
  expect(pinnedTag(sample({ boxes, pinned: pinOf("B") }))?.sku).toBe("B");
  expect(pinnedTag(sample({ boxes }))).toBeNull();
});

it("asks about the thing it speaks of, and about none where it speaks of none in the picture", () => {
  const [a, b] = [{ ...box("A", "suggested"), track_id: 4 }, { ...box("B", "pinned"), track_id: 7 }];
  const rows: [Parameters<typeof sample>[0], number | null][] = [
    [{ boxes: [b, a], pinned: pinOf("B") }, 4],
    [{ boxes: [a, b] }, 4],
    [{ boxes: [a, { ...box("A", "pinned"), track_id: 7 }], pinned: pinOf("A") }, 7],
    [{ boxes: [b], pinned: pinOf("B") }, 7],
    [{ boxes: [{ ...a, tag: null }], pinned: pinOf("B") }, null],
    [{ pinned: pinOf("B") }, null],
    [{}, null],
  ];
  for (const [change, track] of rows) expect(trackInQuestion(sample(change)), JSON.stringify(change)).toBe(track);
});

it("takes Space as the answer to the suggestion, else to the chosen row, else to the pin", () => {
  const suggested = [box("A", "suggested")];
  expect(pinAction(sample({ boxes: suggested }), "C")).toEqual({ do: "confirm", tagId: "t-A" });
  expect(pinAction(sample(), "C")).toEqual({ do: "pin", sku: "C" });
  expect(pinAction(sample({ pinned: pinOf("B") }), "C")).toEqual({ do: "pin", sku: "C" });
  expect(pinAction(sample({ pinned: pinOf("C") }), "C")).toEqual({ do: "unpin" });
  expect(pinAction(sample({ pinned: pinOf("B") }), null)).toEqual({ do: "unpin" });
  expect(pinAction(sample({ pinned: pinOf("A"), boxes: suggested }), null), "what is pinned needs no word").toEqual({ do: "unpin" });
  expect(pinAction(sample(), null)).toEqual({ do: "nothing" });
});

it("asks nothing about a product of which a variant is pinned, and about its sibling it does", () => {
  const open = box("A", "suggested", 0.9);
  if (open.tag) open.tag.variants = ["A", "B"];
  const pinned = pinOf("B");
  expect(pinAction(sample({ pinned, boxes: [open] }), null)).toEqual({ do: "unpin" });
  const likely = sample({ pinned, boxes: [open, { ...box("C", "suggested", 0.7), track_id: 5 }] });
  expect([suggestion(likely)?.sku, trackInQuestion(likely)]).toEqual(["C", 5]);
  const seen = { ...open, tag: open.tag && { ...open.tag, state: "pinned" as const } };
  expect(pinnedTag(sample({ pinned, boxes: [seen] }))?.sku).toBe("A");
  const named = sample({ pinned: { ...pinOf("A"), variants: ["A", "B"] }, boxes: [box("B", "suggested")] });
  expect(pinAction(named, null)).toEqual({ do: "unpin" });
  expect(pinAction(sample({ pinned, boxes: [box("A", "suggested")] }), null)).toEqual({ do: "confirm", tagId: "t-A" });
});

it("moves through the running order and stops at its ends", () => {
  expect(moveSelection(sample(), null, 1)).toBe("A");
  expect(moveSelection(sample(), null, -1)).toBe("C");
  expect(moveSelection(sample(), "A", 1)).toBe("B");
  expect(moveSelection(sample(), "C", 1)).toBe("C");
  expect(moveSelection(sample(), "A", -1)).toBe("A");
  expect(moveSelection(sample({ pinned: pinOf("B") }), null, 1), "goes on from the pinned one").toBe("C");
  expect(moveSelection(sample({ running_order: [row("A"), { ...row("B"), lit: true }] }), null, -1)).toBe("A");
  expect(moveSelection(sample({ running_order: [] }), null, 1)).toBeNull();
});

it("calls a show running from go live to its end", () => {
  expect(isRunning(null)).toBe(false);
  expect(isRunning(sample())).toBe(false);
  expect(isRunning(sample({ show: { state: "preparing", missing: [] } }))).toBe(true);
  expect(isRunning(sample({ show: { state: "ended" } }))).toBe(false);
});
