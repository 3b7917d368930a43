/** Words of the settings, which come with their view. */
import { addWords } from "../../shared/i18n/i18n.svelte";
import en from "../../shared/i18n/settings.en.json";
import zhCN from "../../shared/i18n/settings.zh-CN.json";

addWords({ "zh-CN": zhCN, en });
