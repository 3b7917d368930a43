/** What can be done about data that did not open, by why they did not. Pure. */
import type { Failure, FailureWhy } from "../../ipc";

/** By the passphrase, by one that is chosen for a new store, or by the recovery code. To try again is always offered. */
export type Way = "passphrase" | "choose" | "code";

const WAYS: Partial<Record<FailureWhy, readonly Way[]>> = {
  passphrase_needed: ["passphrase", "code"],
  wrong_key: ["passphrase", "code"],
  no_key_home: ["choose"],
  keychain_locked: ["code"],
  key_not_in_keychain: ["code"],
};

export const ways = ({ reason }: Failure): readonly Way[] => (reason && WAYS[reason.why]) ?? [];

/** The one that stands open at once: a keychain that is only locked is to be unlocked first. */
export const first = (failure: Failure): Way | null => (failure.reason?.why === "keychain_locked" ? null : (ways(failure)[0] ?? null));

/** Refusals of what was typed for the code: why the data are shut stays as it is. */
const OF_CODE: readonly FailureWhy[] = ["code_length", "code_group_length", "code_character", "code_mistyped", "code_mistyped_somewhere", "no_recovery_code", "wrong_recovery_code", "no_key_home", "keychain_locked"];

/** Whether a failure is of what was typed, so that its form stays and says so; else the data are shut for another reason by now. */
export function isOfTyped(way: Way, { reason }: Failure): boolean {
  if (!reason) return false;
  return way === "code" ? OF_CODE.includes(reason.why) : reason.why === "wrong_key";
}

/** The code was right, and no keychain takes the key: a new passphrase is to be chosen. */
export const needsPassphrase = ({ reason }: Failure): boolean => reason?.why === "no_key_home" || reason?.why === "keychain_locked";

export interface Form {
  passphrase: string;
  /** Once more, where it is new. */
  again: string;
  code: string;
}

export const emptyForm = (): Form => ({ passphrase: "", again: "", code: "" });

/** Whether there is enough to try. `fresh`: a new passphrase is asked for with the code. */
export function ready(way: Way, { passphrase, again, code }: Form, fresh: boolean): boolean {
  const given = passphrase.trim() !== "";
  const chosen = given && passphrase === again;
  if (way === "passphrase") return given;
  if (way === "choose") return chosen;
  return code.trim() !== "" && (!fresh || chosen);
}
