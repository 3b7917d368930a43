/** How layers and problems are called, and the words that come with the editor. */
import type { Layer } from "../../ipc";
import en from "../../shared/i18n/editor.en.json";
import zhCN from "../../shared/i18n/editor.zh-CN.json";
import { addWords, t } from "../../shared/i18n/i18n.svelte";
import type { Problem } from "./model";

addWords({ "zh-CN": zhCN, en });

/** The last part of a path. */
const fileOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

export function titleOf({ content }: Layer): string {
  switch (content.kind) {
    case "source":
      return t("editor.sourceNamed", { name: content.id });
    case "text":
      return content.text.split("\n")[0]?.trim() || t("editor.text");
    case "image":
      return fileOf(content.path) || t("editor.image");
    case "colour":
      return t("editor.colour");
  }
}

export const said = (problem: Problem): string => t(`editor.problem.${problem.code}`, { name: problem.scene, shape: "shape" in problem ? problem.shape : "" });
