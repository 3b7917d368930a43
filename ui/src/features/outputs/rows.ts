/** The destinations that a running show goes to or could go to, and what the host can do about each. Pure. */
import type { DestinationView, OutputState, OutputView, OutputWhy } from "../../ipc";

/** How the studio names its platform's own. Source: `hawker_studio::show::feed`. */
const PLATFORM = "hawker";

export type Deed = "address" | "publish" | "again" | "end";

export interface Row {
  id: string;
  name: string;
  url: string;
  /**
   * Its address is stored; is the platform's, which gives it out for the show; is known to this show alone; or it can't be told,
   * for the list could not be read.
   */
  kind: "stored" | "platform" | "alone" | "unread";
  /** None: it is not stored. */
  stored: DestinationView | null;
  /** None: the show does not go there. */
  output: OutputView | null;
}

/** Those that are stored in their order, then the show's others. `stored`: none where the list is not known. */
export function rows(outputs: OutputView[], stored: DestinationView[] | null): Row[] {
  const known = (stored ?? []).map((one): Row => {
    const output = outputs.find(({ id }) => id === one.id) ?? null;
    return { id: one.id, name: one.name, url: one.url, kind: "stored", stored: one, output };
  });
  const others = outputs
    .filter(({ id }) => !known.some((row) => row.id === id))
    .map((output): Row => {
      const kind = output.name === PLATFORM ? "platform" : stored === null ? "unread" : "alone";
      return { id: output.id, name: output.name, url: output.url, kind, stored: null, output };
    });
  return [...known, ...others];
}

const RUNNING: readonly OutputState[] = ["connecting", "live", "reconnecting"];
/** What only another address mends. */
const WANTS_ADDRESS: readonly (OutputWhy | null)[] = ["key_refused", "room_closed", "bad_address", "srt_refused"];

/** What can be done, in the order of the buttons: the harmless first, for the focus goes there when another one goes. */
export function deeds({ kind, output }: Row): Deed[] {
  const runs = output !== null && RUNNING.includes(output.state);
  const again = output !== null && (!runs || output.why_code === "no_sound");
  return [
    ...(kind === "stored" ? (["address"] as const) : []),
    ...(output === null ? (["publish"] as const) : []),
    ...(again ? (["again"] as const) : []),
    ...(output !== null && output.state !== "ended" ? (["end"] as const) : []),
  ];
}

/** What helps; null where nothing is wrong, or only another show helps. */
export function advice({ kind, output }: Row): Deed | null {
  if (output?.state !== "failed" && output?.why_code !== "no_sound") return null;
  if (output.why_code === "encode_lost") return null;
  return WANTS_ADDRESS.includes(output.why_code) && kind === "stored" ? "address" : "again";
}

/** Another address counts at once there; else when it is published to. */
export const takesOver = ({ output }: Row): boolean => output !== null && output.state !== "ended";

/** Viewers there see it end; else nobody sees anything of it. */
export const isWatched = ({ output }: Row): boolean => output?.state === "live";

/** Without it the show would be seen nowhere. */
export const isLast = (all: Row[], id: string): boolean => !all.some((row) => row.id !== id && isWatched(row));
