/** Words of going to market, which come with their sheet. */
import { addWords } from "../../shared/i18n/i18n.svelte";
import en from "../../shared/i18n/market.en.json";
import zhCN from "../../shared/i18n/market.zh-CN.json";

addWords({ "zh-CN": zhCN, en });
