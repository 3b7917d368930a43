/** Files of the simulated show. */
import type { LiveLine, RecordingSummary } from "../bindings";

export const RECORDING = "~/Videos/Hawker/show.mkv";
export const REPLAY = "~/Videos/Hawker/replay.mp4";

export function recorded(seconds: number): RecordingSummary {
  const [path, duration_ms] = [RECORDING, seconds * 1000];
  return { path, duration_ms, parts: [{ path, began: 0, duration_ms }], clips: "~/Videos/Hawker/show-clips" };
}

export const replaySaved = (seconds: number): LiveLine => ({
  t_ms: seconds * 1000,
  event: "notice",
  code: "",
  why_code: "replay_saved",
  about: REPLAY,
  message: "",
});
