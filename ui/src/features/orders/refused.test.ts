import { beforeAll, expect, it, vi } from "vitest";
import type { FailureReason } from "../../ipc";
import { setLanguage, type Language } from "../../shared/i18n/i18n.svelte";
import { sentenceOf } from "../../shared/say.svelte";

const said = async (language: Language, reason: FailureReason): Promise<string> => {
  await setLanguage(language);
  return vi.waitFor(() => {
    const sentence = sentenceOf(reason);
    expect(sentence).not.toBeNull();
    // What is put into a sentence is isolated by marks that nobody sees.
    return (sentence ?? "").replace(/[\u2066-\u2069]/g, "");
  });
};

beforeAll(() => vi.stubGlobal("document", { documentElement: { lang: "" } }));

it("says why a change was refused in the reader's language, with the state of the order in its words", async () => {
  const late: FailureReason = { why: "step_not_allowed", values: { state: "refunded", step: "ship" } };
  expect(await said("zh-CN", late)).toContain("订单当时已是“已退款”");
  expect(await said("en", late)).toContain("in the state “Refunded”");
  const nothing: FailureReason = { why: "moves_nothing", values: { sku: "红-L" } };
  expect(await said("zh-CN", nothing)).toContain("红-L 变动 0 件");
});

it("leaves a reason that only a newer studio knows to its own words", async () => {
  await said("en", { why: "no_payment", values: {} });
  expect(sentenceOf({ why: "from_the_future" as FailureReason["why"], values: {} })).toBeNull();
});
