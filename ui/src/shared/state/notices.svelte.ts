/** Short messages that come and go. Errors stay until they are closed. */
import type { Failure, FailureReason } from "../../ipc";
import type { Key } from "../i18n/i18n.svelte";

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
  /** What both say, for another language. */
  reason?: FailureReason;
  /** What can be done about it at once; the notice goes with it. */
  action?: { label: Key; run: () => void };
}

/** What stands still for a while and changes then: what is newest of it is all that is true. */
const STATES: Readonly<Record<string, string>> = {
  overload: "computer",
  overload_over: "computer",
  losses: "losses",
  recording_space_low: "room",
  recording_space_critical: "room",
  mic_lost: "microphone",
  mic_back: "microphone",
  mic_narrow: "hearing",
  mic_wide: "hearing",
  mic_chosen: "microphone",
  mic_missing: "microphone",
  one_mic_lost: "microphone",
  one_mic_back: "microphone",
  one_mic_narrow: "hearing",
  one_mic_wide: "hearing",
  encode_lost: "encoder",
  encode_mended: "encoder",
  sound_lost: "sound",
  sound_mended: "sound",
  recording_recovered: "recovered",
  recording_behind: "disk",
  recording_caught_up: "disk",
  channel_silent: "channel",
  channel_heard: "channel",
};

/** What sets apart things of one kind: the name, without what a show's second canvas adds to that of its recording. */
const which = (about: string | undefined): string => about?.replace(/-(9x16|16x9)(?=\.\w+$)/, "") ?? "";

/** There is one of each, and what it is said to be about is the sentence itself. */
const ALONE: readonly string[] = ["computer", "losses", "room", "disk", "sound"];

/** What a notice speaks of: a newer one of the same takes its place. Pure. */
export function subject({ code, about, message }: Pick<Notice, "code" | "about" | "message">): string {
  const state = STATES[code];
  if (state === undefined) return `${code} ${message}`;
  return ALONE.includes(state) ? state : `${state} ${which(about)}`;
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
    const others = this.all.filter((one) => subject(one) !== subject(notice));
    this.all = [...others, { ...notice, id }].slice(-AT_ONCE);
    // What asks for a hand stays long enough for one.
    const short = notice.tone === "info" && !notice.action;
    if (notice.tone !== "bad") setTimeout(() => this.close(id), short ? INFO_MS : WARN_MS);
  }

  fail(failure: Failure): void {
    const { code, message, hint, reason } = failure;
    this.add({ tone: "bad", code, message, hint: hint ?? null, reason });
  }

  close(id: number): void {
    this.all = this.all.filter((one) => one.id !== id);
  }

  /** Takes away what a later notice says better. */
  drop(code: string): void {
    this.all = this.all.filter((one) => one.code !== code);
  }
}
