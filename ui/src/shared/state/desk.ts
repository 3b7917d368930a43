/** The desk: comments and orders in one list, newest last, and what the show has brought. Pure; bounded, since a show can bring a hundred thousand. */
import type { LiveLine, Money, OrderSource, OrderedLine, Snapshot, Summary } from "../../ipc";

/** Enough to scroll back a few minutes of a busy show. */
export const DESK_ROWS = 300;

export type DeskRow =
  | { kind: "chat"; key: number; atMs: number; from: string; text: string }
  | { kind: "order"; key: number; atMs: number; id: string; source: OrderSource; lines: OrderedLine[]; total: Money };

/** What a show has brought so far; kept after its end, when the studio has put the show down. */
export interface Takings {
  orders: number;
  /** Pieces sold. */
  sold: number;
  revenue: Money | null;
}

export interface Desk {
  /** The show all of this is about; none before the first one. */
  showId: string | null;
  rows: DeskRow[];
  /** Orders seen in this show. */
  orders: number;
  takings: Takings;
  summary: Summary | null;
  nextKey: number;
}

export const EMPTY_DESK: Desk = {
  showId: null,
  rows: [],
  orders: 0,
  takings: { orders: 0, sold: 0, revenue: null },
  summary: null,
  nextKey: 0,
};

export function onLine(desk: Desk, line: LiveLine): Desk {
  switch (line.event) {
    case "on_air":
      return ofShow(desk, line.show_id);
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

/** Off air a snapshot knows no show any more: what it brought stays as it was last seen. */
export function onSnapshot(desk: Desk, snapshot: Snapshot): Desk {
  if (snapshot.show_id === null) return desk;
  const current = ofShow(desk, snapshot.show_id);
  const sold = snapshot.running_order.reduce((sum, row) => sum + row.sold, 0);
  const revenue = snapshot.revenue ?? current.takings.revenue;
  const { takings } = current;
  const same = takings.orders === snapshot.orders && takings.sold === sold && sameMoney(takings.revenue, revenue);
  return same ? current : { ...current, takings: { orders: snapshot.orders, sold, revenue } };
}

/** A show is announced again when its page has an address, and whenever the platform is back: only another show clears the desk. */
function ofShow(desk: Desk, showId: string): Desk {
  return desk.showId === showId ? desk : { ...EMPTY_DESK, showId };
}

function sameMoney(one: Money | null, other: Money | null): boolean {
  return one?.minor === other?.minor && one?.currency === other?.currency;
}

function push(desk: Desk, row: DeskRow): Desk {
  return { ...desk, rows: [...desk.rows, row].slice(-DESK_ROWS), nextKey: desk.nextKey + 1 };
}
