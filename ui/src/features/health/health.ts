/** The state of the show in one sentence: the worst thing first. Pure. */
import type { DegradedWhy, LossWhy, OutputView, Snapshot } from "../../ipc";
import { NEARLY_FULL, fullest, load, ofRecording } from "../../shared/load";
import { stoppedOf } from "../../shared/recording";
import { lossName } from "../../shared/loss";
import type { Link } from "../../shared/state/link";
import { type Why, outputWhy, recognitionWhy, showWhy, sourceWhy } from "../../shared/why";

export type Tone = "ok" | "warn" | "bad" | "calm";
export type Sentence =
  | "connecting"
  | "lost"
  | "stale"
  | "ready"
  | "noCamera"
  | "noSource"
  | "preparing"
  | "good"
  | "ending"
  | "ended"
  | "failed"
  | DegradedWhy
  | "outputs_down"
  | "output_failed"
  | "outputs_failed"
  | `loss_${LossWhy}`
  | "encoder_full";

export interface Health {
  tone: Tone;
  sentence: Sentence;
  /** Whom it is about: a destination, a camera. */
  name?: string;
  /** Of the pictures, or of the time, 0 to 1. */
  share?: number;
  detail?: Why;
  deadlineMs?: number | null;
  /** Other troubles at the same time. */
  also: DegradedWhy[];
}

/** What a viewer notices first stands first. */
const WORST_FIRST: readonly DegradedWhy[] = ["source_lost", "output_down", "recording_stopped", "show_refused", "platform_down", "recognition_off"];

export function health(snapshot: Snapshot | null, link: Link): Health {
  if (link === "lost") return { tone: "bad", sentence: "lost", also: [] };
  if (!snapshot || link === "connecting") return { tone: "calm", sentence: "connecting", also: [] };
  if (link === "stale") return { tone: "bad", sentence: "stale", also: [] };
  const { show } = snapshot;
  switch (show.state) {
    case "idle":
      return idle(snapshot);
    case "preparing":
      return { tone: "warn", sentence: "preparing", also: show.missing };
    case "live":
      return running(snapshot);
    case "degraded":
      return degraded(snapshot, show.why);
    case "failed":
      return { tone: "bad", sentence: "failed", detail: showWhy(show), also: [] };
    case "ending":
      return { tone: "calm", sentence: "ending", also: [] };
    case "ended":
      return { tone: "calm", sentence: "ended", also: [] };
  }
}

function idle({ source }: Snapshot): Health {
  if (source.state !== "lost") return { tone: "calm", sentence: "ready", also: [] };
  // Without a name there is no source at all, so none can have failed.
  if (source.name === "") return { tone: "warn", sentence: "noSource", also: [] };
  return { tone: "warn", sentence: "noCamera", name: source.name, detail: sourceWhy(source) ?? undefined, also: [] };
}

/** Nothing is broken; pictures may be lost all the same, and the cause has a name. */
function running({ stats, outputs }: Snapshot): Health {
  const { loss } = stats;
  if (loss) return { tone: "warn", sentence: `loss_${loss.why}`, name: lossName(loss, outputs), share: loss.share, also: [] };
  const most = fullest(stats.encodes.filter((one) => !ofRecording(one)));
  const share = most ? load(most) : 0;
  if (share >= NEARLY_FULL) return { tone: "warn", sentence: "encoder_full", share, also: [] };
  return { tone: "ok", sentence: "good", also: [] };
}

function degraded(snapshot: Snapshot, why: DegradedWhy[]): Health {
  const sorted = WORST_FIRST.filter((one) => why.includes(one));
  const [worst, ...also] = sorted;
  if (!worst) return running(snapshot);
  const tone = worst === "source_lost" ? "bad" : "warn";
  if (worst !== "output_down") return { tone, sentence: worst, detail: detailOf(snapshot, worst), also };
  const down = snapshot.outputs.filter((one) => one.state === "reconnecting" || one.state === "failed");
  // Nothing comes back by itself then: the host has to do something.
  const over = down.length > 0 && down.every((one) => one.state === "failed");
  if (down.length > 1) return { tone: "bad", sentence: over ? "outputs_failed" : "outputs_down", name: String(down.length), deadlineMs: soonest(down), also };
  const detail = down[0] ? outputWhy(down[0]) : null;
  return { tone: over ? "bad" : tone, sentence: over ? "output_failed" : worst, name: down[0]?.name, detail: detail ?? undefined, deadlineMs: soonest(down), also };
}

function soonest(outputs: OutputView[]): number | null {
  const all = outputs.flatMap((one) => (one.deadline_ms === null ? [] : [one.deadline_ms]));
  return all.length > 0 ? Math.min(...all) : null;
}

function detailOf(snapshot: Snapshot, why: DegradedWhy): Why | undefined {
  if (why === "source_lost") return sourceWhy(snapshot.source) ?? undefined;
  if (why === "recording_stopped") return stoppedOf(snapshot.recording)?.why;
  if (why === "recognition_off") return recognitionWhy(snapshot.recognition) ?? undefined;
  return undefined;
}
