/** What a show needs, and whether it is there. Pure. */
import type { Snapshot } from "../../ipc";

export interface Step {
  what: "camera" | "sound" | "products" | "destinations" | "recognition";
  ok: boolean;
  name?: string;
  count?: number;
  /** It could not be found out. */
  unknown?: boolean;
  /** View in which it is set right. */
  where?: "settings" | "catalogue";
}

export function steps(snapshot: Snapshot, destinations: number | "unknown"): Step[] {
  const { source, stats, running_order, recognition } = snapshot;
  const camera = source.state === "back" && source.name !== "";
  return [
    { what: "camera", ok: camera, name: camera ? source.name : undefined, where: "settings" },
    { what: "sound", ok: stats.audio_rms_db !== null, where: "settings" },
    { what: "products", ok: running_order.length > 0, count: running_order.length, where: "catalogue" },
    destinations === "unknown"
      ? { what: "destinations", ok: false, unknown: true }
      : { what: "destinations", ok: destinations > 0, count: destinations, where: "settings" },
    { what: "recognition", ok: recognition.state === "on", where: "settings" },
  ];
}
