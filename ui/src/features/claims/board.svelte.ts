/** The claims of the show as the panel has them: fetched again with every news, one fetch at a time. */
import { type Backend, type ClaimView, type Failure, type OrderedLine, asFailure } from "../../ipc";
import { merged } from "./claims";

export class Board {
  claims = $state.raw<ClaimView[] | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Let go here; the platform has not said so yet. */
  going = $state.raw<ReadonlySet<string>>(new Set());
  private fetching = false;
  private again = false;
  private show: string | null = null;

  constructor(private readonly backend: Backend) {}

  /** News that come while it is fetched are fetched once more after it: thirty comments in a second are two fetches. */
  async refresh(show: string | null = this.show): Promise<void> {
    this.show = show;
    this.again = true;
    if (this.fetching) return;
    this.fetching = true;
    while (this.again) {
      this.again = false;
      await this.fetch();
    }
    this.fetching = false;
  }

  async answer(id: string, lines: OrderedLine[]): Promise<void> {
    await this.backend.claimAnswer(id, lines);
    await this.refresh();
  }

  async drop(id: string): Promise<void> {
    await this.backend.claimDrop(id);
    this.going = new Set([...this.going, id]);
    await this.refresh();
  }

  private async fetch(): Promise<void> {
    const show = this.show;
    try {
      const [newest, questions] = await Promise.all([this.backend.claimsList(show, false), this.backend.claimsList(show, true)]);
      if (show !== this.show) return;
      [this.claims, this.failure] = [merged(newest, questions), null];
      const open = new Set(this.claims.filter((claim) => !["dropped", "paid", "expired"].includes(claim.state)).map((claim) => claim.id));
      this.going = new Set([...this.going].filter((id) => open.has(id)));
    } catch (error) {
      this.failure = asFailure(error);
    }
  }
}
