/** Pictures that are lost. Pure. */
import type { LossView, OutputView } from "../ipc";

/** Whom a loss is about, by name. */
export function lossName(loss: LossView, outputs: OutputView[]): string {
  return outputs.find((one) => one.id === loss.destination)?.name ?? "";
}
