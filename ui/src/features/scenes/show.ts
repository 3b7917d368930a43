/** What the host does with scenes, by hand or by key. */
import type { Live } from "../../shared/state/live.svelte";
import { kept, transition } from "./change";

/** Shows the scene of this name, changing as the host chose. */
export function showScene(live: Live, name: string): Promise<boolean> {
  return live.act(() => live.backend.liveScene(name, transition(kept(localStorage))));
}

/** Puts the scene of this name where the host sees it before viewers do. */
export const stageScene = (live: Live, name: string): Promise<boolean> => live.act(() => live.backend.liveStage(name));

/** Shows what waits there, changing as the host chose. */
export const takeScene = (live: Live): Promise<boolean> => live.act(() => live.backend.liveTake(transition(kept(localStorage))));

/** Shows the scene that has this digit in the strip, or puts it into the preview of studio mode; a digit that no scene has does nothing. */
export async function pickDigit(live: Live, digit: string, studio: boolean): Promise<void> {
  const name = live.snapshot?.scenes[Number(digit) - 1];
  if (name !== undefined) await (studio ? stageScene(live, name) : showScene(live, name));
}
