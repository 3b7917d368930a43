/** The simulated import: slow enough to be watched and stopped, with every kind of problem a row can have. */
import type { ImportReport } from "../bindings";

const ROWS = 24;
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export class MockImport {
  private wanted = true;
  private listeners = new Set<(done: number, all: number) => void>();

  listen(listener: (done: number, all: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.wanted = false;
  }

  async run(path: string, dryRun: boolean): Promise<ImportReport> {
    this.wanted = true;
    for (let done = 0; done <= ROWS; done++) {
      this.listeners.forEach((listener) => listener(done, ROWS));
      if (!this.wanted) return reportOf(path, dryRun, true);
      // The preview is quick, the import long enough to be stopped by hand.
      await wait(dryRun ? 10 : 60);
    }
    return reportOf(path, dryRun, false);
  }
}

const reportOf = (path: string, dryRun: boolean, stopped: boolean): ImportReport => ({
  dry_run: dryRun,
  added: stopped ? 9 : 18,
  updated: stopped ? 1 : 3,
  unchanged: stopped ? 0 : 1,
  photos: stopped ? 11 : 36,
  problems: path.endsWith("clean.csv")
    ? []
    : [
        { row: 7, sku: "SOY-500", message: "\"16,9x\" is no amount; write it like 15.80", code: "bad_price", about: "16,9x" },
        { row: 12, sku: null, message: "the sku is empty", code: "no_sku", about: "" },
        // Two in one row: each photo that can't be read is told.
        { row: 19, sku: "TEA-JAS", message: "the photo photos/tea.heic was left out: it is no picture", code: "not_a_photo", about: "photos/tea.heic" },
        { row: 19, sku: "TEA-JAS", message: "the photo photos/tea-2.jpg can't be read", code: "photo_unreadable", about: "photos/tea-2.jpg" },
      ],
  sheet: path.endsWith(".xlsx") ? "Sheet1" : null,
  stopped,
});
