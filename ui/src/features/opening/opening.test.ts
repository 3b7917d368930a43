import { render } from "svelte/server";
import { beforeAll, expect, it, vi } from "vitest";
import type { Failure, FailureWhy } from "../../ipc";
import { type Language, setLanguage } from "../../shared/i18n/i18n.svelte";
import { type Way, emptyForm, first, isOfTyped, needsPassphrase, ready, ways } from "./opening";

vi.stubGlobal("document", { documentElement: { lang: "" } });
let Opening: (typeof import("./Opening.svelte"))["default"];

beforeAll(async () => {
  await setLanguage("en");
  // Its words are added to a language that is there, as in the window.
  Opening = (await import("./Opening.svelte")).default;
});

const because = (why: FailureWhy, values: Record<string, string> = {}): Failure => ({ code: "wrong_key", message: "the studio's own words", retryable: false, reason: { why, values } });
const backend = { studioOpen: async () => {}, studioOpenByPassphrase: async () => {}, studioOpenByCode: async () => {} };
const page = (failure: Failure) => render(Opening, { props: { backend, failure, onopen: () => {} } }).body.replace(/[\u2066-\u2069]/g, "");

/** The screen, once its sentences have come. */
async function shown(language: Language, failure: Failure): Promise<string> {
  await setLanguage(language);
  return vi.waitFor(() => {
    const body = page(failure);
    expect(body).not.toContain("the studio's own words");
    return body;
  });
}

it("says in the reader's language why the data are shut, and offers what fits", async () => {
  const locked = because("keychain_locked", { why: "dismissed" });
  const rows: [Language, Failure, string[], string[]][] = [
    ["zh-CN", locked, ["系统钥匙串", "解锁", "dismissed", "重试", "使用恢复码"], ["opening-form", "密钥不对"]],
    ["en", locked, ["unlock it and try again", "Try again", "Use the recovery code"], ["opening-form"]],
    ["zh-CN", because("key_not_in_keychain"), ["已经没有本机数据的密钥", "13 组", "打开"], ["opening-passphrase"]],
    ["en", because("key_not_in_keychain"), ["no longer has the key", "13 groups"], ["opening-passphrase"]],
    ["zh-CN", because("passphrase_needed"), ["由口令锁着", "opening-passphrase", "使用恢复码"], ["opening-again"]],
    ["en", because("passphrase_needed"), ["locked by a passphrase", "opening-passphrase"], ["opening-again"]],
    ["en", because("no_key_home", { why: "none answers" }), ["none answers", "New passphrase", "opening-again"], ["opening-code"]],
    ["zh-CN", because("key_file_missing", { path: "/d/key.json" }), ["/d/key.json", "重试"], ["opening-form"]],
  ];
  for (const [language, failure, there, not] of rows) {
    const body = await shown(language, failure);
    for (const words of there) expect(body, `${language} ${failure.reason?.why}`).toContain(words);
    for (const words of not) expect(body, `${language} ${failure.reason?.why}`).not.toContain(words);
  }
});

it("offers to try again alone where nothing that is typed would help", () => {
  for (const why of ["database_damaged", "database_gone", "database_newer", "no_room", "data_folder_in_use", "key_file_missing"] as const) {
    expect([ways(because(why)), first(because(why))], why).toEqual([[], null]);
  }
  expect(ways({ code: "internal", message: "", retryable: true })).toEqual([]);
});

it("keeps a form for what was mistyped, and leaves it when the data are shut for another reason", () => {
  const rows: [Way, FailureWhy, boolean][] = [
    ["passphrase", "wrong_key", true],
    ["passphrase", "database_damaged", false],
    ["code", "code_mistyped", true],
    ["code", "wrong_recovery_code", true],
    ["code", "no_key_home", true],
    ["code", "data_folder_in_use", false],
  ];
  for (const [way, why, kept] of rows) expect(isOfTyped(way, because(why)), `${way} ${why}`).toBe(kept);
  expect(needsPassphrase(because("no_key_home"))).toBe(true);
  expect(needsPassphrase(because("code_mistyped"))).toBe(false);
});

it("takes a new passphrase only when it was typed twice", () => {
  const typed = { ...emptyForm(), passphrase: "anew" };
  expect([ready("passphrase", typed, false), ready("choose", typed, false)]).toEqual([true, false]);
  expect(ready("choose", { ...typed, again: "anew" }, false)).toBe(true);
  expect(ready("choose", { passphrase: "  ", again: "  ", code: "" }, false)).toBe(false);
  expect(ready("code", { ...typed, code: "7F3KQ" }, true), "the key needs a home").toBe(false);
  expect(ready("code", { ...emptyForm(), code: "7F3KQ" }, false)).toBe(true);
});
