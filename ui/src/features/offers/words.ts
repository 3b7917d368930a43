/** Words of offers, which come with their sheet. */
import { addWords } from "../../shared/i18n/i18n.svelte";
import en from "../../shared/i18n/offers.en.json";
import zhCN from "../../shared/i18n/offers.zh-CN.json";

addWords({ "zh-CN": zhCN, en });
