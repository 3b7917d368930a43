/** Where the simulated show goes: a destination is published to, is refused or taken, is ended, and is published to anew. */
import type { Backend } from "../backend";
import type { DestinationChange, Failure, OutputView, OutputWhy } from "../bindings";
import { type MockDestinations, noDestination } from "./destinations";
import { type Published, outputOf } from "./numbers";
import type { Trouble } from "./trouble";

/** A server takes its time to answer. */
export const CONNECTS_S = 1.2;

/** As the studio names its platform's own: it gets an address of the platform, and is not stored. */
export const PLATFORM: Published = { id: "0199c0de-0000-7000-8000-0000000000ff", name: "hawker", url: "rtmp://127.0.0.1:1935/live/••••", deadline_s: null, rendition: null, delay_ms: 0 };

interface Way {
  to: Published;
  /** Show time when it was published to last, seconds. */
  since: number;
  ended: boolean;
}

export class MockOutputs {
  /** In the order in which the show went there. */
  private ways = new Map<string, Way>();

  constructor(
    private stored: MockDestinations,
    private trouble: Trouble,
  ) {
    const second = stored.all[1];
    if (second && trouble.roomClosed) stored.refuse(second.id, "room_closed");
  }

  /** A new show goes to those that were asked for, and to the platform. */
  begin(ids: readonly string[]): void {
    this.ways.clear();
    for (const id of ids) this.publish(id, 0);
    if (!this.trouble.platformOffline) this.ways.set(PLATFORM.id, { to: PLATFORM, since: 0, ended: false });
  }

  publish(id: string, t: number): void {
    const to = this.stored.all.find((one) => one.id === id) ?? this.ways.get(id)?.to;
    if (!to) throw noDestination(id);
    this.ways.set(id, { to, since: t, ended: false });
  }

  end(id: string): void {
    const way = this.ways.get(id);
    if (!way) throw noDestination(id);
    way.ended = true;
  }

  /** Another address or another way takes over at once, where it is not ended. */
  renew(id: string, t: number): void {
    if (this.ways.get(id)?.ended === false) this.publish(id, t);
  }

  views(t: number): OutputView[] {
    return [...this.ways.values()].map((way) => this.view(way, t));
  }

  private view({ to, since, ended }: Way, t: number): OutputView {
    const index = this.stored.all.findIndex((one) => one.id === to.id);
    // One that was published to anew has had its trouble.
    const view = outputOf(to, index < 0 ? this.stored.all.length : index, t, since === 0 ? this.trouble : { ...this.trouble, outputDrops: false });
    const quiet: OutputView = { ...view, why: null, why_code: null, deadline_ms: null, bitrate_bps: 0 };
    if (ended) return { ...quiet, state: "ended" };
    if (t - since < CONNECTS_S) return { ...quiet, state: "connecting" };
    const refused = this.stored.refusal(to.id);
    return refused === null ? view : { ...quiet, state: "failed", why: WORDS[refused] ?? refused, why_code: refused };
  }
}

/** As the studio words it. */
const WORDS: Partial<Record<OutputWhy, string>> = {
  key_refused: "the server refused the stream key",
  room_closed: "the platform has closed the room",
};

const NOT_LIVE: Failure = { code: "not_live", message: "no show is on air", hint: "go live first", retryable: false };

/** What the cockpit may ask of them. */
export function destinationCalls(show: { running: boolean; t: number; outputs: MockOutputs }, stored: MockDestinations) {
  const onAir = (act: () => void) => {
    if (!show.running) throw NOT_LIVE;
    act();
  };
  return {
    showPublish: async (id) => onAir(() => show.outputs.publish(id, show.t)),
    showUnpublish: async (id) => onAir(() => show.outputs.end(id)),
    destinationAdd: async (added) => stored.add(added),
    destinationRemove: async (id) => stored.remove(id),
    destinationChange: async (id: string, change: DestinationChange) => {
      const before = stored.all.find((one) => one.id === id);
      const changed = stored.change(id, change);
      // Who decides the bitrate changes without a new connection.
      const other = change.url !== null || JSON.stringify({ ...before, primary: false }) !== JSON.stringify({ ...changed, primary: false });
      if (show.running && other) show.outputs.renew(id, show.t);
      return changed;
    },
    destinationSetPrimary: async (id, primary) => stored.lead(id, primary),
  } satisfies Partial<Backend>;
}
