/** What "go live" asks for. Pure. */
import type { DestinationView, GoLive } from "../../ipc";

/** Absent fields mean "as in the settings". */
export function request(destinations: DestinationView[], skipped: ReadonlySet<string>, title: string): GoLive {
  return {
    source: null,
    more_sources: null,
    canvas: null,
    mic: null,
    more_mics: null,
    title: title.trim() === "" ? null : title.trim(),
    destinations: destinations.map((one) => one.id).filter((id) => !skipped.has(id)),
    record: null,
  };
}
