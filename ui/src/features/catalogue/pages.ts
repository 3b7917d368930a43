/** A long list of which only the seen pages are fetched. No drawing, no timers. */
export interface Page<T> {
  items: T[];
  total: number;
}

export const PAGE = 100;
/** Pages kept; a page of products is about 60 kB. */
const KEPT = 60;

export class Pages<T> {
  total: number | null = null;
  private pages = new Map<number, T[]>();
  private asked = new Set<number>();
  private epoch = 0;

  constructor(
    private readonly fetch: (offset: number, limit: number) => Promise<Page<T>>,
    private readonly changed: () => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  at(index: number): T | undefined {
    return this.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Fetches what rows `first..=last` need and is not there. */
  need(first: number, last: number): void {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      if (!this.pages.has(page) && !this.asked.has(page)) void this.load(page);
    }
  }

  /** Forgets everything: the list is another one now. Answers on their way are dropped. */
  reset(): void {
    this.epoch += 1;
    this.pages.clear();
    this.asked.clear();
    this.need(0, 0);
  }

  private async load(page: number): Promise<void> {
    const { epoch } = this;
    this.asked.add(page);
    try {
      const { items, total } = await this.fetch(page * PAGE, PAGE);
      if (epoch !== this.epoch) return;
      this.total = total;
      this.pages.set(page, items);
      if (this.pages.size > KEPT) this.dropFarthest(page);
      this.changed();
    } catch (error) {
      if (epoch === this.epoch) this.failed(error);
    } finally {
      if (epoch === this.epoch) this.asked.delete(page);
    }
  }

  private dropFarthest(from: number): void {
    const farthest = [...this.pages.keys()].reduce((a, b) => (Math.abs(b - from) > Math.abs(a - from) ? b : a), from);
    this.pages.delete(farthest);
  }
}
