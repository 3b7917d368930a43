/** Numbers of the simulated show: the first destination steers, the second is slow for a while. */
import type { DestinationView, LineView, OutputView, StatsView } from "../bindings";
import type { Trouble } from "./trouble";

/** What a show knows of a destination; its own platform's is not stored. */
export type Published = Pick<DestinationView, "id" | "name" | "url" | "deadline_s" | "rendition" | "delay_ms">;

/** The second destination is too slow in these seconds of every minute. */
const slow = (t: number) => t % 60 > 36 && t % 60 < 50;

function lineOf(index: number, t: number, down: boolean, narrow: boolean): LineView {
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

/** How a destination that the show reaches fares `t` seconds into it. */
export function outputOf(one: Published, index: number, t: number, { outputDrops, slowLine }: Trouble): OutputView {
  const second = t % 60;
  const down = index === 1 && outputDrops && second > 20 && second < 34;
  const deadline = one.deadline_s === null ? null : Math.round((one.deadline_s - (second - 20)) * 1000);
  return {
    id: one.id,
    name: one.name,
    url: one.url,
    state: down ? "reconnecting" : "live",
    why: down ? "connection reset by peer" : null,
    why_code: down ? "unreachable" : null,
    deadline_ms: down ? deadline : null,
    rendition: one.rendition,
    delay_ms: one.delay_ms,
    bitrate_bps: down ? 0 : 2_460_000 + index * 31_000,
    reconnects: index === 1 && t > 20 ? 1 : 0,
    line: lineOf(index, t, down, slowLine),
  };
}

/** `behind`: the destination whose line is too slow. */
export function load(t: number, running: boolean, behind: string | null): Pick<StatsView, "encodes" | "loss"> {
  const picture_ms = 13.4 + 2 * Math.sin(t * 0.7);
  const encode = { name: "16:9", encoder: "x264enc", width: 1280, height: 720, fps: 30, bitrate_bps: 2_500_000, picture_ms };
  const loss = running && behind !== null && slow(t) ? ({ why: "destination", share: 0.06, destination: behind } as const) : null;
  return { encodes: running ? [encode] : [], loss };
}
