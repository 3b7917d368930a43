/** The simulated store that did not open: why, and what opens it. */
import type { Backend } from "../backend";
import type { Failure, FailureWhy } from "../bindings";
import { GROUPS } from "./recovery";

/** All that a studio answers once it is open. */
export type Unlocked = Omit<Backend, "studioOpen" | "studioOpenByPassphrase" | "studioOpenByCode">;

const CODE = GROUPS.join("");
const PASSPHRASE = "open sesame";

const shutBy = (why: FailureWhy, message: string, values: Record<string, string> = {}): Failure => ({
  code: why.startsWith("code_") ? "bad_input" : "wrong_key",
  message,
  retryable: false,
  reason: { why, values },
});

/** The scenes in which it is shut, and why. */
export const SHUT: Readonly<Record<string, Failure>> = {
  locked: shutBy("keychain_locked", "the key lies in the system's keychain, which can't be read", { why: "the prompt was dismissed" }),
  "no-key": shutBy("key_not_in_keychain", "the system's keychain no longer has the key of this database"),
  passphrase: shutBy("passphrase_needed", "the database is locked by a passphrase"),
};

/** The studio of `scene`, which answers when it is open. A locked keychain is unlocked by the time somebody tries again. */
export function behindLock(scene: string, inside: Unlocked): Backend {
  let shut: Failure | null = SHUT[scene] ?? null;
  const refuse = (failure: Failure) => Promise.reject(failure);
  return {
    ...inside,
    snapshot: () => (shut ? refuse(shut) : inside.snapshot()),
    settingsGet: () => (shut ? refuse(shut) : inside.settingsGet()),
    onSnapshot: (listener) => inside.onSnapshot((snapshot) => shut ?? listener(snapshot)),
    studioOpen: async () => {
      if (scene === "locked") shut = null;
      if (shut) await refuse(shut);
    },
    studioOpenByPassphrase: async (passphrase) => {
      shut = passphrase.trim() === PASSPHRASE ? null : shutBy("wrong_key", "the key or passphrase does not open the database");
      if (shut) await refuse(shut);
    },
    studioOpenByCode: async (code, passphrase) => {
      const typed = code.toUpperCase().replace(/[\s-]/g, "");
      if (typed.length !== CODE.length) await refuse(shutBy("code_length", "the recovery code has 65 characters", { found: String(typed.length) }));
      if (typed !== CODE) await refuse(shutBy("wrong_recovery_code", "this is the recovery code of another database"));
      if (scene === "no-key" && passphrase === null) await refuse(shutBy("no_key_home", "there is no place to keep the database's key", { why: "no keychain answers" }));
      shut = null;
    },
  };
}
