/** Devices, destinations, settings and checks of the simulated studio. */
import type { Check, DestinationView, DeviceView, EncoderView, Failure, ProvidersView, Settings } from "../bindings";

export const DEVICES: DeviceView[] = [
  { id: "v4l2:046d:082d", name: "Logitech C920", kind: "camera", formats: ["mjpeg-1920x1080-30", "yuy2-1280x720-10", "mjpeg-1280x720-30"], is_system_sound: false },
  { id: "pw:42", name: "Integrated Camera", kind: "camera", formats: ["yuy2-640x480-30"], is_system_sound: false },
  { id: "screen", name: "Screen", kind: "screen", formats: [], is_system_sound: false },
  { id: "screen:HDMI-1", name: "HDMI-1", kind: "screen", formats: ["2560x1440"], is_system_sound: false },
  { id: "window:Chromium/Price list", name: "Price list", kind: "window", formats: [], is_system_sound: false },
  { id: "pulse:1", name: "RØDE NT-USB", kind: "microphone", formats: ["48000 Hz"], is_system_sound: false },
  { id: "pulse:2", name: "Built-in microphone", kind: "microphone", formats: ["48000 Hz"], is_system_sound: false },
  { id: "pulse:3", name: "Sennheiser HD 25", kind: "speaker", formats: ["2 channels"], is_system_sound: false },
  { id: "alsa_output.pci.monitor", name: "Loudspeakers", kind: "microphone", formats: [], is_system_sound: true },
];

export const ENCODERS: EncoderView[] = [
  { name: "vah264enc", hardware: "VA-API", works: false, first: false, words: { zh_cn: "vah264enc：插件已安装，但没有找到 VA-API 设备", en: "vah264enc: the plugin is here, no VA-API device answers" } },
  { name: "nvh264enc", hardware: "NVIDIA", works: true, first: true, words: { zh_cn: "nvh264enc：可用（NVIDIA）", en: "nvh264enc: works (NVIDIA)" } },
  { name: "x264enc", hardware: null, works: true, first: false, words: { zh_cn: "x264enc：可用（软件编码）", en: "x264enc: works (software)" } },
  { name: "openh264enc", hardware: null, works: false, first: false, words: { zh_cn: "openh264enc：未安装，软件包 gstreamer1.0-plugins-bad", en: "openh264enc: not installed; package gstreamer1.0-plugins-bad" } },
];

export const startDestinations = (language: "zh" | "en"): DestinationView[] => [
  { id: "0199c0de-0000-7000-8000-000000000001", name: language === "zh" ? "淘宝直播" : "Taobao", url: "rtmp://live.example.cn/app/••••", deadline_s: null, one_show: true, delay_ms: 0, canvas: "16:9", rendition: null, primary: true },
  { id: "0199c0de-0000-7000-8000-000000000002", name: language === "zh" ? "快手" : "Kuaishou", url: "rtmp://push.example.cn/live/••••", deadline_s: 62, one_show: true, delay_ms: 5000, canvas: "9:16", rendition: "360p", primary: false },
];

/** Stored, and not in the show that runs. */
export const spareDestination = (language: "zh" | "en"): DestinationView => ({ id: "0199c0de-0000-7000-8000-000000000003", name: language === "zh" ? "小红书" : "Xiaohongshu", url: "rtmps://live.example.com/app/••••", deadline_s: null, one_show: true, delay_ms: 0, canvas: "9:16", rendition: null, primary: false });

export const startSettings = (language: "zh" | "en"): Settings => ({
  language: language === "zh" ? "zh-CN" : "en",
  theme: "system",
  source: "@v4l2:046d:082d",
  more_sources: ["screen"],
  more_mics: [],
  mic: "@pulse:1",
  beauty: 0,
  sound: { mix: { gain_db: 0, loudness: null, ceiling_db: -1 }, inputs: {}, headphones: null },
  canvas: "16:9",
  scenes: [],
  currency: "CNY",
  record: true,
  recordings_dir: "~/Videos/Hawker",
  record_split: null,
  record_quality: null,
  pin_clips: true,
  replay_s: 30,
  platform_url: null,
  width: 1280,
  height: 720,
  fps: 30,
  video_bitrate_bps: 2_500_000,
  encoder: null,
  preset: "superfast",
  hand_hold_s: 20,
  mirror_preview: false,
  studio_mode: false,
  card: { kind: "price", qr: false, minutes: 10 },
  watched: null,
});

const PROVIDERS: ProvidersView = {
  chosen: "CUDA",
  why: "quickest",
  other: null,
  providers: [
    { name: "TensorRT", state: "failed", ms: null, detail: "libnvinfer.so.10: cannot open shared object file" },
    { name: "CUDA", state: "measured", ms: 3.1, detail: null },
    { name: "DirectML", state: "absent", ms: null, detail: "this build of onnx runtime does not have it" },
    { name: "CoreML", state: "absent", ms: null, detail: "this build of onnx runtime does not have it" },
    { name: "OpenVINO", state: "measured", ms: 27.4, detail: null },
    { name: "CPU", state: "measured", ms: 29.8, detail: null },
  ],
};

export const CHECKS: Check[] = [
  { id: "media_engine", name: "media engine", status: "ok", detail: "GStreamer 1.22.0", hint: null, providers: null, ms: 41 },
  { id: "devices", name: "cameras and microphones", status: "skipped", detail: "none found", hint: "plug a camera in", providers: null, ms: 220 },
  { id: "onnx_runtime", name: "onnx runtime", status: "ok", detail: "models run on CUDA", hint: null, providers: PROVIDERS, ms: 12 },
  { id: "models", name: "models", status: "ok", detail: "nanodet-plus-m, efficientnet-lite2", hint: null, providers: null, ms: 96 },
  { id: "data_directory", name: "data directory", status: "ok", detail: "~/.local/share/hawker", hint: null, providers: null, ms: 1 },
  { id: "free_space", name: "free space", status: "ok", detail: "38 GB", hint: null, providers: null, ms: 1 },
  { id: "platform_program", name: "platform program", status: "ok", detail: "/usr/bin/hawker-platform", hint: null, providers: null, ms: 1 },
  { id: "key", name: "key", status: "failed", detail: "no keychain answers and no passphrase is set", hint: "unlock the keychain", providers: null, ms: 500 },
  { id: "recovery_code", name: "recovery code", status: "ok", detail: "on paper", hint: null, providers: null, ms: 1 },
];

export const NOTHING_STAGED: Failure = {
  code: "bad_input",
  message: "no scene is in the preview",
  hint: "put one there first",
  retryable: false,
};

export const WRONG_PASSWORD: Failure = {
  code: "unauthorized",
  message: "the e-mail address or the password is wrong",
  hint: "check both and try again",
  retryable: false,
};

export const ADDRESS_TAKEN: Failure = {
  code: "conflict",
  message: "there is an account with this e-mail address already",
  hint: "log in instead",
  retryable: false,
};

export const CHANGES_WAIT: Failure = {
  code: "conflict",
  message: "changes have not reached the platform yet",
  hint: "wait until nothing is left to sync, or let them go along",
  retryable: false,
};

export const PLATFORM_AWAY: Failure = {
  code: "unreachable",
  message: "the platform at shop.example does not answer",
  hint: "check the network; what waits is sent when it is back",
  retryable: true,
};

/** FNV-1a: enough to tell the pictures of a test apart. */
export function digest(bytes: Uint8Array): string {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5).toString(16);
}

/** An address among the pictures that is none. */
export function wrongAddress({ source, more_sources }: Settings): Failure | null {
  const wrong = [source, ...more_sources].find((one) => one.includes("://") && !URL.canParse(one));
  return wrong === undefined ? null : { code: "bad_input", message: `${wrong} is no address`, retryable: false };
}
