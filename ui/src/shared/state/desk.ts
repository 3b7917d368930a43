/** The desk: comments and orders in one list, newest last. Pure; bounded, since a show can bring a hundred thousand. */
import type { LiveLine, Money, OrderSource, OrderedLine, Summary } from "../../ipc";

/** Enough to scroll back a few minutes of a busy show. */
export const DESK_ROWS = 300;

export type DeskRow =
  | { kind: "chat"; key: number; atMs: number; from: string; text: string }
  | { kind: "order"; key: number; atMs: number; id: string; source: OrderSource; lines: OrderedLine[]; total: Money };

export interface Desk {
  rows: DeskRow[];
  /** Orders seen in this show. */
  orders: number;
  summary: Summary | null;
  nextKey: number;
}

export const EMPTY_DESK: Desk = { rows: [], orders: 0, summary: null, nextKey: 0 };

export function onLine(desk: Desk, line: LiveLine): Desk {
  switch (line.event) {
    case "on_air":
      return EMPTY_DESK;
    case "summary":
      return { ...desk, summary: line };
    case "chat":
      return push(desk, { kind: "chat", key: desk.nextKey, atMs: line.t_ms, from: line.from, text: line.text });
    case "order": {
      const { id, source, lines, total_minor, currency } = line;
      // The studio tells an order again after a reconnect: the same id is the same order.
      if (desk.rows.some((row) => row.kind === "order" && row.id === id)) return desk;
      const total = { minor: total_minor, currency };
      const next = push(desk, { kind: "order", key: desk.nextKey, atMs: line.t_ms, id, source, lines, total });
      return { ...next, orders: desk.orders + 1 };
    }
    default:
      return desk;
  }
}

function push(desk: Desk, row: DeskRow): Desk {
  return { ...desk, rows: [...desk.rows, row].slice(-DESK_ROWS), nextKey: desk.nextKey + 1 };
}
