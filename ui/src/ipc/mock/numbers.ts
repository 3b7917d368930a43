/** Numbers of the simulated show: the first destination steers, the second is slow for a while. */
import type { LineView, StatsView } from "../bindings";

/** The second destination is too slow in these seconds of every minute. */
const slow = (t: number) => t % 60 > 36 && t % 60 < 50;

export function lineOf(index: number, t: number, down: boolean, narrow: boolean): LineView {
  const late = index === 1 && narrow && slow(t);
  return {
    queue_ms: down ? 0 : late ? 740 : 20 + index * 14,
    rtt_ms: index === 1 ? 38.4 : null,
    sent_pictures: Math.round(t * 30),
    dropped: index === 1 && narrow ? 2_600 : 0,
    missed: index === 1 && t > 34 ? 412 : 0,
    down_ms: index === 1 && t > 34 ? 13_700 : 0,
    steered_bps: index === 0 ? 2_500_000 : null,
  };
}

/** `behind`: the destination whose line is too slow. */
export function load(t: number, running: boolean, behind: string | null): Pick<StatsView, "encodes" | "loss"> {
  const picture_ms = 13.4 + 2 * Math.sin(t * 0.7);
  const encode = { name: "16:9", encoder: "x264enc", width: 1280, height: 720, fps: 30, bitrate_bps: 2_500_000, picture_ms };
  const loss = running && behind !== null && slow(t) ? ({ why: "destination", share: 0.06, destination: behind } as const) : null;
  return { encodes: running ? [encode] : [], loss };
}
