/** A snapshot for tests: nothing on air, everything in order. */
import type { BoxView, RunningItem, Snapshot, TagState } from "../../ipc";

export function sample(change: Partial<Snapshot> = {}): Snapshot {
  return {
    show: { state: "idle" },
    show_id: null,
    at: 0,
    viewer_url: null,
    viewers: null,
    scenes: ["1"],
    scene: "1",
    staged: null,
    source: { id: "c", name: "Camera", state: "back", why: null, why_code: null },
    outputs: [],
    recording: null,
    boxes: [],
    pinned: null,
    running_order: ["A", "B", "C"].map(row),
    orders: 0,
    orders_heard: 0,
    edits_heard: 0,
    claims_heard: 0,
    offers_heard: 0,
    revenue: null,
    waiting_to_sync: 0,
    platform: "online",
    platform_after_show: false,
    recognition: { state: "on", provider: "CPU", lost: null, fps: 12, ms_per_frame: 60, learning: null, idle: null },
    run_through: null,
    sound: {
      inputs: [],
      mix: { peak_db: null, rms_db: null, clipped: false },
      loudness_lufs: null,
      set: { gain_db: 0, loudness: null, ceiling_db: -1 },
      monitor: { of: null, device: null, state: "off", why: null },
    },
    stats: {
      fps: 30,
      frames: { captured: 0, composed: 0, encoded: 0, dropped: {}, by_canvas: {} },
      cpu_percent: 50,
      rss_bytes: 1,
      audio_rms_db: -20,
      encoder: "x264",
      av_offset_ms: 4,
      encodes: [],
      loss: null,
    },
    ...change,
  };
}

export function row(sku: string): RunningItem {
  return { sku, title: sku, price: { minor: 100, currency: "CNY" }, available: 9, note: "few", seconds_shown: 0, sold: 0, lit: false, photo: null };
}

export function box(sku: string, state: TagState, confidence = 0.8): BoxView {
  const tag = { tag_id: `t-${sku}`, sku, variants: [], title: sku, state, confidence, why: ["image" as const] };
  return { track_id: 1, x: 0, y: 0, width: 0.1, height: 0.1, tag, abstained: null };
}

export function pinOf(sku: string): NonNullable<Snapshot["pinned"]> {
  return { tag_id: `t-${sku}`, sku, variants: [], title: sku, price: { minor: 100, currency: "CNY" }, price_range: null, by_hand: false, since: 0 };
}
