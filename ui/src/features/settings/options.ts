/** What can be chosen as picture and sound. Pure. */
import type { DeviceView } from "../../ipc";

export interface Option {
  value: string;
  /** None: said in the reader's language, by kind. */
  name: string | null;
  kind: "none" | "auto" | "camera" | "screen" | "window" | "microphone" | "system" | "test" | "file";
}

const ofKind = (devices: DeviceView[], kind: "camera" | "microphone"): Option[] =>
  devices.filter((one) => one.kind === kind).map((one) => ({ value: `@${one.id}`, name: one.name, kind: one.is_system_sound ? "system" : kind }));

/** Screens and windows are named as they are written. */
const onDisplay = (devices: DeviceView[], kind: "screen" | "window"): Option[] =>
  devices.filter((one) => one.kind === kind).map((one) => ({ value: one.id, name: one.id === "screen" ? null : one.name, kind }));

/** How a choice is called: by its name, and where that does not say what it is, by its kind too. */
export function label(one: Option, word: (kind: Option["kind"]) => string): string {
  if (one.name === null) return word(one.kind);
  return ["screen", "window", "system"].includes(one.kind) ? `${word(one.kind)} · ${one.name}` : one.name;
}

/** A camera that a source names, and the format chosen for it; null where none is plugged in or another thing is named. */
export function cameraOf(devices: DeviceView[], source: string): { device: DeviceView; format: string } | null {
  for (const device of devices.filter((one) => one.kind === "camera")) {
    const rest = source.startsWith(`@${device.id}`) ? source.slice(device.id.length + 1) : null;
    if (rest === "" || (rest?.startsWith("#") && device.formats.includes(rest.slice(1)))) return { device, format: rest.slice(1) };
  }
  return null;
}

/** A source without the format chosen for its camera. */
export function withoutFormat(devices: DeviceView[], source: string): string {
  const found = cameraOf(devices, source);
  return found ? `@${found.device.id}` : source;
}

/** What is set but not plugged in stays in the list: a cable pulled must not change the settings. */
function kept(options: Option[], current: string): Option[] {
  if (options.some((one) => one.value === current)) return options;
  return [...options, { value: current, name: shortName(current), kind: "file" }];
}

/** What is no device of this list by its shortest name that tells it: an address by its server, for the rest of it may be a key. */
function shortName(text: string): string {
  if (text.startsWith("@")) return text.slice(1);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text)) {
    const { protocol, host, pathname } = new URL(text);
    return host === "" ? (pathname.split("/").at(-1) ?? text) : `${protocol}//${host}`;
  }
  return text.split(/[/\\]/).at(-1) ?? text;
}

/** An address that pictures can come from. */
export function isSourceAddress(text: string): boolean {
  return /^(rtsps?|srt|https?|rtmps?):\/\/[^\s/]+\S*$/i.test(text.trim());
}

export function sourceOptions(devices: DeviceView[], current: string): Option[] {
  const cameras = ofKind(devices, "camera");
  const screens = [...onDisplay(devices, "screen"), ...onDisplay(devices, "window")];
  const auto: Option = { value: "", name: null, kind: "auto" };
  return kept([auto, ...cameras, ...screens, { value: "test", name: null, kind: "test" }], current);
}

/** A show has eight sources at most. */
export const MOST_MORE = 7;

/** What can be added to the sources that are chosen: each once. */
export function furtherOptions(devices: DeviceView[], chosen: string[]): Option[] {
  const taken = chosen.map((one) => withoutFormat(devices, one));
  return sourceOptions(devices, "").filter((one) => one.kind !== "auto" && !taken.includes(one.value));
}

/** A source by its device's name, or a file's own; null: said by its kind. */
export function nameOf(devices: DeviceView[], source: string): string | null {
  if (source === "screen" || source === "test") return null;
  const plain = withoutFormat(devices, source);
  const found = sourceOptions(devices, plain).find((one) => one.value === plain);
  return found?.name ?? null;
}

export function micOptions(devices: DeviceView[], current: string | null): Option[] {
  const mics = ofKind(devices, "microphone");
  return kept([{ value: "", name: null, kind: "auto" }, ...mics], current ?? "");
}

/** Six microphones are the most a show mixes. */
export const MOST_MORE_MICS = 5;

/** What can be heard beside the microphones that are chosen: each once. */
export function furtherMics(devices: DeviceView[], chosen: string[]): Option[] {
  return micOptions(devices, null).filter((one) => one.kind !== "auto" && !chosen.includes(one.value));
}

/** A microphone by its device's name. */
export function micName(devices: DeviceView[], mic: string): string {
  return micOptions(devices, mic).find((one) => one.value === mic)?.name ?? mic;
}
