import { expect, it } from "vitest";
import type { DestinationView, OutputState, OutputView, OutputWhy } from "../../ipc";
import { type Row, advice, deeds, isLast, rows, takesOver } from "./rows";

const stored = (id: string): DestinationView => ({ id, name: id, url: `rtmp://${id}/••••`, deadline_s: null, one_show: true, delay_ms: 0, canvas: "16:9", rendition: null, primary: false });
const output = (id: string, state: OutputState, why_code: OutputWhy | null = null, name = id): OutputView => ({
  id,
  name,
  url: `rtmp://${id}/••••`,
  state,
  why: why_code,
  why_code,
  deadline_ms: null,
  bitrate_bps: 0,
  reconnects: 0,
  rendition: null,
  delay_ms: 0,
  line: { queue_ms: 0, rtt_ms: null, sent_pictures: 0, dropped: 0, missed: 0, down_ms: 0, steered_bps: null },
});
const first = (outputs: OutputView[], list: DestinationView[] | null): Row => {
  const [row] = rows(outputs, list);
  if (!row) throw new Error("no row");
  return row;
};

it("lists what is stored in its order, whether the show goes there or not, then the show's others", () => {
  const all = rows([output("c", "live"), output("p", "live", null, "hawker"), output("a", "failed"), output("u", "live", null, "url")], [stored("a"), stored("b"), stored("c")]);
  expect(all.map(({ id, kind, output }) => [id, kind, output?.state ?? null])).toEqual([
    ["a", "stored", "failed"],
    ["b", "stored", null],
    ["c", "stored", "live"],
    ["p", "platform", "live"],
    ["u", "alone", "live"],
  ]);
  const unread = rows([output("a", "live"), output("p", "live", null, "hawker")], null);
  expect(unread.map(({ id, kind }) => [id, kind])).toEqual([["a", "unread"], ["p", "platform"]]);
});

it("offers what can be done, and advises what helps", () => {
  const table: [string, OutputState | null, OutputWhy | null, string, string | null][] = [
    ["stored", null, null, "address publish", null],
    ["stored", "connecting", null, "address end", null],
    ["stored", "live", null, "address end", null],
    ["stored", "live", "slow_destination", "address end", null],
    ["stored", "live", "no_sound", "address again end", "again"],
    ["stored", "reconnecting", "unreachable", "address end", null],
    ["stored", "failed", "refused_or_starting", "address again end", "again"],
    ["stored", "failed", "key_refused", "address again end", "address"],
    ["stored", "failed", "room_closed", "address again end", "address"],
    ["stored", "failed", "encode_lost", "address again end", null],
    ["stored", "failed", null, "address again end", "again"],
    ["stored", "ended", null, "address again", null],
    ["hawker", "live", null, "end", null],
    ["hawker", "failed", "key_refused", "again end", "again"],
    ["hawker", "ended", null, "again", null],
    ["url", "live", null, "end", null],
    ["url", "failed", "hung_up", "again end", "again"],
    ["url", "ended", null, "again", null],
    ["unread", "failed", "room_closed", "again end", "again"],
  ];
  for (const [kind, state, why, can, helps] of table) {
    const name = kind === "stored" ? "a" : kind;
    const row = first(state === null ? [] : [output("a", state, why, name)], kind === "stored" ? [stored("a")] : kind === "unread" ? null : []);
    expect([deeds(row).join(" "), advice(row)], `${kind} ${state} ${why}`).toEqual([can, helps]);
  }
});

it("takes another address over at once where the show goes, or failed to go", () => {
  const over = (state: OutputState) => takesOver(first([output("a", state)], [stored("a")]));
  expect((["connecting", "live", "reconnecting", "failed", "ended"] as const).map(over)).toEqual([true, true, true, true, false]);
  expect(takesOver(first([], [stored("a")]))).toBe(false);
});

it("knows the last destination at which the show is seen", () => {
  const list = ["a", "b", "c"].map(stored);
  expect(isLast(rows([output("a", "live"), output("b", "failed"), output("c", "reconnecting")], list), "a")).toBe(true);
  expect(isLast(rows([output("a", "live"), output("b", "live")], list), "a")).toBe(false);
});
