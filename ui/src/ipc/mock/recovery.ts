/** The recovery code of the simulated store: real in its form, of no use to anybody. */
import type { RecoveryState } from "../bindings";

export const GROUPS = ["7F3KQ", "0M9XV", "2C4TH", "W8B1Z", "5RD6E", "JN0PA", "YG7S3", "K2VQ9", "4ZT8C", "E1HMX", "9B5WD", "R6AJF", "P0N3G"];

export function recoveryCalls(state: RecoveryState = "none") {
  return {
    recoveryState: async () => state,
    recoveryMake: async () => {
      state = "unconfirmed";
      return GROUPS.join("-");
    },
    recoveryConfirm: async () => void (state = "confirmed"),
  };
}
