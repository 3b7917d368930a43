/** What the host has chosen for the next show: its title, and where it goes. */
import { request } from "../features/show/request";
import type { Backend, DestinationView } from "../ipc";
import type { Live } from "../shared/state/live.svelte";
import { Load } from "../shared/state/load.svelte";

export class Plan {
  title = $state("");
  skipped = $state.raw<Set<string>>(new Set());
  readonly destinations: Load<DestinationView[]>;

  constructor(
    private readonly backend: Backend,
    private readonly live: Live,
  ) {
    this.destinations = new Load(() => backend.destinationsList());
  }

  toggle(id: string): void {
    const next = new Set(this.skipped);
    if (!next.delete(id)) next.add(id);
    this.skipped = next;
  }

  async goLive(): Promise<void> {
    if (this.live.running || this.live.starting) return;
    this.live.starting = true;
    try {
      const { destinations } = this;
      if (destinations.value === null || destinations.failure) await destinations.run();
      // Without the list the show would go to nobody, and the host would not know.
      if (destinations.failure) return this.live.notices.fail(destinations.failure);
      const wanted = request(destinations.value ?? [], this.skipped, this.title);
      await this.live.act(() => this.backend.liveStart(wanted));
    } finally {
      this.live.starting = false;
    }
  }
}
