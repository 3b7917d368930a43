/** Words of orders from comments, which come with their panel. */
import { addWords } from "../../shared/i18n/i18n.svelte";
import en from "../../shared/i18n/claims.en.json";
import zhCN from "../../shared/i18n/claims.zh-CN.json";

addWords({ "zh-CN": zhCN, en });
