import { expect, it } from "vitest";
import type { LiveLine } from "../../ipc";
import { DESK_ROWS, EMPTY_DESK, onLine, onSnapshot } from "./desk";
import { row, sample } from "./sample";

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

const onAir = (show_id: string, viewer_url: string | null = null): LiveLine => ({ t_ms: 0, event: "on_air", show_id, viewer_url });
const frames = { captured: 1, composed: 1, encoded: 1, dropped: {}, by_canvas: {} };
const end: LiveLine = { t_ms: 9000, event: "summary", on_air_s: 9, frames, outputs: [], recording: null, pins: 1, orders: 0, cpu_ms_per_frame: 1, viewer_url: null };

it("starts empty with every new show and keeps its summary", () => {
  let desk = [onAir("first"), chat("old"), order("1"), end].reduce(onLine, EMPTY_DESK);
  expect(desk.summary?.on_air_s).toBe(9);
  desk = onLine(desk, onAir("second"));
  expect(desk).toEqual({ ...EMPTY_DESK, showId: "second" });
});

it("stays as it is when the same show is announced again, with its address or after the platform was away", () => {
  const desk = [onAir("s"), chat("hi"), order("1"), onAir("s", "http://x/s/s"), chat("+1"), onAir("s", "http://y/s/s")].reduce(onLine, EMPTY_DESK);
  expect(desk.rows.map((one) => one.kind)).toEqual(["chat", "order", "chat"]);
  expect(desk.orders).toBe(1);
});

it("knows the show from the snapshot when the window came later than the show", () => {
  let desk = onSnapshot(EMPTY_DESK, sample({ show_id: "s" }));
  desk = [chat("hi"), onAir("s", "http://x/s/s")].reduce(onLine, desk);
  expect(desk.rows, "announced again, not begun").toHaveLength(1);
});

it("keeps what a show brought until the next one, also when the studio has put the show down", () => {
  const revenue = { minor: 841_200, currency: "CNY" };
  const sold = [{ ...row("A"), sold: 21 }, { ...row("B"), sold: 4 }];
  let desk = onSnapshot(EMPTY_DESK, sample({ show_id: "s", orders: 17, revenue, running_order: sold }));
  const brought = { orders: 17, sold: 25, revenue };
  expect(desk.takings).toEqual(brought);
  desk = onLine(desk, end);
  desk = onSnapshot(desk, sample({ show: { state: "ended" } }));
  expect(desk.takings).toEqual(brought);
  expect(onSnapshot(desk, sample({ show_id: "s", orders: 17, revenue: null, running_order: sold })).takings.revenue).toEqual(revenue);
  desk = onSnapshot(desk, sample({ show_id: "next", show: { state: "preparing", missing: [] } }));
  expect(desk.takings).toEqual(EMPTY_DESK.takings);
  expect(desk.summary).toBeNull();
});
