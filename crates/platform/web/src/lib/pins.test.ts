import { expect, test } from "vitest";
import { LONGEST_WAIT_MS, PinBoard } from "./pins";

test("the card waits for its picture", () => {
  const board = new PinBoard();
  board.add({ sku: "milk", at: 10_000 }, 0);
  expect(board.update(9_990, 100)).toBe(null);
  expect(board.update(10_000, 140)).toBe("milk");
});

test("cards follow in order, and none is taken away before its time", () => {
  const board = new PinBoard();
  board.add({ sku: "milk", at: 1_000 }, 0);
  board.add({ sku: null, at: 2_000 }, 10);
  board.add({ sku: "juice", at: 2_500 }, 20);
  expect(board.update(1_500, 30)).toBe("milk");
  expect(board.update(2_100, 60)).toBe(null);
  expect(board.update(9_000, 90)).toBe("juice");
});

test("a viewer whose picture stands still gets the card all the same", () => {
  const board = new PinBoard();
  board.add({ sku: "milk", at: 10_000 }, 500);
  expect(board.update(null, 500 + LONGEST_WAIT_MS - 1)).toBe(null);
  expect(board.update(null, 500 + LONGEST_WAIT_MS)).toBe("milk");
});

test("an answer that was overtaken takes nothing away, and what is told counts in its order", () => {
  const board = new PinBoard();
  board.add({ sku: "red", variants: ["red", "blue"], at: 1_000 }, 0);
  board.add({ sku: "blue", at: 2_000 }, 10);
  board.add({ sku: "red", variants: ["red", "blue"], at: 1_000 }, 20, true);
  expect([board.update(9_000, 30), board.open]).toEqual(["blue", []]);
  board.add({ sku: "milk", at: 2_000 }, 40, true);
  expect(board.update(9_000, 50), "an answer that is no newer").toBe("blue");
  board.add({ sku: "juice", at: 1_900 }, 60);
  expect(board.update(9_000, 70), "of a picture a moment before the card that was chosen by hand").toBe("juice");
  board.add({ sku: null, at: 0 }, 80);
  expect(board.update(9_000, 90), "it was taken away while the line was gone").toBe(null);
});

test("which variants are open changes with the card, and is over when one is known", () => {
  const board = new PinBoard();
  board.add({ sku: "red", variants: ["red", "blue"], at: 1_000 }, 0);
  board.add({ sku: "red", at: 2_000 }, 10);
  expect(board.open).toEqual([]);
  board.update(1_500, 30);
  expect(board.open).toEqual(["red", "blue"]);
  board.update(2_000, 60);
  expect([board.shown, board.open]).toEqual(["red", []]);
});
