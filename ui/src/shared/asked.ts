/** What is asked about a price that looks like a slip of the finger. Its words come with whoever asks. */
import type { Question } from "../ipc";
import { addWords, t } from "./i18n/i18n.svelte";
import en from "./i18n/prices.en.json";
import zhCN from "./i18n/prices.zh-CN.json";
import { money } from "./say.svelte";

addWords({ "zh-CN": zhCN, en });

/** Each question has its own words. */
export const asked = (of: Question): string =>
  of.question === "below_cost" ? t("price.question.below_cost", { price: money(of.price), cost: money(of.cost) }) : t("price.question.far_below_last", { price: money(of.price), last: money(of.last) });
