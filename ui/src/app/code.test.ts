import { expect, it } from "vitest";
import type { RecoveryState } from "../ipc";
import en from "../shared/i18n/en.json";
import zhCN from "../shared/i18n/zh-CN.json";
import { tellOfCode } from "./code";

const told = async (recoveryState: () => Promise<RecoveryState>): Promise<string[]> => {
  const codes: string[] = [];
  await tellOfCode({ recoveryState }, { add: ({ code }) => void codes.push(code) });
  return codes;
};

it("says of a recovery code that nobody has on paper where to make one, in both languages", async () => {
  for (const state of ["none", "unconfirmed"] as const) {
    const [code, ...more] = await told(async () => state);
    expect(more).toEqual([]);
    for (const [words, where] of [[en, "Settings, Storage"], [zhCN, "设置 - 存储"]] as const) {
      expect((words as Record<string, string>)[`notice.${code}`]).toContain(where);
    }
  }
});

it("says nothing of a code that is on paper, or that can't be asked for", async () => {
  expect(await told(async () => "confirmed")).toEqual([]);
  expect(await told(() => Promise.reject(new Error("away")))).toEqual([]);
});
