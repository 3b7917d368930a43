/** What mute does. */
import type { SoundInputView, SoundView } from "../../ipc";
import type { Live } from "../../shared/state/live.svelte";

/**
 * What an input's mute is set to when its button is pressed. A microphone is given back to itself, for it is heard by itself; a
 * clip that is silent by itself is opened.
 */
export function pressed(input: Pick<SoundInputView, "muted" | "kind">): boolean | null {
  if (!input.muted) return true;
  return input.kind === "source" ? false : null;
}

/** What one key does to all microphones: those that are open are muted; with none open, all are opened. */
export function allMicrophones(sound: SoundView): { input: string; to: boolean | null }[] {
  const microphones = sound.inputs.filter((input) => input.kind === "microphone");
  const open = microphones.filter((input) => !input.muted);
  return open.length > 0 ? open.map(({ id }) => ({ input: id, to: true })) : microphones.map(({ id }) => ({ input: id, to: null }));
}

/** Does it. */
export function muteMicrophones(live: Live): void {
  if (!live.snapshot) return;
  for (const { input, to } of allMicrophones(live.snapshot.sound)) void live.act(() => live.backend.soundSet(input, { what: "muted", to }));
}
