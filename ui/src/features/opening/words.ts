/** Words of the screen for data that did not open, which come with it. */
import { addWords } from "../../shared/i18n/i18n.svelte";
import en from "../../shared/i18n/opening.en.json";
import zhCN from "../../shared/i18n/opening.zh-CN.json";

addWords({ "zh-CN": zhCN, en });
