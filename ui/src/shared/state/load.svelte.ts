/** Something fetched: loading, there, or failed with what to do. */
import { type Failure, asFailure } from "../../ipc";

export class Load<T> {
  value = $state.raw<T | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  private newest = 0;

  constructor(private readonly fetch: () => Promise<T>) {}

  async run(): Promise<void> {
    const mine = ++this.newest;
    this.busy = true;
    try {
      const value = await this.fetch();
      if (mine === this.newest) [this.value, this.failure] = [value, null];
    } catch (error) {
      if (mine === this.newest) this.failure = asFailure(error);
    } finally {
      if (mine === this.newest) this.busy = false;
    }
  }
}
