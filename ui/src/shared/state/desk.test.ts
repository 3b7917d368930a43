import { expect, it } from "vitest";
import type { LiveLine } from "../../ipc";
import { DESK_ROWS, EMPTY_DESK, onLine } from "./desk";

const order = (id: string): LiveLine => ({
  t_ms: 5,
  event: "order",
  id,
  source: "page",
  lines: [{ sku: "A", qty: 2 }],
  total_minor: 3160,
  currency: "CNY",
});
const chat = (text: string): LiveLine => ({ t_ms: 1, event: "chat", from: "a", text });

it("lists comments and orders as they come", () => {
  const desk = [chat("hi"), order("1"), chat("+1")].reduce(onLine, EMPTY_DESK);
  expect(desk.rows.map((row) => row.kind)).toEqual(["chat", "order", "chat"]);
  expect(desk.orders).toBe(1);
  expect(new Set(desk.rows.map((row) => row.key)).size).toBe(3);
});

it("counts an order told twice once", () => {
  const desk = [order("1"), order("1"), order("2")].reduce(onLine, EMPTY_DESK);
  expect(desk.orders).toBe(2);
  expect(desk.rows).toHaveLength(2);
});

it("keeps the newest rows and no more than it can show", () => {
  let desk = EMPTY_DESK;
  for (let i = 0; i < DESK_ROWS + 50; i++) desk = onLine(desk, chat(String(i)));
  expect(desk.rows).toHaveLength(DESK_ROWS);
  const last = desk.rows.at(-1);
  expect(last?.kind === "chat" && last.text).toBe(String(DESK_ROWS + 49));
});

it("starts empty with every show and keeps its summary", () => {
  let desk = [chat("old"), order("1")].reduce(onLine, EMPTY_DESK);
  desk = onLine(desk, { t_ms: 0, event: "on_air", show_id: "s", viewer_url: null });
  expect(desk).toEqual(EMPTY_DESK);
  const frames = { captured: 1, composed: 1, encoded: 1, dropped: {}, by_canvas: {} };
  const summary = { on_air_s: 9, frames, outputs: [], recording: null, pins: 1, orders: 0, cpu_ms_per_frame: 1, viewer_url: null };
  desk = onLine(desk, { t_ms: 9000, event: "summary", ...summary });
  expect(desk.summary?.on_air_s).toBe(9);
});
