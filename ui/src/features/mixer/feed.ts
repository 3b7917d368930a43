/**
 * Meters, asked for about sixteen times a second while somebody looks. Whoever draws is called with them and changes its own
 * few elements: nothing of the page is rendered anew.
 */
import type { Backend, SoundMeters } from "../../ipc";

/** With the time an answer takes this stays above ten a second. */
const EVERY_MS = 60;
/** A studio that does not answer is asked again after this. */
const AGAIN_MS = 500;

export type Draw = (meters: SoundMeters, now: number) => void;

export class Feed {
  private drawers = new Set<Draw>();
  private running = false;

  constructor(private backend: Pick<Backend, "soundMeters">) {}

  /** Calls `draw` with everything that comes until the returned call. */
  watch(draw: Draw): () => void {
    this.drawers.add(draw);
    if (!this.running) {
      this.running = true;
      void this.run();
    }
    return () => void this.drawers.delete(draw);
  }

  private async run(): Promise<void> {
    while (this.drawers.size > 0) {
      let pause = EVERY_MS;
      try {
        // A window that nobody sees needs no meters.
        if (!document.hidden) {
          const meters = await this.backend.soundMeters();
          const now = performance.now();
          this.drawers.forEach((draw) => draw(meters, now));
        }
      } catch {
        pause = AGAIN_MS;
      }
      await new Promise((done) => setTimeout(done, pause));
    }
    this.running = false;
  }
}

/** Hands values on one at a time: while one is under way only the newest waits, so a slider asks no faster than the studio answers. */
export function newest<T>(send: (value: T) => Promise<unknown>): (value: T) => void {
  let waiting: { value: T } | null = null;
  let busy = false;
  return (value) => {
    waiting = { value };
    if (busy) return;
    busy = true;
    void (async () => {
      while (waiting !== null) {
        const next: T = waiting.value;
        waiting = null;
        try {
          await send(next);
        } catch {
          // Who sends tells what failed; the next value is tried all the same.
        }
      }
      busy = false;
    })();
  };
}
