/** Words of orders, which come with their view. */
import { addWords } from "../../shared/i18n/i18n.svelte";
import en from "../../shared/i18n/orders.en.json";
import zhCN from "../../shared/i18n/orders.zh-CN.json";

addWords({ "zh-CN": zhCN, en });
