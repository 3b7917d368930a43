/** What the one-key actions act on. Pure. */
import type { Snapshot, TagView } from "../../ipc";

/** Whether a tag is of what is pinned, as far as is known: the same product, or one of the variants that either leaves open. */
function isPinned(snapshot: Snapshot, tag: TagView): boolean {
  const pin = snapshot.pinned;
  return pin !== null && (tag.sku === pin.sku || tag.variants.includes(pin.sku) || pin.variants.includes(tag.sku));
}

/** The likeliest product that waits for the host's word; what is pinned needs none. */
export function suggestion(snapshot: Snapshot): TagView | null {
  const waiting = snapshot.boxes.flatMap((box) => (box.tag?.state === "suggested" && !isPinned(snapshot, box.tag) ? [box.tag] : []));
  return waiting.reduce<TagView | null>((best, tag) => (best && best.confidence >= tag.confidence ? best : tag), null);
}

/** The tag behind the pin, while its product is in the picture. */
export function pinnedTag(snapshot: Snapshot): TagView | null {
  return snapshot.boxes.map((box) => box.tag).find((tag) => tag?.state === "pinned" && isPinned(snapshot, tag)) ?? null;
}

/** The thing that the line under the picture speaks of: what is suggested, else what is pinned, while it is in the picture. */
export function trackInQuestion(snapshot: Snapshot): number | null {
  const tag = suggestion(snapshot) ?? pinnedTag(snapshot);
  return snapshot.boxes.find((box) => box.tag !== null && box.tag === tag)?.track_id ?? null;
}

export type PinAction = { do: "confirm"; tagId: string } | { do: "pin"; sku: string } | { do: "unpin" } | { do: "nothing" };

/** Space: a suggestion first, then the row chosen by hand, else take the pin away. */
export function pinAction(snapshot: Snapshot, selected: string | null): PinAction {
  const suggested = suggestion(snapshot);
  if (suggested) return { do: "confirm", tagId: suggested.tag_id };
  if (selected !== null && selected !== snapshot.pinned?.sku) return { do: "pin", sku: selected };
  return snapshot.pinned ? { do: "unpin" } : { do: "nothing" };
}

/** The row `step` away from the chosen one; from none, the pinned or lit one counts as chosen. */
export function moveSelection(snapshot: Snapshot, selected: string | null, step: 1 | -1): string | null {
  const rows = snapshot.running_order;
  const from = selected ?? snapshot.pinned?.sku ?? rows.find((row) => row.lit)?.sku ?? null;
  const at = rows.findIndex((row) => row.sku === from);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
  return rows[next]?.sku ?? null;
}

export const isRunning = (snapshot: Snapshot | null): boolean =>
  snapshot !== null && ["preparing", "live", "degraded", "ending"].includes(snapshot.show.state);
