/** Short messages that come and go. Errors stay until they are closed. */
import type { Failure } from "../../ipc";

export type Tone = "info" | "warn" | "bad";

export interface Notice {
  id: number;
  tone: Tone;
  /** Looked up as `notice.CODE`, a whole sentence, or `failure.CODE`, a title; unknown codes show the message alone. */
  code: string;
  /** The things it is about, by name. */
  about?: string;
  message: string;
  hint: string | null;
}

/** More than this at once is noise: the oldest goes. */
const AT_ONCE = 4;
const INFO_MS = 4_000;
const WARN_MS = 9_000;

export class Notices {
  all = $state.raw<Notice[]>([]);
  private next = 1;

  add(notice: Omit<Notice, "id">): void {
    const id = this.next++;
    const others = this.all.filter((one) => one.code !== notice.code || one.message !== notice.message);
    this.all = [...others, { ...notice, id }].slice(-AT_ONCE);
    if (notice.tone !== "bad") setTimeout(() => this.close(id), notice.tone === "info" ? INFO_MS : WARN_MS);
  }

  fail(failure: Failure): void {
    this.add({ tone: "bad", code: failure.code, message: failure.message, hint: failure.hint ?? null });
  }

  close(id: number): void {
    this.all = this.all.filter((one) => one.id !== id);
  }
}
