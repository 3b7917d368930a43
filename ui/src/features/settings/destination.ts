/** A destination as it is typed in: a new one, or one that is stored and changed. Pure. */
import type { CanvasShape, DestinationChange, DestinationView, DestinationWay, NewDestination, Rendition } from "../../ipc";
import { isCamera, isPublishAddress, whole } from "../../shared/destination";

export interface Draft {
  name: string;
  /** Of one that is stored: empty where the address stays. */
  url: string;
  token: string;
  /** Units: seconds, as the delay. */
  deadline: number | null;
  keepsAddress: boolean;
  delay: number | null;
  canvas: CanvasShape;
  rendition: Rendition | "";
  primary: boolean;
}

/** `stored`: the one that is changed; null for a new one. */
export function draftOf(stored: DestinationView | null): Draft {
  return {
    name: stored?.name ?? "",
    url: "",
    token: "",
    deadline: stored?.deadline_s ?? null,
    keepsAddress: stored !== null && !stored.one_show,
    delay: stored && stored.delay_ms > 0 ? stored.delay_ms / 1000 : null,
    canvas: stored?.canvas ?? "16:9",
    rendition: stored?.rendition ?? "",
    primary: stored?.primary ?? false,
  };
}

/** It goes to a camera of this computer, by the address that was typed or else by the one that stays. */
export function toCamera({ url }: Draft, stored: DestinationView | null): boolean {
  return isCamera(url.trim() === "" ? (stored?.url ?? "") : url);
}

export function ready({ name, url }: Draft, stored: DestinationView | null): boolean {
  return name.trim() !== "" && (isPublishAddress(url) || (stored !== null && url.trim() === ""));
}

export function added(draft: Draft): NewDestination {
  return { name: draft.name.trim(), url: whole(draft.url, draft.token), ...way(draft, null) };
}

export function changed(draft: Draft, stored: DestinationView): DestinationChange {
  return { url: draft.url.trim() === "" ? null : whole(draft.url, draft.token), ...way(draft, stored) };
}

function way(draft: Draft, stored: DestinationView | null): DestinationWay {
  return {
    deadline_s: draft.deadline,
    // Whether an address outlives a closed room is asked only where the room's closing is known.
    one_show: draft.deadline === null ? (stored?.one_show ?? true) : !draft.keepsAddress,
    delay_ms: Math.round((draft.delay ?? 0) * 1000),
    canvas: draft.canvas,
    rendition: draft.rendition || null,
    primary: draft.primary && !toCamera(draft, stored),
  };
}
