/** Picks the studio to talk to. Each implementation is its own chunk: the shipped window never loads the simulation. */
import type { Backend } from "./backend";

export type { Backend, PickKind, Stop } from "./backend";
export type * from "./bindings";
export { BOUNDS, PRESETS, SIDES, WITH_REASON } from "./bindings";
export { asFailure } from "./failure";

export async function connect(): Promise<Backend> {
  if ("__TAURI_INTERNALS__" in window) return (await import("./tauri")).tauriBackend();
  const { mockBackend } = await import("./mock/mock");
  return mockBackend(new URLSearchParams(location.search));
}
