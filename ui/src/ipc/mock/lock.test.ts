import { expect, it } from "vitest";
import { type Unlocked, behindLock } from "./lock";
import { GROUPS } from "./recovery";

const inside = { snapshot: async () => "a snapshot", settingsGet: async () => "settings", onSnapshot: async () => () => {} } as unknown as Unlocked;
const why = (call: Promise<unknown>) => call.then(() => "open", (failure: { reason: { why: string } }) => failure.reason.why);

it("opens a store as the studio does: the keychain when it is unlocked, a passphrase, or the code with a new one", async () => {
  expect(await why(behindLock("idle", inside).snapshot())).toBe("open");
  const locked = behindLock("locked", inside);
  expect(await why(locked.snapshot())).toBe("keychain_locked");
  expect(await why(locked.studioOpen())).toBe("open");
  expect(await why(locked.snapshot())).toBe("open");

  const passphrase = behindLock("passphrase", inside);
  expect(await why(passphrase.studioOpen()), "nothing changed").toBe("passphrase_needed");
  expect(await why(passphrase.studioOpenByPassphrase("open barley"))).toBe("wrong_key");
  expect(await why(passphrase.studioOpenByPassphrase("open sesame"))).toBe("open");

  const lost = behindLock("no-key", inside);
  const code = GROUPS.join("-");
  expect(await why(lost.studioOpenByCode("7F3KQ", null))).toBe("code_length");
  expect(await why(lost.studioOpenByCode(code.replace("7F3KQ", "7F3KP"), null))).toBe("wrong_recovery_code");
  expect(await why(lost.studioOpenByCode(code, null))).toBe("no_key_home");
  expect(await why(lost.snapshot()), "what was typed in vain changes nothing").toBe("key_not_in_keychain");
  expect(await why(lost.studioOpenByCode(code.toLowerCase(), "a new passphrase"))).toBe("open");
});
