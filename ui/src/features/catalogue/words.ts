/** Words of rehearsals, which come with the catalogue. */
import { addWords } from "../../shared/i18n/i18n.svelte";
import en from "../../shared/i18n/rehearsal.en.json";
import zhCN from "../../shared/i18n/rehearsal.zh-CN.json";

addWords({ "zh-CN": zhCN, en });
