/** Files of the simulated show. */
import type { Backend } from "../backend";
import type { LiveLine, NoticeWhy, RecordingSummary, RecordingView } from "../bindings";
import type { Trouble } from "./trouble";
import { recoveryCalls } from "./recovery";

const RECORDING = "~/Videos/Hawker/show.mkv";
const REPLAY = "~/Videos/Hawker/replay.mp4";

/** What is recorded of the simulated show. */
export class MockRecording {
  /** Show times between which it was recorded, seconds; the last one is open while it is. */
  private spans: [number, number | null][] = [];

  constructor(
    private trouble: Trouble,
    private emit: (line: LiveLine) => void,
  ) {}

  private get file(): string {
    return this.spans.length > 1 ? RECORDING.replace(".", `-${this.spans.length}.`) : RECORDING;
  }

  private get on(): boolean {
    return this.spans.at(-1)?.[1] === null;
  }

  /** A new show has no recording yet. */
  begin(t: number): string {
    this.spans = [[t, null]];
    return this.file;
  }

  record(t: number): string {
    this.trouble.diskFull = false;
    if (!this.on) this.spans.push([t, null]);
    return this.file;
  }

  stop(t: number): void {
    const last = this.spans.at(-1);
    if (last) last[1] = t;
    this.emit(said(t, "recording_saved", this.file.replace(".mkv", ".mp4")));
  }

  view(t: number): RecordingView | null {
    if (!this.on) return null;
    const seconds = t - (this.spans.at(-1)?.[0] ?? 0);
    const stopped = this.trouble.diskFull ? ({ stopped: "the disk is full", stopped_code: "disk_full" } as const) : { stopped: null, stopped_code: null };
    const of = (canvas: string, path: string, lost_pictures: number): RecordingView => {
      const length = { duration_ms: seconds * 1000, size_bytes: Math.round(seconds * 340_000) };
      return { canvas, first: path, path, ...length, parts: 1, minutes_left: 900, lost_pictures, missing_s: Math.ceil(lost_pictures / 30), upright: null, ...stopped };
    };
    const main = of("16:9", this.file, this.trouble.slowDisk ? 243 : 0);
    return this.trouble.slowDisk ? { ...main, upright: of("9:16", this.file.replace(".", "-9x16."), 0) } : main;
  }

  summary(t: number): RecordingSummary | null {
    const parts = this.spans.map(([from, to], i) => ({
      path: i === 0 ? RECORDING : RECORDING.replace(".", `-${i + 1}.`),
      began: from * 1000,
      duration_ms: ((to ?? t) - from) * 1000,
    }));
    const [first] = parts;
    const duration_ms = parts.reduce((sum, part) => sum + part.duration_ms, 0);
    return first ? { path: first.path, duration_ms, parts, lost_pictures: 0, clips: "~/Videos/Hawker/show-clips" } : null;
  }
}

const said = (seconds: number, why_code: NoticeWhy, about: string): LiveLine => ({ t_ms: seconds * 1000, event: "notice", code: "", why_code, about, message: "" });

/** What the cockpit may ask of them. */
export function fileCalls(show: { t: number; recording: MockRecording; saveReplay: () => void }, scene: string) {
  return {
    ...recoveryCalls(scene === "no-code" ? "none" : "confirmed"),
    liveSaveReplay: async () => (show.saveReplay(), REPLAY),
    liveRecord: async () => show.recording.record(show.t),
    liveRecordStop: async () => show.recording.stop(show.t),
    recordingClip: async (recording, _from, _to, name) => recording.replace(/[^/]+$/, `${name}.mp4`),
  } satisfies Partial<Backend>;
}

export const replaySaved = (seconds: number): LiveLine => said(seconds, "replay_saved", REPLAY);
