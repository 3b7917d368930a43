/** Words of rehearsals and of conflicts, which come with the catalogue. */
import conflictsEn from "../../shared/i18n/conflicts.en.json";
import conflictsZhCN from "../../shared/i18n/conflicts.zh-CN.json";
import { addWords } from "../../shared/i18n/i18n.svelte";
import en from "../../shared/i18n/rehearsal.en.json";
import zhCN from "../../shared/i18n/rehearsal.zh-CN.json";

addWords({ "zh-CN": { ...zhCN, ...conflictsZhCN }, en: { ...en, ...conflictsEn } });
