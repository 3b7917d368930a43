/** What a clip is cut from and to, as a host writes it. Pure. */
import type { Cuttable } from "../../shared/recording";
import { clock } from "../../shared/format";

/** Milliseconds of `90`, `12.5`, `1:30` or `1:02:03.5`; null for anything else. */
export function position(text: string): number | null {
  const match = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,3})?)$/.exec(text.trim().replaceAll("：", ":"));
  if (!match) return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000);
}

/** The last half minute of a recording, as a clip begins with. */
export function suggested({ durationMs }: Cuttable): { from: string; to: string } {
  const whole = Math.max(1, Math.floor(durationMs / 1000));
  return { from: clock(Math.max(0, whole - 30)), to: clock(whole) };
}

/** A folder is none of a file's name. */
export const isFileName = (name: string): boolean => name.trim() !== "" && !/[/\\:]/.test(name) && !/^\.+$/.test(name.trim());

export const nameOf = (file: string): string => file.split(/[/\\]/).at(-1) ?? file;

/** The recording's name with the beginning of the clip in it. */
export function suggestedName(file: string, from: string): string {
  const stem = nameOf(file).replace(/\.\w+$/, "");
  return `${stem}-${from.replaceAll(/[:：.]/g, "-")}`;
}

export type Trouble = "clip.badTime" | "clip.order" | "clip.beyond" | "clip.badName";

export interface Wanted {
  from: string;
  to: string;
  name: string;
}

/** What keeps a clip from being cut; null where nothing does. A recording that is written still may be longer than was known. */
export function trouble({ from, to, name }: Wanted, recording: Cuttable, written: boolean): Trouble | null {
  const [begins, ends] = [position(from), position(to)];
  if (begins === null || ends === null) return "clip.badTime";
  if (ends <= begins) return "clip.order";
  if (!written && begins >= recording.durationMs) return "clip.beyond";
  return isFileName(name) ? null : "clip.badName";
}
