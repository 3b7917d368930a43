/** Says when nobody has shown to have the recovery code on paper: what would open the data if the keychain were lost. */
import type { Backend } from "../ipc";
import type { Notices } from "../shared/state/notices.svelte";

export async function tellOfCode(studio: Pick<Backend, "recoveryState">, notices: Pick<Notices, "add">): Promise<void> {
  // The settings say it where it can't be asked for.
  const state = await studio.recoveryState().catch(() => "confirmed" as const);
  if (state === "confirmed") return;
  notices.add({ tone: "warn", code: `recovery_${state}`, message: "", hint: null });
}
