import { expect, it } from "vitest";
import type { OutputState, OutputView, Snapshot } from "../../ipc";
import { sample } from "../../shared/state/sample";
import { health } from "./health";

const output = (name: string, state: OutputState, deadline_ms: number | null = null): OutputView => ({
  id: name,
  name,
  url: "rtmp://x",
  state,
  why: state === "live" ? null : "reset",
  why_code: state === "live" ? null : "unreachable",
  deadline_ms,
  bitrate_bps: 1,
  reconnects: 0,
  line: { queue_ms: 0, rtt_ms: null, sent_pictures: 1, dropped: 0, missed: 0, down_ms: 0, steered_bps: null },
  rendition: null,
  delay_ms: 0,
});
const degraded = (why: Extract<Snapshot["show"], { state: "degraded" }>["why"], change: Partial<Snapshot> = {}) =>
  sample({ show: { state: "degraded", why }, ...change });

it("says that the studio is gone before anything else", () => {
  expect(health(degraded(["source_lost"]), "lost").sentence).toBe("lost");
  expect(health(degraded(["source_lost"]), "stale").sentence).toBe("stale");
  expect(health(null, "connecting").sentence).toBe("connecting");
});

it("puts first what a viewer notices first", () => {
  const now = health(degraded(["platform_down", "recognition_off", "source_lost"]), "fresh");
  expect(now.sentence).toBe("source_lost");
  expect(now.tone).toBe("bad");
  expect(now.also).toEqual(["platform_down", "recognition_off"]);
});

it("names the destination that is down and its deadline", () => {
  const outputs = [output("Hawker", "live"), output("快手", "reconnecting", 48_000)];
  const now = health(degraded(["output_down"], { outputs }), "fresh");
  expect(now).toMatchObject({ tone: "warn", sentence: "output_down", name: "快手", deadlineMs: 48_000 });
  expect(now.detail).toEqual({ key: "why.output.unreachable", text: "reset" });
});

it("counts the destinations when several are down, with the nearest deadline", () => {
  const outputs = [output("a", "failed"), output("b", "reconnecting", 9_000), output("c", "reconnecting", 4_000)];
  const now = health(degraded(["output_down"], { outputs }), "fresh");
  expect(now).toMatchObject({ tone: "bad", sentence: "outputs_down", name: "3", deadlineMs: 4_000 });
});

it("does not say of destinations that failed that they come back", () => {
  const failed = (...names: string[]) => health(degraded(["output_down"], { outputs: [output("Hawker", "live"), ...names.map((name) => output(name, "failed"))] }), "fresh");
  expect(failed("快手")).toMatchObject({ tone: "bad", sentence: "output_failed", name: "快手", detail: { key: "why.output.unreachable" } });
  expect(failed("快手", "b")).toMatchObject({ tone: "bad", sentence: "outputs_failed", name: "2" });
});

it("is calm off air, unless there is no picture", () => {
  expect(health(sample(), "fresh")).toMatchObject({ tone: "calm", sentence: "ready" });
  const source = { id: "c", name: "C920", state: "lost" as const, why: "unplugged", why_code: "silent" as const };
  const detail = { key: "why.source.silent", text: "unplugged" };
  expect(health(sample({ source }), "fresh")).toMatchObject({ tone: "warn", sentence: "noCamera", name: "C920", detail });
});

it("tells a camera without a picture from having chosen none", () => {
  const source = { id: "", name: "", state: "lost" as const, why: null, why_code: null };
  expect(health(sample({ source }), "fresh")).toEqual({ tone: "warn", sentence: "noSource", also: [] });
});

it("takes the reason of each trouble, and the studio's words where it has no code", () => {
  const recording = { canvas: "16:9", first: "a", path: "a", duration_ms: 1, size_bytes: 1, stopped: "no room", stopped_code: "disk_full" as const, parts: 1, minutes_left: null, lost_pictures: 0, missing_s: 0, upright: null };
  expect(health(degraded(["recording_stopped"], { recording }), "fresh").detail).toEqual({ key: "why.recording.disk_full", text: "no room" });
  const off = { state: "off" as const, why: "nanodet.onnx is gone", why_code: "model_missing" as const };
  expect(health(degraded(["recognition_off"], { recognition: off }), "fresh").detail?.key).toBe("why.recognition.model_missing");
  const unnamed = { ...off, why_code: null };
  expect(health(degraded(["recognition_off"], { recognition: unnamed }), "fresh").detail).toEqual({ key: null, text: "nanodet.onnx is gone" });
});

it("has a sentence for every state of the show", () => {
  const states: [Snapshot["show"], string][] = [
    [{ state: "preparing", missing: [] }, "preparing"],
    [{ state: "live" }, "good"],
    [{ state: "degraded", why: [] }, "good"],
    [{ state: "ending" }, "ending"],
    [{ state: "ended" }, "ended"],
    [{ state: "failed", why: "x", why_code: null }, "failed"],
  ];
  for (const [show, want] of states) expect(health(sample({ show }), "fresh").sentence).toBe(want);
});

it("says why the show stopped in the reader's language, and in the studio's words where it has no code", () => {
  const stopped = (why_code: "source" | "engine" | null) => health(sample({ show: { state: "failed", why: "no more frames", why_code } }), "fresh").detail;
  expect(stopped("source")).toEqual({ key: "why.show.source", text: "no more frames" });
  expect(stopped("engine")?.key).toBe("why.show.engine");
  expect(stopped(null)?.key).toBeNull();
});

it("names whose fault lost pictures are, and an encoder that is nearly full", () => {
  const { stats } = sample();
  const encode = (picture_ms: number, name = "16:9") => ({ name, encoder: "x264enc", width: 1280, height: 720, fps: 30, bitrate_bps: 1, picture_ms });
  const live = (change: Partial<Snapshot["stats"]>, outputs: OutputView[] = []) => health(sample({ show: { state: "live" }, outputs, stats: { ...stats, ...change } }), "fresh");
  expect(live({ loss: { why: "network", share: 0.034, destination: null } })).toMatchObject({ tone: "warn", sentence: "loss_network", share: 0.034 });
  expect(live({ loss: { why: "destination", share: 0.02, destination: "快手" } }, [output("快手", "live")])).toMatchObject({ sentence: "loss_destination", name: "快手" });
  expect(live({ encodes: [encode(10), encode(25)] })).toMatchObject({ tone: "warn", sentence: "encoder_full" });
  expect(live({ encodes: [encode(24)] })).toMatchObject({ tone: "ok", sentence: "good" });
  expect(live({ encodes: [encode(24), encode(32, "16:9 recording")] })).toMatchObject({ tone: "ok", sentence: "good" });
});
