/** Devices, destinations, settings and checks of the simulated studio. */
import type { Check, DestinationView, DeviceView, ImportReport, Settings } from "../bindings";

export const DEVICES: DeviceView[] = [
  { id: "v4l2:046d:082d", name: "Logitech C920", kind: "camera", formats: ["1280x720@30", "1920x1080@30"] },
  { id: "pw:42", name: "Integrated Camera", kind: "camera", formats: ["640x480@30"] },
  { id: "screen:0", name: "Display 1", kind: "screen", formats: ["2560x1440@60"] },
  { id: "pulse:1", name: "RØDE NT-USB", kind: "microphone", formats: ["48000 Hz"] },
  { id: "pulse:2", name: "Built-in microphone", kind: "microphone", formats: ["48000 Hz"] },
];

export const startDestinations = (language: "zh" | "en"): DestinationView[] => [
  { id: "0199c0de-0000-7000-8000-000000000001", name: language === "zh" ? "Hawker 平台" : "Hawker platform", url: "rtmp://127.0.0.1:1935/live/••••", deadline_s: null },
  { id: "0199c0de-0000-7000-8000-000000000002", name: language === "zh" ? "快手" : "Kuaishou", url: "rtmp://push.example.cn/live/••••", deadline_s: 62 },
];

export const startSettings = (language: "zh" | "en"): Settings => ({
  language: language === "zh" ? "zh-CN" : "en",
  theme: "system",
  source: "@v4l2:046d:082d",
  mic: "@pulse:1",
  currency: "CNY",
  record: true,
  recordings_dir: "~/Videos/Hawker",
  platform_url: null,
  width: 1280,
  height: 720,
  fps: 30,
  video_bitrate_bps: 2_500_000,
});

export const CHECKS: Check[] = [
  { name: "gstreamer", status: "ok", detail: "1.22.0, every needed element is there", hint: null, ms: 41 },
  { name: "encoder", status: "ok", detail: "x264enc", hint: null, ms: 12 },
  { name: "camera", status: "ok", detail: "Logitech C920, 1280x720 at 30 fps", hint: null, ms: 220 },
  { name: "models", status: "ok", detail: "nanodet-plus-m, efficientnet-lite2", hint: null, ms: 96 },
  { name: "gpu", status: "skipped", detail: "no device found, recognition runs on the CPU", hint: null, ms: 3 },
  { name: "keychain", status: "failed", detail: "no secret service answers", hint: "start gnome-keyring, or set a passphrase with hawker-cli", ms: 500 },
  { name: "disk", status: "ok", detail: "38 GB free in ~/Videos/Hawker", hint: null, ms: 1 },
];

export const reportOf = (dryRun: boolean, path: string): ImportReport => ({
  dry_run: dryRun,
  added: 18,
  updated: 3,
  unchanged: 1,
  photos: 36,
  problems: path.endsWith("clean.csv")
    ? []
    : [
        { row: 7, sku: "SOY-500", message: "\"16,9x\" is no amount; write it like 15.80" },
        { row: 12, sku: null, message: "the sku is empty" },
        { row: 19, sku: "TEA-JAS", message: "photos/tea.heic is not a picture that can be read" },
      ],
});
