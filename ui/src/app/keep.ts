/** The settings as the window reads and changes them. */
import type { Backend, Settings } from "../ipc";

/**
 * One thing after the other: a change reads what is kept, and two that read it at the same time would undo each other; an
 * answer that came late would bring old settings back.
 */
export class Keeper {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private studio: Pick<Backend, "settingsGet" | "settingsSet">,
    private found: (now: Settings) => void,
  ) {}

  /** Changes `part` and nothing else. Rejects as the studio refuses. */
  change(part: Partial<Settings>, goAlong: boolean): Promise<void> {
    // What is shown may be old: another program changes settings too.
    return this.inTurn(async () => this.studio.settingsSet({ ...(await this.studio.settingsGet()), ...part }, goAlong));
  }

  look(): Promise<void> {
    return this.inTurn(() => this.studio.settingsGet());
  }

  private inTurn(read: () => Promise<Settings>): Promise<void> {
    const turn = this.last.then(read).then(this.found);
    this.last = turn.catch(() => {});
    return turn;
  }
}
